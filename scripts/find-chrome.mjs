import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const onPath = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'microsoft-edge-stable', 'microsoft-edge', 'chrome'];

function candidates(env) {
  if (process.platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].flatMap((name) =>
      ['/Applications', join(homedir(), 'Applications')].map((folder) => join(folder, `${name}.app`, 'Contents', 'MacOS', name)),
    );
  }
  if (process.platform === 'win32') {
    const folders = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter(Boolean);
    const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Chromium\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
    return programs.flatMap((program) => folders.map((folder) => join(folder, program)));
  }
  const folders = [...(env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome', '/opt/microsoft/msedge'];
  return onPath.flatMap((name) => folders.map((folder) => join(folder, name)));
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of a Chrome, Chromium or Edge: CHROME_PATH, else where each platform has them; null when there is none. */
export function findChrome(env = process.env) {
  if (env.CHROME_PATH) return isProgram(env.CHROME_PATH) ? env.CHROME_PATH : null;
  return candidates(env).find(isProgram) ?? null;
}

/** findChrome(), after installing Debian's chromium where that can be done without asking anybody. */
export function findOrInstallChrome() {
  const found = findChrome();
  const mayInstall = process.platform === 'linux' && process.getuid() === 0 && existsSync('/etc/debian_version') && !process.env.CHROME_PATH;
  if (found !== null || !mayInstall) return found;
  process.stderr.write('No Chrome, Chromium or Edge is here; installing Debian\'s chromium for the tests.\n');
  const options = { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update'], options);
  spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options);
  return findChrome();
}

/** How a person gets one. */
export function howToGetChrome() {
  if (process.env.CHROME_PATH) return `CHROME_PATH names ${process.env.CHROME_PATH}, which is no program. Correct it or unset it.`;
  const how = {
    darwin: 'Install it from https://www.google.com/chrome or with `brew install --cask chromium`',
    win32: 'Install it from https://www.google.com/chrome; Edge, which comes with Windows, does as well',
  }[process.platform] ?? 'Install it with your package manager (Debian, Ubuntu: `sudo apt install chromium`; Fedora: `sudo dnf install chromium`)';
  return `The end-to-end tests need Chrome, Chromium or Edge, and none was found. ${how}, or name one in CHROME_PATH.`;
}
