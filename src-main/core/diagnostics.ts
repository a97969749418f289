import type { Versions } from '../../src-shared/contract/help.ts';
import type { ProjectInfo, SamStatus, Settings } from '../../src-shared/contract/types.ts';

/** What is told about the program and the machine when something went wrong. */
export interface DiagnosticFacts {
  readonly versions: Versions;
  readonly host: string;
  /** Model and count of the processor's cores. */
  readonly processor: string;
  /** Bytes. */
  readonly memory: { readonly total: number; readonly free: number; readonly program: number };
  readonly sam: SamStatus;
  /** Whether the model came with the program or from its list of downloads: other models' names are their owner's. */
  readonly publicModel: boolean;
  readonly settings: Settings;
  /** Bytes on disk, by name. */
  readonly caches: Readonly<Record<string, number>>;
  readonly project: Pick<ProjectInfo, 'readOnly' | 'roots' | 'images' | 'instances' | 'classes'> | null;
  readonly log: readonly string[];
}

const MB = 1024 ** 2;
const mb = (bytes: number): string => `${Math.round(bytes / MB)} MB`;
const ms = (time: number | null): string => (time === null ? '–' : `${Math.round(time)} ms`);

/** The facts as text, a section each. All that comes from outside the program goes through `redact`. */
export function diagnosticsText(facts: DiagnosticFacts, redact: (text: string) => string): string {
  const sections: [string, string[]][] = [
    [`Maskwright ${facts.versions.program}`, versionLines(facts)],
    ['Model', modelLines(facts, redact)],
    ['Settings', settingLines(facts.settings).map(([name, value]) => `${name}: ${redact(value)}`)],
    ['Caches on disk', Object.entries(facts.caches).map(([name, bytes]) => `${name}: ${mb(bytes)}`)],
    ['Open project', facts.project === null ? ['none'] : projectLines(facts.project)],
    [`Log, the last ${facts.log.length} lines`, redact(facts.log.join('\n')).split('\n')],
  ];
  return sections.map(([title, lines]) => `${title}\n${lines.map((line) => `  ${line}`).join('\n')}\n`).join('\n');
}

function versionLines({ versions, host, processor, memory }: DiagnosticFacts): string[] {
  const { electron, chromium, node, onnxruntime, sharp, libvips, sqlite, system } = versions;
  return [
    `host: ${host}`,
    ...(electron === null ? [] : [`Electron: ${electron}, Chromium ${chromium ?? '–'}`]),
    `Node: ${node}`,
    `onnxruntime: ${onnxruntime}`,
    `sharp: ${sharp}, libvips ${libvips ?? 'of the system'}`,
    `SQLite: ${sqlite}`,
    `system: ${system}`,
    `processor: ${processor}`,
    `memory: ${mb(memory.total)}, ${mb(memory.free)} free, ${mb(memory.program)} used by the program without its engines`,
  ];
}

function modelLines({ sam, publicModel }: DiagnosticFacts, redact: (text: string) => string): string[] {
  return [
    `model: ${publicModel ? sam.wanted.id : 'imported'}${sam.model === null ? '' : `, ${sam.model.hash.slice(0, 12)}`}`,
    `state: ${sam.state}${sam.problem === null ? '' : `: ${sam.problem.code}: ${redact(sam.problem.message)}`}`,
    `provider: ${sam.provider ?? '–'}${sam.reason === null ? '' : ` (${redact(sam.reason)})`}`,
    ...sam.providers.map((p) => `${p.provider}: ${p.verdict}, picture ${ms(p.encoderMs)}, click ${ms(p.decoderMs)}, difference ${p.difference?.toPrecision(2) ?? '–'}${p.reason === null ? '' : `: ${redact(p.reason)}`}`),
  ];
}

const settingLines = (settings: Settings): [string, string][] => Object.entries(settings).map(([name, value]) => [name, typeof value === 'object' ? Object.entries(value).map(([part, one]) => `${part} ${one}`).join(', ') : String(value)]);

function projectLines({ readOnly, roots, images, instances, classes }: NonNullable<DiagnosticFacts['project']>): string[] {
  return [
    `images: ${images.total} (${images.done} done, ${images.inProgress} in progress, ${images.todo} to do), instances: ${instances}, classes: ${classes.length}`,
    `folders: ${roots.length}, missing: ${roots.filter(({ missing }) => missing).length}`,
    ...(readOnly === null ? [] : [`read-only: ${readOnly.code}`]),
  ];
}
