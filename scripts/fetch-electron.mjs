import { setUp } from './setup.mjs';
import { fetchElectron } from './setup/electron.mjs';

await setUp(import.meta.filename);
process.exit(fetchElectron({ again: true }) ? 0 : 1);
