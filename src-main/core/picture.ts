import { MaskwrightError, toProblem } from '../../src-shared/contract/errors.ts';
import type { ImageService } from '../images/image-service.ts';
import type { Picture } from './core-api.ts';

/** What contract's imageAddress makes, and nothing else: no part of it is a path. */
const ADDRESS = /^image\/([a-z0-9]{8,40})\/(\d{1,10})\/[\w.-]{1,80}\/(thumb|base|tile\/(\d{1,2})\/(\d{1,5})\/(\d{1,5}))$/;

/** Serves the pictures of open projects. 404: no such address; 422: the file is there but cannot be shown, with why as text. */
export async function picture(service: Pick<ImageService, 'thumbnail' | 'base' | 'tile'>, address: string, signal: AbortSignal, log: (message: string) => void): Promise<Picture> {
  const match = ADDRESS.exec(address);
  if (match === null) return text(404, 'There is no such picture.');
  const [, project = '', image = '', kind, level, column, row] = match;
  const id = Number(image);
  try {
    if (kind === 'thumb') return { status: 200, ...(await service.thumbnail(project, id, signal)) };
    if (kind === 'base') return { status: 200, ...(await service.base(project, id, signal)) };
    return { status: 200, ...(await service.tile(project, id, Number(level), Number(column), Number(row), signal)) };
  } catch (error) {
    if (!(error instanceof MaskwrightError)) log(`${address} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    const gone = error instanceof MaskwrightError && ['not-found', 'no-such-image', 'project-closed'].includes(error.code);
    return text(gone ? 404 : 422, toProblem(error).message);
  }
}

const text = (status: 404 | 422, message: string): Picture => ({ status, type: 'text/plain; charset=utf-8', bytes: new TextEncoder().encode(message) });
