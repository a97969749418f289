import { setUp } from './setup.mjs';

await setUp(import.meta.filename);
const { fetchElectron } = await import('./setup/electron.mjs');
process.exit(fetchElectron({ again: true }) ? 0 : 1);
