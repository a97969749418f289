import { resolve } from 'node:path';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { existingProject } from './project-file.ts';

/** `maskwright relocate`: says where a folder of a project's images is now. Throws as the call 'project.relocate'. */
export async function relocate(argument: string, from: string, to: string, start: StartCore, console: Console): Promise<ExitCode> {
  const path = existingProject(argument);
  const core = await start({ host: 'cli', initialProject: null });
  try {
    const { project, roots } = await call(core, 'project.open', { path, remember: false });
    const old = resolve(from);
    const root = roots.find((known) => known.path === old || known.path === from);
    if (root === undefined) throw new MaskwrightError('not-found', `The project has no folder "${from}". It has ${roots.length === 0 ? 'none' : roots.map((known) => `"${known.path}"`).join(', ')}.`, from);
    await call(core, 'project.relocate', { project, root: root.id, path: resolve(to) });
    console.out(`The images of ${root.path} are in ${resolve(to)} now.\n`);
    return EXIT.done;
  } finally {
    await core.close();
  }
}
