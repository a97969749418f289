import { join } from 'node:path';
import { SyntaxKind } from 'typescript/unstable/ast';
import type { CallExpression, Node, ObjectLiteralExpression, PropertyAccessExpression, StringLiteral } from 'typescript/unstable/ast';
import { API } from 'typescript/unstable/sync';
import type { Checker, Symbol } from 'typescript/unstable/sync';
import { repository } from '../helpers/program.ts';

const LISTENING: ReadonlySet<string> = new Set(['on', 'once', 'off']);

const isElectrons = (symbol: Symbol): boolean => symbol.declarations[0]?.path.endsWith('electron.d.ts') === true;
const nameOf = (symbol: Symbol): string => `${symbol.getParent()?.name ?? ''}.${symbol.name}`;

/** What the shell uses of Electron, as the compiler resolves it: `Class.member`, `Options.option`, `Class.on event`. */
class Uses {
  /** With the systems that it is for in brackets, where electron.d.ts says that it is not for all. */
  readonly found = new Set<string>();
  readonly #checker: Checker;

  constructor(checker: Checker) {
    this.#checker = checker;
  }

  readonly visit = (node: Node): void => {
    if (node.kind === SyntaxKind.CallExpression) this.#call(node as CallExpression);
    else if (node.kind === SyntaxKind.PropertyAccessExpression) this.#access(node as PropertyAccessExpression);
    else if (node.kind === SyntaxKind.ObjectLiteralExpression) this.#options(node as ObjectLiteralExpression);
    node.forEachChild(this.visit);
  };

  #add(name: string, systems: string | undefined): void {
    this.found.add(systems === undefined ? name : `${name} (${systems})`);
  }

  #member(symbol: Symbol | undefined): void {
    if (symbol === undefined || !isElectrons(symbol)) return;
    this.#add(nameOf(symbol), this.#checker.getJsDocTagsOfSymbol(symbol).find(({ name }) => name === 'platform')?.text);
  }

  #access({ name }: PropertyAccessExpression): void {
    if (!LISTENING.has(name.text)) this.#member(this.#checker.getSymbolAtLocation(name));
  }

  /** Each event has an overload of its own, and only those of `on` are described. */
  #call({ expression, arguments: [event] }: CallExpression): void {
    if (expression.kind !== SyntaxKind.PropertyAccessExpression || event?.kind !== SyntaxKind.StringLiteral) return;
    const { name, expression: receiver } = expression as PropertyAccessExpression;
    if (!LISTENING.has(name.text)) return;
    const type = this.#checker.getTypeAtLocation(receiver);
    const on = type === undefined ? undefined : this.#checker.getPropertyOfType(type, 'on');
    if (on === undefined || !isElectrons(on)) return;
    const { text } = event as StringLiteral;
    const overload = on.declarations.map((declaration) => declaration.resolve()?.getFullText() ?? '').find((declared) => declared.includes(`on(event: '${text}'`));
    if (overload !== undefined) this.#add(`${nameOf(on)} ${text}`, /@platform (\S+)/.exec(overload)?.[1]);
  }

  #options(literal: ObjectLiteralExpression): void {
    const expected = this.#checker.getContextualType(literal);
    const type = expected === undefined ? undefined : (this.#checker.getNonNullableType(expected) ?? expected);
    if (type === undefined) return;
    for (const property of literal.properties) {
      if ('name' in property && property.name !== undefined && 'text' in property.name) this.#member(this.#checker.getPropertyOfType(type, property.name.text));
    }
  }
}

export function usesOfElectron(): ReadonlySet<string> {
  const tsconfig = join(repository, 'src-main/tsconfig.json');
  const api = new API({ cwd: repository });
  try {
    const project = api.updateSnapshot({ openProjects: [tsconfig] }).getProject(tsconfig);
    if (project === undefined) throw new Error(`The compiler cannot open ${tsconfig}.`);
    const uses = new Uses(project.checker);
    for (const name of project.program.getSourceFileNames()) {
      const source = name.includes('/src-main/electron/') ? project.program.getSourceFile(name) : undefined;
      if (source !== undefined) uses.visit(source);
    }
    return uses.found;
  } finally {
    api.close();
  }
}
