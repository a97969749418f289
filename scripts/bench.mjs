// Measures what docs/benchmarks.md shows: node scripts/bench.mjs [prompts] [walking] [big] [everything] [checkpoint] [precision] [datasets] [run-lengths] [launch] [quit]
import { build } from './build.mjs';
import { setUp } from './setup.mjs';

await setUp(import.meta.filename);
build();
await import('../test/bench/bench.ts');
