import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { root } from './common.mjs';

/** After so long without a byte, a download has failed. */
const STALLED_MS = 30_000;
/** How long a failure keeps the next starts from trying again. */
const FAILURE_LASTS_MS = 24 * 60 * 60_000;

const failureFile = join(root, '.cache', 'electron-failure.json');

/** What a person changes to get past a failure. */
const SETTINGS = /^(?:(?:http|https|no)_proxy|electron_\w+|npm_config_electron_\w+|node_extra_ca_certs)$/i;

const HOW = 'To try now, run: npm run fetch-electron. ELECTRON_MIRROR names another address to fetch it from, HTTPS_PROXY a proxy.';

/** The window is for those who name nothing, or what to open in it. Options and commands ask for something else. */
export const asksForWindow = (words) => words.every((word) => existsSync(resolve(word)));

/** Fetches the binary of Electron, which makes the window, unless that failed a short while ago (`again`: even then). Says how it goes; tells whether it is there. */
export function fetchElectron({ again = false } = {}) {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', 'electron', 'package.json'), 'utf8'));
  const env = downloadEnvironment(process.env);
  const settings = Object.entries(env).filter(([name]) => SETTINGS.test(name)).sort();
  // A proxy's address can hold a password.
  const tried = createHash('sha256').update(JSON.stringify([version, settings])).digest('hex');
  const last = lastFailure();
  const age = Date.now() - (last?.at ?? 0);
  if (!again && last?.tried === tried && age >= 0 && age < FAILURE_LASTS_MS) {
    process.stderr.write(`Electron, which makes the window, could not be fetched on ${new Date(last.at).toLocaleString('en-US')}: ${last.reason}. The next try is a day later. ${HOW}\n`);
    return false;
  }
  const { status, output } = spawnSync(process.execPath, [join(import.meta.dirname, 'download-electron.mjs'), String(STALLED_MS)], { cwd: root, stdio: ['ignore', 2, 2, 'pipe'], env, encoding: 'utf8' });
  if (status === 0) {
    rmSync(failureFile, { force: true });
    return true;
  }
  const reason = output?.[3] || 'the download ended by itself';
  mkdirSync(dirname(failureFile), { recursive: true });
  writeFileSync(failureFile, JSON.stringify({ at: Date.now(), tried, reason }));
  process.stderr.write(`Electron could not be fetched: ${reason}. ${HOW}\n`);
  return false;
}

/** With npm's proxies, where the usual variables name none, and with the certificates that the system trusts. */
function downloadEnvironment(env) {
  const https = env.HTTPS_PROXY ?? env.https_proxy ?? env.npm_config_https_proxy ?? env.npm_config_proxy;
  const http = env.HTTP_PROXY ?? env.http_proxy ?? env.npm_config_proxy;
  const none = env.NO_PROXY ?? env.no_proxy ?? env.npm_config_noproxy;
  return {
    ...env,
    ...(https && { HTTPS_PROXY: https }),
    ...(http && { HTTP_PROXY: http }),
    ...(none && { NO_PROXY: none }),
    NODE_USE_ENV_PROXY: '1',
    NODE_USE_SYSTEM_CA: '1',
    ...(env.npm_config_cafile && { NODE_EXTRA_CA_CERTS: env.NODE_EXTRA_CA_CERTS ?? env.npm_config_cafile }),
  };
}

function lastFailure() {
  try {
    return JSON.parse(readFileSync(failureFile, 'utf8'));
  } catch {
    return null;
  }
}
