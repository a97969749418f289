import { IMAGE_EXTENSIONS as LIST } from '../../src-shared/domain/image-extensions.ts';

export const IMAGE_EXTENSIONS: ReadonlySet<string> = new Set(LIST);
