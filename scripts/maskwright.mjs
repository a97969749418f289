#!/usr/bin/env node
import { build } from './build.mjs';
import { setUp } from './setup.mjs';

await setUp(import.meta.filename);
build();
await import('../dist/main/cli.js');
