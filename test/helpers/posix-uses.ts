import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** What exists on some systems only, found in the sources of tests, with what keeps it from running on the others. */
export interface PosixUse {
  readonly line: number;
  readonly what: string;
  /** The top-level function that it is in; null in a test or in the module's own statements. */
  readonly within: string | null;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
const childrenOf = (node: Node): Node[] => Object.entries(node).flatMap(([key, value]) => (key === 'parent' ? [] : [value].flat().filter(isNode)));

/** Programs that are asked for and may be absent. */
const EVERYWHERE = new Set(['git', 'python3']);
const RIGHTS = /^(?:l?ch(?:mod|own)|symlink)(?:Sync)?$/;
const FILES = /^(?:read|write|open|exists|l?stat|access)/;
const STARTS = /^(?:spawn|exec|execFile)(?:Sync)?$/;
const SIGNALS = /^SIG(?!KILL$)/;
const FUNCTION = /^(?:Arrow)?FunctionExpression$/;

function nameOf(callee: unknown): string {
  if (!isNode(callee)) return '';
  if (callee.type === 'Identifier') return String(callee['name']);
  return callee.type === 'MemberExpression' ? nameOf(callee['property']) : '';
}

/** The strings that an expression is made of. */
function textsOf(node: Node): string[] {
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? [node['value']] : [];
  return node.type === 'TemplateElement' ? [(node['value'] as { cooked: string }).cooked] : childrenOf(node).flatMap(textsOf);
}

/** The posixism that this node is itself, or null. `also`: names of functions that are posixisms. */
function posixism(node: Node, also: ReadonlySet<string>): string | null {
  if (node.type !== 'CallExpression') return null;
  const name = nameOf(node['callee']);
  if (FILES.test(name)) {
    const [quoted] = (node['arguments'] as Node[]).flatMap(textsOf).flatMap((text) => /^\/proc(?:\/|$)|^#!\/bin\/(?:ba)?sh\b/.exec(text) ?? []);
    if (quoted !== undefined) return quoted;
  }
  const [first, ...others] = (node['arguments'] as Node[]).map((argument) => (argument.type === 'Literal' ? argument['value'] : null));
  if (RIGHTS.test(name) && !others.includes('junction')) return name;
  const isPlain = isNode(node['callee']) && node['callee'].type === 'Identifier';
  if (STARTS.test(name) && isPlain && typeof first === 'string' && !EVERYWHERE.has(first)) return first;
  if (name === 'kill' && [first, ...others].some((argument) => typeof argument === 'string' && SIGNALS.test(argument))) return `kill(${[first, ...others].join()})`;
  return also.has(name) && isPlain ? name : null;
}

/** Uses in one source. @param also names of functions that are such uses */
function usesIn(source: string, also: ReadonlySet<string>): PosixUse[] {
  const program = parseAst(source, { lang: 'ts' }) as unknown as Node;
  const textOf = (node: unknown): string => (isNode(node) ? source.slice(node.start, node.end) : '');
  const guards = new Set(['process.platform', 'mayLink']);
  const isGuard = (text: string): boolean => [...guards].some((guard) => new RegExp(`(?<![\\w.])${guard.replaceAll('.', '\\.')}(?!\\w)`).test(text));
  for (const statement of program['body'] as Node[]) {
    const declaration = statement.type === 'ExportNamedDeclaration' && isNode(statement['declaration']) ? statement['declaration'] : statement;
    if (declaration.type !== 'VariableDeclaration') continue;
    for (const declarator of declaration['declarations'] as Node[]) {
      const made = declarator['init'];
      if (isNode(made) && !FUNCTION.test(made.type) && isGuard(textOf(made))) guards.add(textOf(declarator['id']));
    }
  }
  const leaves = (statement: Node): boolean => isGuard(textOf(statement)) && /\b(?:return|throw|skip\()/.test(textOf(statement));

  const found: PosixUse[] = [];
  const visit = (node: Node, within: string | null, isTop: boolean): void => {
    const what = posixism(node, also);
    if (what !== null) found.push({ line: source.slice(0, node.start).split('\n').length, what, within });
    if (/^(?:If|Conditional|Logical)/.test(node.type) && isGuard(textOf(node['test'] ?? node['left']))) return;
    if (node.type === 'CallExpression' && isGuard(textOf(node['callee']))) return;
    if (node.type === 'BlockStatement') {
      for (const statement of node['body'] as Node[]) {
        if (leaves(statement)) return;
        visit(statement, within, false);
      }
      return;
    }
    for (const child of childrenOf(node)) {
      const declares = isTop && (node.type === 'FunctionDeclaration' || (node.type === 'VariableDeclarator' && FUNCTION.test(child.type)));
      visit(child, declares ? textOf(node['id']) : within, isTop && !declares && !FUNCTION.test(child.type));
    }
  };
  visit(program, null, true);
  return found;
}

/** Whether it may hold any, which saves parsing. */
const MAY_USE = /\/proc|#!\/bin\/|kill|ch(?:mod|own)|symlink|spawn|exec/;

/**
 * Uses of what only some systems have that nothing keeps from running on the others, by file; a function that does so makes
 * each call of it one. What keeps it: a condition on `process.platform` or on a constant made of it, around it or before it
 * with a return or a skip; or a test that is skipped so.
 * @param sources by path
 */
export function posixUses(sources: ReadonlyMap<string, string>): Map<string, PosixUse[]> {
  const found = new Map<string, PosixUse[]>();
  /** By path, names that are such uses in it. */
  const also = new Map<string, Set<string>>();
  const importers = new Map<string, { readonly path: string; readonly names: ReadonlyMap<string, string> }[]>();
  for (const [path, source] of sources) {
    for (const [, names = '', from = ''] of source.matchAll(/import \{([^}]+)\} from '(\.[^']+)'/g)) {
      const pairs = names.split(',').map((name) => name.trim().split(' as ')).map(([name = '', local = name]): [string, string] => [name, local]);
      const target = join(path, '..', from);
      importers.set(target, [...(importers.get(target) ?? []), { path, names: new Map(pairs) }]);
    }
  }
  const waiting = [...sources.keys()].filter((path) => MAY_USE.test(sources.get(path) ?? ''));
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const known = also.get(path) ?? new Set();
    const uses = usesIn(sources.get(path) ?? '', known);
    found.set(path, uses);
    const more = new Set(uses.flatMap(({ within }) => (within === null || known.has(within) ? [] : [within])));
    if (more.size === 0) continue;
    also.set(path, new Set([...known, ...more]));
    waiting.push(path);
    for (const importer of importers.get(path) ?? []) {
      const locals = [...more].flatMap((name) => importer.names.get(name) ?? []);
      const before = also.get(importer.path) ?? new Set();
      if (locals.every((name) => before.has(name))) continue;
      also.set(importer.path, new Set([...before, ...locals]));
      waiting.push(importer.path);
    }
  }
  return found;
}
