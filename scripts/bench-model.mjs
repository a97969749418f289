// Evaluates a model through the program: node scripts/bench-model.mjs --model ID --data FOLDER [--limit N] [--person K] [--json]
import { setUp } from './setup.mjs';

await setUp(import.meta.filename);
await import('../test/bench/model/main.ts');
