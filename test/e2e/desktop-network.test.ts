import { existsSync, readFileSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runsOn } from '../electron/desktop.ts';
import { repository } from '../helpers/program.ts';
import { useDesktops } from './desktops.ts';
import { Person } from './person.ts';
import { words } from './words.ts';

const desktops = useDesktops();

/** A process and all that came of it. */
function familyOf(pid: number): number[] {
  const parents = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((name): [number, number][] => {
    const stat = readOr(`/proc/${name}/stat`, '');
    return stat === '' ? [] : [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]];
  }));
  const isOf = (id: number | undefined): boolean => id === pid || (id !== undefined && id > 1 && isOf(parents.get(id)));
  return [...parents.keys()].filter(isOf);
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return fallback;
  }
}

/** Sockets of the internet that a process has just now, as “tcp LOCAL REMOTE” in the notation of proc_net_tcp(5). */
function socketsOf(pid: number): string[] {
  const descriptors = (() => {
    try {
      return readdirSync(`/proc/${pid}/fd`);
    } catch {
      return [];
    }
  })();
  const inodes = new Set(descriptors.flatMap((name) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`))?.[1] ?? [];
    } catch {
      return [];
    }
  }));
  return ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((kind) =>
    readOr(`/proc/net/${kind}`, '').split('\n').slice(1).map((line) => line.trim().split(/\s+/)).filter((fields) => inodes.has(fields[9] ?? '')).map((fields) => `${kind} ${fields[1]} ${fields[2]}`),
  );
}

/** 127.0.0.0/8, ::1, and the same within IPv6. */
const LOOPBACK = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F):/;
const NOBODY = /^0+:0000$/;

/** From this machine and to it; one that listens, or sends to nobody in particular, is connected to nobody. */
function isLocal(socket: string): boolean {
  const [kind = '', local = '', remote = ''] = socket.split(' ');
  return (LOOPBACK.test(local) || kind.startsWith('udp')) && (LOOPBACK.test(remote) || NOBODY.test(remote));
}

test('a whole session of labeling asks no other machine for anything', async (context) => {
  context.skip(process.platform !== 'linux', 'sockets of processes are listed in /proc');
  context.skip(runsOn !== 'stand-in', 'Electron loads nothing before the program');
  const notes = join(desktops.folder, 'network.txt');
  writeFileSync(notes, '');
  const desktop = desktops.starts('session', { env: { NODE_OPTIONS: `--import=${join(repository, 'test/fixtures/observed-network.ts')}`, OBSERVED_NETWORK: notes } });
  const page = await desktop.page();
  const requests: string[] = [];
  page.context().on('request', (request) => requests.push(request.url()));
  const pid = desktop.process.pid ?? 0;
  const foreign = new Set<string>();
  const look = (): void => {
    for (const process of familyOf(pid)) for (const socket of socketsOf(process)) if (!isLocal(socket)) foreign.add(`${readOr(`/proc/${process}/comm`, '').trim()}: ${socket}`);
  };
  const person = new Person(page);
  await person.seesPicture();
  look();
  await person.clicks(300, 300);
  await person.seesCandidates();
  look();
  const before = await person.instances.count();
  await person.presses('Enter');
  await expect.poll(() => person.instances.count()).toBe(before + 1);
  await person.imageRow('02').first().click();
  await person.seesPicture();
  look();

  await person.runsCommand('command.models');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  look();
  await person.presses('Escape');
  await desktop.ask('menu.click', 'program.export');
  const out = join(desktops.folder, 'out.json');
  await desktop.answers('save', { canceled: false, filePath: out });
  await dialog.getByRole('button', { name: words('export.browse') }).click();
  await dialog.getByRole('button', { name: words('export.write') }).click();
  await expect.poll(() => existsSync(out)).toBe(true);
  look();
  const engines = familyOf(pid).filter((id) => /dist\/main\/(sam|images)\.js/.test(readOr(`/proc/${id}/cmdline`, '')));
  expect(engines.length).toBeGreaterThanOrEqual(2);
  expect(engines.flatMap(socketsOf)).toEqual([]);
  expect(await desktop.quit()).toBe(0);

  expect([...foreign]).toEqual([]);
  const asked = readFileSync(notes, 'utf8').split('\n').filter((line) => line !== '');
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.filter((line) => !/"(127\.0\.0\.1|localhost|\[?::1\]?)[":]|^connect "\//.test(line))).toEqual([]);
  const own = new URL(page.url()).origin;
  expect(requests.length).toBeGreaterThan(0);
  expect(requests.filter((url) => !url.startsWith(`${own}/`) && !url.startsWith(`blob:${own}/`))).toEqual([]);
  // No address of a picture or of the page says where anything lies, or what it is called.
  expect(requests.filter((url) => !/^\/($|assets\/[\w.-]+$|[\w-]+\.(svg|png|ico|js|css)$|image\/[a-z0-9]{8,40}\/\d+\/[\w.-]+\/(thumb|base|tile\/\d+\/\d+\/\d+)$)/.test(new URL(url).pathname) && !url.startsWith('blob:'))).toEqual([]);
});
