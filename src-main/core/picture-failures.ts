import { MaskwrightError } from '../../src-shared/contract/errors.ts';

/** Failures of one picture, which leave the others as they are. */
const OF_A_PICTURE = /^(image-|not-found$|no-access$|io$|engine-died$)/;

export const isOfAPicture = (error: unknown): error is MaskwrightError => error instanceof MaskwrightError && OF_A_PICTURE.test(error.code);
