import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseYaml } from '../../src-main/datasets/formats/codecs/yaml.ts';
import type { YamlValue } from '../../src-main/datasets/formats/codecs/yaml.ts';
import { APPLICATION_ID } from '../../src-main/projects/migrations/migrate.ts';
import { repository } from '../helpers/program.ts';

/** What packages are made with and cannot be tried where they are not made: icons, file types, entitlements, the workflow. */

const bytes = (path: string): Buffer => readFileSync(join(repository, path));
const text = (path: string): string => bytes(path).toString();
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Width, from the header that must come first (https://www.w3.org/TR/png-3/#11IHDR). */
const pngWidth = (png: Buffer): number => (png.subarray(0, 8).equals(PNG) ? png.readUInt32BE(16) : 0);

/** The entitlements that a file grants. */
const allowed = (file: string): string[] => [...text(`assets/mac/${file}`).matchAll(/<key>([^<]+)<\/key>\s*<true\/>/g)].map(([, key]) => key ?? '');

const under = (value: YamlValue | undefined, ...keys: readonly string[]): YamlValue | undefined =>
  keys.reduce<YamlValue | undefined>((at, key) => (at instanceof Map ? at.get(key) : undefined), value);
const list = (value: YamlValue | undefined): readonly YamlValue[] => (Array.isArray(value) ? value : []);

describe.each(['icon', 'project'])('the icons of %s', (name) => {
  test('for Windows hold all sizes, up to the 256 that an installer needs', () => {
    const ico = bytes(`assets/icon/${name}.ico`);
    expect([ico.readUInt16LE(0), ico.readUInt16LE(2)]).toEqual([0, 1]);
    const pictures = Array.from({ length: ico.readUInt16LE(4) }, (_, i) => {
      const at = 6 + 16 * i;
      return { side: ico[at] || 256, data: ico.subarray(ico.readUInt32LE(at + 12)).subarray(0, ico.readUInt32LE(at + 8)) };
    });
    expect(pictures.map(({ side }) => side)).toEqual([16, 24, 32, 48, 64, 256]);
    for (const { side, data } of pictures) {
      // A bitmap's header gives twice its height, for the mask that follows: a bit a pixel, in rows of 32.
      if (side === 256) expect(pngWidth(data)).toBe(256);
      else expect([data.readInt32LE(4), data.readInt32LE(8), data.length]).toEqual([side, 2 * side, 40 + side * side * 4 + Math.ceil(side / 32) * 4 * side]);
    }
  });

  test('for macOS hold pictures of the sizes that their types stand for', () => {
    const icns = bytes(`assets/icon/${name}.icns`);
    expect([icns.toString('latin1', 0, 4), icns.readUInt32BE(4)]).toEqual(['icns', icns.length]);
    const found: Record<string, number> = {};
    for (let at = 8; at < icns.length; at += icns.readUInt32BE(at + 4)) found[icns.toString('latin1', at, at + 4)] = pngWidth(icns.subarray(at + 8));
    expect(found).toMatchObject({ ic07: 128, ic08: 256, ic09: 512, ic11: 32, ic12: 64, ic13: 256, ic14: 512 });
  });
});

test('Linux knows a project by its name, and by the mark that SQLite keeps in it', () => {
  const type = text('assets/linux/maskwright-project.xml');
  expect(type).toContain('<glob pattern="*.mwproj"/>');
  expect(type).toContain(`<match type="big32" offset="68" value="0x${APPLICATION_ID.toString(16)}"/>`);
  const name = /<mime-type type="([^"]+)">/.exec(type)?.[1] ?? '';
  const configuration = text('electron-builder.yml');
  expect(configuration).toContain(`mimeTypes: [${name}]`);
  expect(configuration).toContain(`/mimetypes/${name.replace('/', '-')}.svg`);
});

test('a Mac lets the program compile code, and weakens its protection no further', () => {
  expect(allowed('entitlements.plist')).toEqual(['com.apple.security.cs.allow-jit']);
  expect(allowed('entitlements.inherit.plist')).toEqual(['com.apple.security.cs.allow-jit', 'com.apple.security.cs.allow-unsigned-executable-memory']);
});

describe('the workflow', () => {
  const source = text('.github/workflows/ci.yml');
  const workflow = parseYaml(source, 'ci.yml');
  const jobs = under(workflow, 'jobs') as ReadonlyMap<string, YamlValue>;
  const steps = [...jobs.values()].flatMap((job) => list(under(job, 'steps')));
  const runs = (job: string): string[] => list(under(jobs.get(job), 'steps')).map((step) => String(under(step, 'run') ?? ''));

  test('tests and packages on three systems', () => {
    expect([...jobs.keys()]).toEqual(['test', 'package', 'release']);
    for (const job of ['test', 'package']) {
      expect(list(under(jobs.get(job), 'strategy', 'matrix', 'include')).map((system) => under(system, 'system'))).toEqual(['Linux', 'Windows', 'macOS']);
      expect(runs(job)).toContain('npm ci --no-fund');
    }
    expect(runs('test')).toEqual(expect.arrayContaining(['npm test', 'npm audit --omit=dev --audit-level=high']));
    expect(under(jobs.get('package'), 'needs')).toBe('test');
    expect(under(jobs.get('release'), 'if')).toBe("startsWith(github.ref, 'refs/tags/')");
  });

  test('calls what there is', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
    const called = [...source.matchAll(/npm run ([a-z:]+)/g)].map(([, script]) => script ?? '');
    expect(called).toContain('package');
    expect(called.filter((script) => scripts[script] === undefined)).toEqual([]);
    for (const path of ['node_modules/electron/install.js', 'sample/01-fruit.jpg']) {
      expect(source).toContain(path);
      expect(existsSync(join(repository, path)), path).toBe(true);
    }
  });

  test('may read the repository only, but for the release, and gives no secret to a stranger\'s code; each action is one commit, whatever becomes of its tags', () => {
    expect(under(workflow, 'permissions')).toEqual(new Map([['contents', 'read']]));
    expect([...jobs].filter(([, job]) => under(job, 'permissions') !== undefined).map(([name]) => name)).toEqual(['release']);
    expect(source).not.toContain('pull_request_target');
    expect(under(jobs.get('release'), 'permissions')).toEqual(new Map([['contents', 'write']]));
    for (const step of steps) if (under(step, 'uses') !== undefined) expect(under(step, 'uses')).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
  });
});
