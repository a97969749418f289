import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { recognise, roleOf } from './families/families.ts';
import { checkExternal, readWhole } from './sam-files.ts';
import type { InspectParams, InspectResult } from './sam-messages.ts';
import { whyNot } from './sam-providers.ts';
import { tryModel } from './sam-self-test.ts';
import { openSession } from './sam-sessions.ts';

type InspectedGraph = InspectParams['graphs'][number];

/**
 * Finds out what graphs are, whatever their files are called and in whatever order they come, and runs them once on the
 * CPU: a model that is installed works. To be asked of a process of its own, which a hostile graph may take down.
 * Throws 'model-invalid' saying what was expected and what was found, 'bad-request' when graphs are missing or too many.
 */
export async function inspectGraphs({ graphs, inputSize }: InspectParams): Promise<InspectResult> {
  const sessions: InferenceSession[] = [];
  // One after the other, for each may be gigabytes while it is opened.
  for (const graph of graphs) sessions.push(await open(graph));
  const roles = graphs.map((graph, i) => {
    const session = sessions[i];
    return session === undefined ? null : roleOf(session, graph.name);
  });
  const encoder = roles.indexOf('encoder');
  const decoder = roles.indexOf('decoder');
  const [first, second] = [sessions[encoder], sessions[decoder]];
  if (first === undefined || second === undefined || graphs.length > 2) throw incomplete(graphs, roles);
  const graph = recognise({ encoder: first, decoder: second, inputSize });
  const ran = await tryModel({ graph, encoder: first, decoder: second }).catch((cause: unknown) => {
    if (cause instanceof MaskwrightError) throw cause;
    throw new MaskwrightError('model-invalid', `The graphs look like those of ${graph.family}, but cannot be run: ${whyNot(cause)}. Choose another model.`, graphs[decoder]?.name ?? null, { cause });
  });
  return { encoder, decoder, family: graph.family, frame: graph.frame, limits: { multimask: ran.ious.length > 2, ...graph.limits } };
}

async function open({ name, path, external }: InspectedGraph): Promise<InferenceSession> {
  const bytes = await readWhole(path, (await stat(path)).size);
  const data = await Promise.all(external.map(async (file) => ({ path: file.location, data: await readWhole(file.path, (await stat(file.path)).size) })));
  await checkExternal(bytes, data, name);
  try {
    return await openSession({ graph: bytes, external: data }, 'cpu');
  } catch (cause) {
    throw new MaskwrightError('model-invalid', `"${name}" cannot be opened: ${whyNot(cause)}. Get the file again or choose another one.`, name, { cause });
  }
}

function incomplete(graphs: readonly InspectedGraph[], roles: readonly ('encoder' | 'decoder' | null)[]): MaskwrightError {
  const found = graphs.map(({ name }, i) => `"${basename(name)}" is ${roles[i] === 'encoder' ? 'an encoder' : 'a decoder'}`).join(', ');
  return new MaskwrightError('bad-request', `A model is one encoder and one decoder: ${found}. Choose the two that belong together.`, graphs[0]?.name ?? null);
}
