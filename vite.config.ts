import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The renderer's page. Main, engines and preload are bundled by scripts/build.mjs. */
export default defineConfig({
  root: 'src-renderer',
  base: './',
  plugins: [react()],
  worker: { format: 'es' },
  build: { outDir: '../dist/renderer', emptyOutDir: true, target: 'chrome140', chunkSizeWarningLimit: 1500, assetsInlineLimit: 0 },
});
