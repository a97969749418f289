import { readdirSync, readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';

const { dirname, join } = posix;

/** Where Electron's sandbox cannot start, why, and the command that lets it. */
export interface SandboxTrouble {
  /** The setting of the system that forbids it. */
  readonly setting: string;
  readonly remedy: string;
}

/** What is asked of the system. */
export interface LinuxSystem {
  /** Null when there is no such file, or it may not be read. */
  read(path: string): string | null;
  /** Names; none when there is no such folder. */
  list(folder: string): readonly string[];
  stat(path: string): { readonly uid: number; readonly mode: number } | null;
}

const SET_USER_ID = 0o4000;
const PROFILES = '/etc/apparmor.d';
/** Of this process; programs that it starts have the same, where no profile names them. */
const LABEL = '/proc/self/attr/current';
const APPARMOR = 'kernel.apparmor_restrict_unprivileged_userns';

/**
 * Chromium makes its sandbox of user namespaces, else with the help of chrome-sandbox, which must be root's and have its rights. npm
 * gives files to whoever installs; where the system lets nobody have namespaces, Electron then aborts at the start. Ubuntu forbids
 * them since 24.04 to all programs without an AppArmor profile.
 */
export function sandboxTrouble(electron: string, system: LinuxSystem = realSystem): SandboxTrouble | null {
  const setting = forbidden(electron, system);
  if (setting === null) return null;
  const helper = join(dirname(electron), 'chrome-sandbox');
  const found = system.stat(helper);
  if (found !== null && found.uid === 0 && (found.mode & SET_USER_ID) !== 0) return null;
  const quoted = `'${helper.replaceAll("'", `'\\''`)}'`;
  return { setting, remedy: `sudo chown root ${quoted} && sudo chmod 4755 ${quoted}` };
}

/** The setting that keeps that program from making user namespaces. */
function forbidden(electron: string, system: LinuxSystem): string | null {
  const value = (name: string): string | null => system.read(`/proc/sys/${name.replaceAll('.', '/')}`)?.trim() ?? null;
  const off = ['kernel.unprivileged_userns_clone', 'user.max_user_namespaces'].find((name) => value(name) === '0');
  if (off !== undefined) return `${off} is 0`;
  const restricted = value(APPARMOR);
  if (restricted === null || restricted === '0') return null;
  // A process with a profile, such as a terminal inside an editor, has that profile's rights.
  const isConfined = (system.read(LABEL)?.trim() ?? 'unconfined') !== 'unconfined';
  return isConfined || hasProfile(electron, system) ? null : `${APPARMOR} is ${restricted}`;
}

/** Whether somebody wrote a profile for this very program that lets it. */
const hasProfile = (electron: string, system: LinuxSystem): boolean =>
  system.list(PROFILES).some((name) => {
    const profile = system.read(join(PROFILES, name));
    return profile !== null && profile.includes(electron) && /\buserns\b/.test(profile);
  });

function orElse<T>(run: () => T, otherwise: T): T {
  try {
    return run();
  } catch {
    return otherwise;
  }
}

const realSystem: LinuxSystem = {
  read: (path) => orElse(() => readFileSync(path, 'utf8'), null),
  list: (folder) => orElse(() => readdirSync(folder), []),
  stat: (path) => orElse(() => statSync(path), null),
};
