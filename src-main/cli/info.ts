import type { ProjectInfo } from '../../src-shared/contract/types.ts';
import { call, type StartCore } from './client.ts';
import type { Console } from './console.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { existingProject } from './project-file.ts';

export interface InfoOptions {
  readonly json?: true;
}

/** `maskwright info`: what is in a project, for a person or (--json) for a program. */
export async function info(argument: string, options: InfoOptions, start: StartCore, console: Console): Promise<ExitCode> {
  const path = existingProject(argument);
  const core = await start({ host: 'cli', initialProject: null });
  try {
    const project = await call(core, 'project.open', { path });
    console.out(options.json ? asJson(project) : asText(project));
    return EXIT.done;
  } finally {
    await core.close();
  }
}

/** Without what holds for this run of the program only. */
function asJson({ name, path, readOnly, warnings, roots, images, instances, classes }: ProjectInfo): string {
  return `${JSON.stringify({ name, path, readOnly, warnings, roots, images, instances, classes }, null, 2)}\n`;
}

function asText({ name, path, readOnly, warnings, roots, images, instances, classes }: ProjectInfo): string {
  const width = Math.max(...classes.map((one) => one.name.length), 0);
  const lines = [
    name,
    `  file       ${path}`,
    ...roots.map((root) => `  pictures   ${root.path}${root.missing ? '  (missing)' : ''}`),
    `  images     ${images.total}: ${images.done} done, ${images.inProgress} in progress, ${images.todo} to do`,
    `  instances  ${instances}`,
    `  classes    ${classes.length}`,
    ...classes.map((one) => `    ${one.name.padEnd(width)}  ${one.instances}`),
    ...(readOnly ? [`  read-only  ${readOnly.message}`] : []),
    ...warnings.map(({ message }) => `  note       ${message}`),
  ];
  return `${lines.join('\n')}\n`;
}
