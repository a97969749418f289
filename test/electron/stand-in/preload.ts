import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/**
 * The script that Chromium runs before the page's own: the preload, with the part of `electron` that a sandboxed one has. Calls
 * and events cross as MessagePack in base64.
 */
export function preloadScript(preload: string): string {
  const messagePack = readFileSync(join(dirname(createRequire(import.meta.url).resolve('msgpackr')), 'index-no-eval.min.js'), 'utf8');
  return `(() => {
  if (window !== window.top) return;
  const pack = { exports: {} };
  (function (module, exports, define) {${messagePack}
  })(pack, pack.exports, undefined);
  const packr = new pack.exports.Packr({ useRecords: false });
  const toText = (value) => { const bytes = packr.pack(value); let text = ''; for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192)); return btoa(text); };
  const fromText = (text) => packr.unpack(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));
  const listeners = new Map();
  window.standInPaths = {};
  window.standInReceive = (channel, text) => { for (const listener of [...(listeners.get(channel) ?? [])]) listener({}, ...fromText(text)); };
  const electron = {
    contextBridge: { exposeInMainWorld: (name, api) => Object.defineProperty(window, name, { value: Object.freeze(api) }) },
    ipcRenderer: {
      invoke: async (channel, ...args) => fromText(await window.standInInvoke(channel, toText(args))),
      on: (channel, listener) => void (listeners.get(channel) ?? listeners.set(channel, new Set()).get(channel)).add(listener),
      off: (channel, listener) => void listeners.get(channel)?.delete(listener),
    },
    webUtils: { getPathForFile: (file) => window.standInPaths[file.name] ?? '' },
  };
  const module = { exports: {} };
  const require = (name) => { if (name === 'electron') return electron; throw new Error('a sandboxed preload cannot require ' + name); };
  (function (require, module, exports) {${readFileSync(preload, 'utf8')}
  })(require, module, module.exports);
})();`;
}
