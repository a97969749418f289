import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isPermissive, licenceOf } from '../../scripts/licences.mjs';
import { Licences } from '../../src-shared/contract/help.ts';
import { repository } from '../helpers/program.ts';

const shipped = Licences.parse(JSON.parse(readFileSync(join(repository, 'dist/renderer/licences.json'), 'utf8')));
const named = (name: string): (typeof shipped)[number] | undefined => shipped.find((one) => one.name === name);

/** On Windows it lies in the package of sharp's own binary. */
const libvips = process.platform === 'win32' ? ['@img/sharp', 'Apache-2.0 AND LGPL-3.0-or-later'] : ['@img/sharp-libvips', 'LGPL-3.0-or-later'];

describe('what ships', () => {
  it('has a permissive licence and its text; libvips alone is under the LGPL, as a library of its own; a package for Windows has a runtime of Microsoft', () => {
    expect(shipped.length).toBeGreaterThan(30);
    expect(shipped.filter(({ licence }) => !isPermissive(licence)).map(({ name, licence, note }) => [name.replace(/-(?:linux|linuxmusl|darwin|win32)-.*$/, ''), licence, note])).toEqual([
      [...libvips, expect.stringContaining('linked dynamically') as string],
      ...(process.platform === 'win32' ? [['Microsoft Visual C++ runtime', 'LicenseRef-Microsoft-Visual-Studio-Distributable-Code', expect.stringContaining('unchanged') as string]] : []),
    ]);
    expect(shipped.filter(({ text }) => text.length < 500).map(({ name }) => name)).toEqual([]);
  });
  it('is all listed: what stays a package of its own, what is bundled into page and main, Node, Electron, font, model and pictures', () => {
    const kept = /node_modules\/!\(([^)]+)\)/.exec(readFileSync(join(repository, 'electron-builder.yml'), 'utf8'))?.[1]?.split('|') ?? [];
    expect(kept).toContain('sharp');
    const packages = kept.filter((name) => name !== '@img');
    const { builtin, models } = JSON.parse(readFileSync(join(repository, 'models/catalogue.json'), 'utf8')) as { builtin: string; models: { id: string; name: string }[] };
    const model = models.find(({ id }) => id === builtin)?.name ?? 'the model';
    for (const name of [...packages, 'react', 'react-dom', '@base-ui/react', 'zod', 'i18next', 'msgpackr', 'ws', 'commander', 'electron-log', 'electron', 'Node.js', '@fontsource-variable/inter', 'Maskwright', model, 'Sample pictures']) {
      expect(named(name), name).toBeDefined();
    }
    expect(named('@fontsource-variable/inter')?.licence).toBe('OFL-1.1');
    expect(named('vitest')).toBeUndefined();
    // Where the package of Node has no licence (Windows), ours stands in: it has to be that of the same version.
    const node = named('Node.js');
    expect(node?.text).toBe(readFileSync(join(repository, `assets/licences/node-${Number.parseInt(node?.version ?? '', 10)}.txt`), 'utf8').trim());
  });
});

describe('a package that may not ship stops the build', () => {
  const folder = mkdtempSync(join(tmpdir(), 'maskwright-licences-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const made = (name: string, license: unknown, file: string | null): string => {
    const at = join(folder, name);
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, 'package.json'), JSON.stringify({ name, version: '1.0.0', license }));
    if (file !== null) writeFileSync(join(at, file), 'Permission is hereby granted …');
    return at;
  };
  it('a licence that asks for more than naming, an unknown one, none, and one without its text', () => {
    expect(licenceOf(made('@img/sharp-win32-x64', 'Apache-2.0 AND LGPL-3.0-or-later', 'LICENSE'), join(repository, 'assets/licences')).text).toMatch(/^Permission[^]*GNU LESSER GENERAL PUBLIC LICENSE/);
    expect(licenceOf(made('fine', '(MIT OR GPL-3.0-only)', 'LICENCE.md'), folder)).toMatchObject({ name: 'fine', text: 'Permission is hereby granted …' });
    expect(() => licenceOf(made('copyleft', 'GPL-3.0-only', 'LICENSE'), folder)).toThrow('copyleft has the licence GPL-3.0-only');
    expect(() => licenceOf(made('nested', '(MIT OR GPL-3.0-only) AND LGPL-3.0-or-later', 'LICENSE'), folder)).toThrow('not a permissive one');
    expect(() => licenceOf(made('both', 'MIT AND LGPL-3.0-or-later', 'LICENSE'), folder)).toThrow('not a permissive one');
    expect(() => licenceOf(made('other-lgpl', 'LGPL-3.0-or-later', 'LICENSE'), folder)).toThrow('not a permissive one');
    expect(() => licenceOf(made('unknown', 'SEE LICENSE IN FILE', 'LICENSE'), folder)).toThrow('not a permissive one');
    expect(() => licenceOf(made('silent', undefined, 'LICENSE'), folder)).toThrow('does not say');
    expect(() => licenceOf(made('textless', 'MIT', null), folder)).toThrow('without the text');
  });
});
