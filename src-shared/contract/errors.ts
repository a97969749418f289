import { z } from 'zod';

/** Every code an error can carry. A code is for programs; the message is a sentence for a person. */
const ERROR_CODES = [
  // calls
  'bad-request', 'unknown-call', 'too-large', 'cancelled', 'superseded', 'internal',
  // files and folders
  'not-found', 'no-access', 'disk-full', 'io',
  // images
  'image-unreadable', 'image-empty', 'image-truncated', 'image-too-large', 'image-format', 'image-missing', 'image-changed',
  // projects
  'not-a-project', 'project-damaged', 'project-newer', 'project-locked', 'project-read-only', 'project-closed',
  'no-such-image', 'no-such-instance', 'no-such-class', 'name-taken', 'nothing-to-undo', 'conflict',
  // models and engines
  'engine-died', 'engine-failed', 'provider-failed', 'model-missing', 'model-hash', 'model-invalid', 'model-in-use', 'offline', 'download-failed', 'no-prediction',
  // datasets
  'nothing-to-export', 'export-failed', 'dataset-invalid',
] as const;
export const ErrorCode = z.enum(ERROR_CODES);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** An error as a value: what crosses the contract, the engines' pipes and the jobs' lists. */
export const Problem = z.strictObject({ code: ErrorCode, message: z.string(), item: z.string().nullable() });
export type Problem = z.infer<typeof Problem>;

/** The one exception class of the program: a Problem that can be thrown. `message` says what to do; `item` names what it concerns. */
export class MaskwrightError extends Error {
  readonly code: ErrorCode;
  readonly item: string | null;
  constructor(code: ErrorCode, message: string, item: string | null = null, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MaskwrightError';
    this.code = code;
    this.item = item;
  }
  toProblem(): Problem {
    return { code: this.code, message: this.message, item: this.item };
  }
  static fromProblem(p: Problem): MaskwrightError {
    return new MaskwrightError(p.code, p.message, p.item);
  }
}

/**
 * The error that came first. When closing what a `using` declaration holds fails after something else failed, JavaScript throws
 * a SuppressedError about the closing, with the error that matters inside. By name, because not every browser has that class.
 */
export function firstError(error: unknown): unknown {
  let first = error;
  while (first instanceof Error && first.name === 'SuppressedError' && 'suppressed' in first) first = first.suppressed;
  return first;
}

/** Any thrown value as a Problem; what is not ours becomes `internal` with its message. */
export function toProblem(thrown: unknown): Problem {
  const error = firstError(thrown);
  if (error instanceof MaskwrightError) return error.toProblem();
  return { code: 'internal', message: error instanceof Error ? error.message : String(error), item: null };
}
