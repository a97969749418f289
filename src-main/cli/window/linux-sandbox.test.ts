import { describe, expect, it } from 'vitest';
import { sandboxTrouble } from './linux-sandbox.ts';
import type { LinuxSystem } from './linux-sandbox.ts';

const electron = "/home/ann/it's mine/node_modules/electron/dist/electron";
const helper = "/home/ann/it's mine/node_modules/electron/dist/chrome-sandbox";
const quoted = `'/home/ann/it'\\''s mine/node_modules/electron/dist/chrome-sandbox'`;
const APPARMOR = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';

function system(files: Readonly<Record<string, string>>, helperIs: { readonly uid: number; readonly mode: number } | null = { uid: 1000, mode: 0o100755 }): LinuxSystem {
  const paths = Object.keys(files);
  return {
    read: (path) => files[path] ?? null,
    list: (folder) => paths.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1)),
    stat: (path) => (path === helper ? helperIs : null),
  };
}
const ubuntu = { [APPARMOR]: '1\n', '/proc/self/attr/current': 'unconfined\n', '/etc/apparmor.d/chrome': 'profile chrome /opt/google/chrome/chrome flags=(unconfined) {\n  userns,\n}\n' };

describe('the sandbox can start', () => {
  it.each([
    ['on a system that forbids nothing', system({})],
    ['on Ubuntu before 24.04, or where somebody lifted the restriction', system({ ...ubuntu, [APPARMOR]: '0\n' })],
    ['with a chrome-sandbox that is root\'s and has its rights', system(ubuntu, { uid: 0, mode: 0o104755 })],
    ['with a profile for this very Electron', system({ ...ubuntu, '/etc/apparmor.d/maskwright': `profile maskwright "${electron}" flags=(unconfined) {\n  userns,\n}\n` })],
    ['from a process that has a profile of its own', system({ ...ubuntu, '/proc/self/attr/current': 'vscode (unconfined)\n' })],
    ['where namespaces are allowed explicitly', system({ '/proc/sys/kernel/unprivileged_userns_clone': '1\n', '/proc/sys/user/max_user_namespaces': '60000\n' })],
  ])('%s', (_, on) => {
    expect(sandboxTrouble(electron, on)).toBeNull();
  });
});

describe('the sandbox cannot start, and it is said what to do', () => {
  const remedy = `sudo chown root ${quoted} && sudo chmod 4755 ${quoted}`;
  it.each([
    ['on Ubuntu 24.04', system(ubuntu), 'kernel.apparmor_restrict_unprivileged_userns is 1'],
    ['with a chrome-sandbox that is root\'s and has no rights', system(ubuntu, { uid: 0, mode: 0o100755 }), 'kernel.apparmor_restrict_unprivileged_userns is 1'],
    ['with a chrome-sandbox that has the rights of somebody else', system(ubuntu, { uid: 1000, mode: 0o104755 }), 'kernel.apparmor_restrict_unprivileged_userns is 1'],
    ['before Electron was fetched', system(ubuntu, null), 'kernel.apparmor_restrict_unprivileged_userns is 1'],
    ['with a profile that confines more', system({ ...ubuntu, '/etc/apparmor.d/maskwright': `profile maskwright ${electron} {\n}\n` }), 'kernel.apparmor_restrict_unprivileged_userns is 1'],
    ['on a Debian that forbids namespaces', system({ '/proc/sys/kernel/unprivileged_userns_clone': '0\n' }), 'kernel.unprivileged_userns_clone is 0'],
    ['on a hardened system', system({ '/proc/sys/user/max_user_namespaces': '0\n' }), 'user.max_user_namespaces is 0'],
  ])('%s', (_, on, setting) => {
    expect(sandboxTrouble(electron, on)).toEqual({ setting, remedy });
  });
});
