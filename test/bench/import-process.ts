import { Precision } from '../../src-shared/contract/models.ts';
import { importCheckpoint } from '../../src-main/models/import/import-checkpoint.ts';
import { peakMemory } from './peak-memory.ts';

/** A process of its own for one import, so that its peak memory is the import's: FILE MODELS-FOLDER [PRECISION]. */
const [path = '', models = '', precision] = process.argv.slice(2);
const start = performance.now();
const model = await importCheckpoint(path, models, { signal: new AbortController().signal, onProgress: () => {}, precision: Precision.default('fp32').parse(precision) });
const ms = performance.now() - start;
process.stdout.write(JSON.stringify({ id: model.entry.id, ms, peakBytes: peakMemory(process.pid) }));
