import { registerHooks } from 'node:module';

/**
 * `node --import test/electron/register.ts dist/electron/electron-main.js` runs the real shell on the stand-in (README.md beside
 * this file): whatever imports `electron` gets that.
 */
registerHooks({
  resolve: (specifier, context, next) => (specifier === 'electron' ? { url: new URL('stand-in/electron.ts', import.meta.url).href, shortCircuit: true } : next(specifier, context)),
});
