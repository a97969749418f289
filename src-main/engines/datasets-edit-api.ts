import { z } from 'zod';
import { EditResult, WorkId } from '../../src-shared/contract/types.ts';
import { EditCommand } from '../../src-shared/domain/commands.ts';

/** What main may ask of the datasets engine about edits: parameters are checked there, results here. */

export const WriteEditParams = z.strictObject({ project: z.string().min(1).max(32_768), work: WorkId, label: z.string(), commands: z.array(EditCommand) });
export const EditWritten = EditResult.pick({ created: true, images: true, manyImages: true, classes: true });
