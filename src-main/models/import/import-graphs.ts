import { basename, dirname, join } from 'node:path';
import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import { InspectResult } from '../../engines/sam-messages.ts';
import { EngineSupervisor } from '../../engines/supervisor.ts';
import { rename } from '../../files/move-and-remove.ts';
import { ModelEntry, modelHash } from '../catalogue.ts';
import type { InstalledModel, ModelFile } from '../catalogue.ts';
import { freeBytes, requireSpace } from '../install-folder.ts';
import { copyHashed } from './copy-hashed.ts';
import { graphFiles } from './graph-files.ts';
import type { GraphFiles } from './graph-files.ts';
import type { ImportModelOptions } from './import-model.ts';
import type { WrittenFile } from './write-model.ts';
import { installImport, slug } from './unfinished-import.ts';

/** Of the frame where graphs leave it open: that of all families (families/). */
const INPUT_SIZE = 1_024;
/** Opening and running a model of gigabytes stays below this; a graph that never ends does not. */
const INSPECT_TIMEOUT_MS = 10 * 60_000;

/** What trying the graphs counts in the progress, of what copying them does. */
const TRIAL = 0.5;

/** A graph as it was copied: under a number, because its role is not known yet. */
interface CopiedGraph extends GraphFiles {
  readonly written: WrittenFile;
  readonly data: readonly (WrittenFile & { readonly location: string; readonly path: string })[];
}

/**
 * Makes a model of an ONNX encoder and its decoder, which are copied as they are and tried in an engine of their own. The
 * same files give the same id. Throws as graphFiles, 'model-invalid' when they are of no known family or not of one model,
 * 'bad-request' when they are not one encoder and one decoder, 'cancelled', 'disk-full', 'no-access' or 'io'.
 */
export async function importGraphs(paths: readonly string[], modelsFolder: string, options: ImportModelOptions): Promise<InstalledModel> {
  const [first = ''] = paths;
  if ((options.precision ?? 'fp32') !== 'fp32') throw new MaskwrightError('bad-request', `"${basename(first)}" is a finished graph, whose weights stay as they are. Choose full precision, or import the checkpoint.`, first);
  if ((options.preparation ?? 'sam') !== 'sam') throw new MaskwrightError('bad-request', `"${basename(first)}" is a finished graph, for which images are prepared as its export has it. Import the checkpoint to choose that.`, first);
  const graphs = await Promise.all(paths.map(graphFiles));
  return installImport(first, modelsFolder, options.signal, async (folder) => {
    requireSpace(basename(first), modelsFolder, bytesOf(graphs), await freeBytes(folder));
    const copies = await copyAll(graphs, folder, options);
    const found = await inspect(copies, options);
    options.signal.throwIfAborted();
    options.onProgress(totalOf(graphs), totalOf(graphs));
    const name = modelName(paths[found.encoder] ?? first);
    return install(copies, folder, found, { name, ...options.about });
  });
}

const bytesOf = (graphs: readonly GraphFiles[]): number => graphs.reduce((sum, { bytes, external }) => sum + external.reduce((all, file) => all + file.bytes, bytes), 0);

const totalOf = (graphs: readonly GraphFiles[]): number => bytesOf(graphs) * (1 + TRIAL);

async function copyAll(graphs: readonly GraphFiles[], folder: string, { signal, onProgress }: ImportModelOptions): Promise<CopiedGraph[]> {
  const total = totalOf(graphs);
  let done = 0;
  const copy = (from: string, to: string): Promise<WrittenFile> => copyHashed(from, to, signal, (added) => onProgress((done += added), total));
  const copies: CopiedGraph[] = [];
  for (const [i, graph] of graphs.entries()) {
    const path = join(folder, `${i}.onnx`);
    const written = await copy(graph.path, path);
    const data: CopiedGraph['data'][number][] = [];
    // One after the other: a disk is no faster for several.
    for (const [j, file] of graph.external.entries()) data.push({ location: file.location, path: `${path}.${j}`, ...(await copy(file.path, `${path}.${j}`)) });
    copies.push({ ...graph, path, written, data });
  }
  return copies;
}

/** What the copies are, so that nothing else can be installed than what was looked at. A graph may end the engine; that is told. */
async function inspect(copies: readonly CopiedGraph[], { engine, signal }: ImportModelOptions): Promise<InspectResult> {
  const supervisor = new EngineSupervisor({ ...engine, name: 'SAM', policy: { giveUpAfter: 1 }, onEvent: () => {} });
  const params = { graphs: copies.map(({ name, path, data }) => ({ name, path, external: data.map((file) => ({ location: file.location, path: file.path })) })), inputSize: INPUT_SIZE };
  try {
    return InspectResult.parse(await supervisor.request('inspect', params, { signal, timeoutMs: INSPECT_TIMEOUT_MS }));
  } catch (error) {
    if (!(error instanceof MaskwrightError) || error.code !== 'engine-died') throw error;
    const names = copies.map(({ name }) => `"${name}"`).join(' and ');
    throw new MaskwrightError('model-invalid', `${names} cannot be opened: the engine ended over it. The files are damaged, or need more memory than there is. Choose another model.`, copies[0]?.name ?? null, { cause: error });
  } finally {
    await supervisor.stop();
  }
}

async function install(copies: readonly CopiedGraph[], folder: string, { encoder, decoder, family, frame }: InspectResult, about: ImportModelOptions['about'] & { readonly name: string }): Promise<ModelEntry> {
  const files: ModelFile[] = [];
  for (const [role, index] of [['encoder', encoder], ['decoder', decoder]] as const) {
    const copy = copies[index];
    if (copy === undefined) throw new MaskwrightError('engine-failed', 'The SAM engine spoke of a graph that it was not asked about. Try again.');
    files.push({ role, name: `${role}.onnx`, ...copy.written });
    await rename(copy.path, join(folder, `${role}.onnx`));
    for (const [i, { path, location, bytes, sha256 }] of copy.data.entries()) {
      const name = `${role}.onnx.data${i === 0 ? '' : i}`;
      files.push({ role: `${role}-data`, name, location, bytes, sha256 });
      await rename(path, join(folder, name));
    }
  }
  const name = about.name.slice(0, 100);
  const id = `${slug(name)}-${modelHash({ files }).slice(0, 8)}`;
  return ModelEntry.parse({ id, name, family, inputSize: frame, folder: id, files, licence: about.licence ?? 'Licence of the files', source: (about.source ?? `Imported from ${copies.map((copy) => copy.name).join(', ')}`).slice(0, 500) });
}

/** The encoder's file name without what says that it is one, "sam2.1_tiny" of "sam2.1_tiny_preprocess.onnx", else its folder's. */
function modelName(path: string): string {
  const stem = basename(path).replace(/\.onnx$/i, '');
  return stem.replaceAll(/[._-]?(image[._-]?)?(encoder|preprocess)/gi, '').replace(/^[._-]+/, '') || basename(dirname(path)) || stem;
}
