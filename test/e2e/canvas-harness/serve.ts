import { fileURLToPath } from 'node:url';
import { createServer, type ViteDevServer } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** Serves the harness page from the sources, on a free port of the loopback interface. */
export async function serveHarness(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: ViteDevServer = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    cacheDir: fileURLToPath(new URL('../../../.cache/canvas-harness', import.meta.url)),
    server: { host: '127.0.0.1', port: 0, strictPort: false, hmr: false, watch: null, fs: { allow: [repository] } },
    // Found while a page loads, it would make the first page of a fresh clone load twice.
    optimizeDeps: { include: ['zod'] },
    worker: { format: 'es' },
  });
  await server.listen();
  const address = server.httpServer?.address();
  if (!address || typeof address === 'string') throw new Error('the harness server has no port');
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}
