import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rleArea, rleFromBitmap, rleToBitmap } from '../../src-shared/geometry/rle.ts';
import { maskShape, shapeToRle } from '../../src-shared/geometry/shape.ts';
import { cvat } from '../../src-main/datasets/formats/cvat/cvat.ts';
import { millionths } from '../../src-main/datasets/formats/parts/turned-box.ts';
import { childrenOf, parseXml } from '../../src-main/datasets/formats/codecs/xml.ts';
import { MemorySource } from '../helpers/dataset-source.ts';
import { putFiles, readWith, roundTrip, textsIn, writeWith } from '../helpers/formats.ts';
import type { MemorySink } from '../helpers/memory-sink.ts';
import { scene, scenes } from '../helpers/random-scene.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maskwright-cvat-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = async (document: string | Buffer): Promise<MemorySink> => {
  writeFileSync(join(folder, 'annotations.xml'), document);
  return readWith(cvat, folder);
};

/** As CVAT writes it (docs.cvat.ai, XML annotation format), by hand. */
const META = `<meta><task><id>4</id><name>farm</name><size>2</size><mode>annotation</mode><bugtracker></bugtracker>
<labels><label><name>cat</name><color>#FF8000</color><type>any</type><attributes>
 <attribute><name>age</name><mutable>False</mutable><input_type>number</input_type><default_value>1</default_value><values>1
2</values></attribute><attribute><name>wild</name><mutable>False</mutable><input_type>checkbox</input_type><default_value>false</default_value><values>false</values></attribute></attributes></label>
<label><name>paw</name><color>#00ff00</color><type>points</type><attributes></attributes><parent>skeleton</parent></label></labels></task><dumped>2026-01-01</dumped></meta>`;
const image = (inside: string, more = ''): string => `<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>${META}<image id="7" name="sub\\a.jpg" width="8" height="5" ${more}>${inside}</image></annotations>`;

const of = (subset: string): string => `<image id="0" name="a.png" subset="${subset}" width="8" height="5"><box label="cat" xtl="0" ytl="0" xbr="1" ybr="1"/></image>`;

describe('what CVAT writes is read', () => {
  test('labels with colours and attributes, polygons, masks, boxes, groups, order, subset', async () => {
    const sink = await read(image(`
      <polygon label="cat" source="manual" occluded="1" points="1.00,1.00;4.50,1.00;4.50,3.25" z_order="2" group_id="3"><attribute name="age">3</attribute><attribute name="wild">true</attribute></polygon>
      <mask label="cat" source="semi-auto" occluded="0" rle="1, 1, 1, 3" left="2" top="1" width="3" height="2" z_order="0"></mask>
      <box label="cat" source="manual" occluded="0" xtl="0.10" ytl="0.20" xbr="2.30" ybr="4.20" z_order="-1"></box>`, 'subset="Train" task_id="9"'));
    expect(sink.problems).toEqual([]);
    expect(sink.classes).toMatchObject([{ name: 'cat', colour: '#ff8000' }]);
    expect(sink.images).toMatchObject([{ path: 'sub/a.jpg', width: 8, height: 5, split: 'Train', extras: { own: { cvat: { id: 7, task_id: '9' } } } }]);
    const [polygon, mask, box] = sink.instances;
    expect(polygon).toMatchObject({ class: 'cat', z: 2, shape: { kind: 'polygon', parts: [{ outer: [1, 1, 4.5, 1, 4.5, 3.25], holes: [] }] }, extras: { occluded: true, group: 3, attributes: { age: 3, wild: true }, own: { cvat: { source: 'manual' } } } });
    const painted = [0, 0, 0, 0, 0, 0, 0, 0, /**/ 0, 0, 0, 1, 0, 0, 0, 0, /**/ 0, 0, 1, 1, 1, 0, 0, 0];
    expect([...rleToBitmap(shapeToRle(mask!.shape, 5, 8))].slice(0, 24)).toEqual(painted);
    expect(box).toMatchObject({ z: -1, shape: { kind: 'box', box: { x: 0.1, y: 0.2, width: 2.2, height: 4 } } });
  });

  test('a turned box is its corners, and is written back as the box until it is changed', async () => {
    const sink = await read(image('<box label="cat" xtl="2" ytl="1" xbr="6" ybr="3" rotation="90.00" occluded="0"/>'));
    const [turned] = sink.instances;
    const [part] = turned?.shape.kind === 'polygon' ? turned.shape.parts : [];
    expect(part?.outer.map(millionths)).toEqual([5, 0, 5, 4, 3, 4, 3, 0]);
    const source = sink.source();
    await writeWith(cvat, source, join(folder, 'again'));
    expect(textsIn(join(folder, 'again'))['annotations.xml']).toContain('xtl="2" ytl="1" xbr="6" ybr="3" rotation="90.00"');
    Object.assign(source.shapes[0]!, { shape: { kind: 'polygon', parts: [{ outer: [0, 0, 5, 4, 3, 4, 3, 0], holes: [] }] } });
    await writeWith(cvat, source, join(folder, 'changed'));
    expect(textsIn(join(folder, 'changed'))['annotations.xml']).toContain('<polygon label="cat" source="manual" occluded="0" points="0,0;5,4;3,4;3,0" z_order="0"');
  });

  test('what is not drawn here is told, kept and written back; so is the meta', async () => {
    const sink = await read(image('<points label="cat" points="1,1;2,2" z_order="0"><attribute name="age">1</attribute></points><tag label="cat" source="manual"/><skeleton label="skeleton"><points label="paw" points="1,1" outside="0"/></skeleton>'));
    expect(sink.instances).toEqual([]);
    expect(sink.problems.map(({ problem }) => problem.message)).toEqual([expect.stringMatching(/points, which is not shown.*kept/) as string, expect.stringContaining('skeleton') as string]);
    await writeWith(cvat, sink.source(), join(folder, 'again'));
    const { 'annotations.xml': text = '' } = textsIn(join(folder, 'again'));
    for (const kept of ['<points label="cat" points="1,1;2,2" z_order="0">', '<tag label="cat" source="manual"/>', '<points label="paw" points="1,1" outside="0"/>', '<name>farm</name>', '<dumped>2026-01-01</dumped>', '<parent>skeleton</parent>', '<input_type>number</input_type>']) expect(text).toContain(kept);
  });

  test.each([0, 30, 200.5])('an ellipse turned by %d° is a polygon of its area, and is written back as the ellipse until it is changed', async (degrees) => {
    const at = `cx="40" cy="30.5" rx="20" ry="11" rotation="${degrees}"`;
    const sink = await read(image(`<ellipse label="cat" source="manual" occluded="0" ${at} z_order="0"/>`).replace('width="8" height="5"', 'width="80" height="61"'));
    expect(sink.problems).toEqual([]);
    const mask = shapeToRle(sink.instances[0]!.shape, 61, 80);
    expect(Math.abs(rleArea(mask) / (Math.PI * 20 * 11) - 1)).toBeLessThan(0.02);
    // The pixels that the ellipse's equation gives, with the turn clockwise on the screen; pixels whose center is within a fifth of a pixel of it may fall to either side.
    const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)];
    const wrong = [...rleToBitmap(mask)].filter((value, i) => {
      const [dx, dy] = [(i % 80) + 0.5 - 40, Math.floor(i / 80) + 0.5 - 30.5];
      const radius = Math.hypot((dx * cos + dy * sin) / 20, (dy * cos - dx * sin) / 11);
      return Math.abs(radius - 1) > 0.02 && value !== Number(radius < 1);
    });
    expect(wrong).toEqual([]);
    const source = sink.source();
    await writeWith(cvat, source, join(folder, 'again'));
    expect(textsIn(join(folder, 'again'))['annotations.xml']).toContain('<ellipse label="cat" source="manual" occluded="0" cx="40" cy="30.5" rx="20" ry="11" rotation=');
    Object.assign(source.shapes[0]!, { shape: { kind: 'polygon', parts: [{ outer: [0, 0, 5, 4, 3, 4], holes: [] }] } });
    await writeWith(cvat, source, join(folder, 'changed'));
    expect(textsIn(join(folder, 'changed'))['annotations.xml']).toContain('<polygon label="cat"');
  });

  test('in the archive of a project, the same name in two subsets is two images', async () => {
    const document = `<annotations><version>1.1</version><meta><project><labels><label><name>cat</name></label></labels></project></meta>${of('Train')}${of('Test')}${of('default')}</annotations>`;
    const missing = await read(document);
    expect(missing.images.map(({ path, split, file }) => [path, split, file])).toEqual([['a.png', 'Train', null], ['Test/a.png', 'Test', null], ['a.png', null, null]]);
    putFiles(folder, { 'images/Train/a.png': 'one', 'images/Test/a.png': 'two', 'images/default/a.png': 'three' });
    const sink = await read(document);
    expect(sink.images.map(({ path, split, file }) => [path, split, file])).toEqual([['a.png', 'Train', join(folder, 'images/Train/a.png')], ['a.png', 'Test', join(folder, 'images/Test/a.png')], ['a.png', null, join(folder, 'images/default/a.png')]]);
    expect(sink.instances.map((instance) => instance.image)).toEqual(sink.images.map(({ key }) => key));
  });

  test('a file of another name; several are splits', async () => {
    const document = image('<box label="cat" xtl="0" ytl="0" xbr="1" ybr="1"/>');
    putFiles(folder, { 'train.xml': document, 'notes.xml': '<notes/>', 'voc.xml': '<annotation><object/></annotation>' });
    expect(await cvat.recognise(folder)).toBe(true);
    expect((await readWith(cvat, folder)).images).toMatchObject([{ path: 'sub/a.jpg', split: 'train' }]);
    putFiles(folder, { 'val.xml': document.replace('<name>cat</name>', '<name>dog</name>').replace('label="cat"', 'label="dog"') });
    const sink = await readWith(cvat, folder);
    expect(sink.images.map(({ path, split }) => [path, split])).toEqual([['sub/a.jpg', 'train'], ['val/sub/a.jpg', 'val']]);
    expect(sink.classes.map(({ name }) => name)).toEqual(['cat', 'dog']);
    rmSync(join(folder, 'train.xml'));
    rmSync(join(folder, 'val.xml'));
    expect(await cvat.recognise(folder)).toBe(false);
  });

  test('painting orders, groups and other side fields that cannot be are ignored and counted', async () => {
    const sink = await read(image('<box label="cat" xtl="0" ytl="0" xbr="1" ybr="1" z_order="1e300" group_id="NaN" occluded="perhaps"/><box label="cat" xtl="0" ytl="0" xbr="1" ybr="1" z_order="1e300" group_id="1e300"/><box label="cat" xtl="0" ytl="0" xbr="1" ybr="1" z_order="" rotation="0.0" occluded="true"/>'));
    expect(sink.problems).toEqual([]);
    expect(sink.instances.map(({ z, extras }) => [z, extras?.group, extras?.occluded])).toEqual([[0, undefined, undefined], [0, undefined, undefined], [0, undefined, true]]);
    expect(sink.notes).toEqual(['2 annotations: “group_id” is not a usable whole number and was ignored.', '1 annotation: “occluded” is neither 0 nor 1 and was ignored.', '2 annotations: “z_order” is not a usable whole number and was ignored.']);
  });

  test('byte-order marks, UTF-16, no meta, no labels known, no z-order', async () => {
    const bare = '<annotations><image id="0" name="a.jpg" width="4" height="4"><box label="dog" xtl="0" ytl="0" xbr="1" ybr="1"/></image></annotations>';
    for (const document of [Buffer.from(`\ufeff${bare}`), Buffer.from(`\ufeff${bare}`, 'utf16le')]) {
      const sink = await read(document);
      expect(sink.problems).toEqual([]);
      expect(sink.classes.map(({ name }) => name)).toEqual(['dog']);
      expect(sink.instances).toMatchObject([{ class: 'dog', z: 0 }]);
    }
  });

  test('a file of many pieces is read to its end', async () => {
    const images = Array.from({ length: 20_000 }, (_, i) => `<image id="${i}" name="${i} > ü.jpg" width="9" height="9"><!-- <image> --><polygon label="cat" points="1,1;2,1;2,${1 + (i % 7)}.5"/></image>\n`);
    writeFileSync(join(folder, 'annotations.xml'), `<annotations>${images.join('')}</annotations>`);
    let last = '';
    let instances = 0;
    await cvat.read?.(folder, { class: () => undefined, image: ({ path }) => (last = path), instance: () => instances++, extras: () => undefined, note: () => undefined, problem: (item) => expect.unreachable(item) }, { signal: new AbortController().signal, progress: () => undefined, encoding: null, sizeOf: () => Promise.resolve(null) });
    expect([last, instances]).toEqual(['19999 > ü.jpg', 20_000]);
  });
});

describe('what we write', () => {
  test('is what the specification says', async () => {
    const source = new MemorySource().class(1, 'cat & dog').image(1, 'ä b.jpg', 4, 3, { split: 'val' });
    const ring = rleFromBitmap(Uint8Array.of(0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1), 3, 4);
    source.instance(1, 1, 1, maskShape(ring), { attributes: { pose: 'up', wild: true }, group: 'herd', crowd: true });
    source.instance(2, 1, null, { kind: 'box', box: { x: 0, y: 0, width: 1, height: 1 } });
    const summary = await writeWith(cvat, source, join(folder, 'out'));
    expect(summary).toMatchObject({ images: 1, instances: 1, unlabelled: 1, problems: 0 });
    const root = parseXml(textsIn(join(folder, 'out'))['annotations.xml'] ?? '', 'out');
    const [written] = childrenOf(root, 'image');
    expect({ ...written?.attributes }).toEqual({ id: '1', name: 'ä b.jpg', subset: 'val', width: '4', height: '3' });
    expect(written?.children.map(({ name, attributes }) => [name, { ...attributes }])).toEqual([['mask', { label: 'cat & dog', source: 'manual', occluded: '0', rle: '0, 4, 1, 4', left: '1', top: '0', width: '3', height: '3', z_order: '1', group_id: '1' }]]);
    expect(written?.children[0]?.children.map(({ attributes, text }) => [attributes['name'], text])).toEqual([['pose', 'up'], ['wild', 'true'], ['is_crowd', 'true']]);
    // CVAT takes only attributes that the label declares.
    expect(textsIn(join(folder, 'out'))['annotations.xml']).toMatch(/<name>wild<\/name>\s*<mutable>False<\/mutable>\s*<input_type>checkbox/);
  });

  test('export, import, export: the same bytes, the same pixels', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async (source) => {
        const { first, firstFiles, sink, secondFiles } = await roundTrip(cvat, source);
        expect(secondFiles).toEqual(firstFiles);
        expect(sink.problems).toEqual([]);
        expect(first.told).toEqual(first.told.filter(({ problem }) => problem.message.includes('covers no pixel')));
        const kept = source.shapes.filter(({ id, class: label }) => label !== null && !first.told.some(({ item }) => item.endsWith(`instance ${id}`)));
        expect(sink.instances).toHaveLength(kept.length);
        for (const [i, { shape, image: on, z }] of kept.entries()) {
          const { width, height } = source.pictures[on - 1]!;
          expect(sink.instances[i]?.z).toBe(z);
          if (shape.kind !== 'box') expect(shapeToRle(sink.instances[i]!.shape, height!, width!)).toEqual(shapeToRle(shape, height!, width!));
        }
      }),
      { numRuns: scenes(60) },
    );
  });
});

describe('hostile files', () => {
  test.each([
    ['an entity bomb', '<!DOCTYPE a [<!ENTITY a "aaaa">]><annotations/>'],
    ['an external entity', '<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://127.0.0.1:9/x"><annotations></annotations>'],
    ['a cut file', image('').slice(0, -20)],
    ['another XML', '<annotation><object/></annotation>'],
    ['video', '<annotations><track id="0" label="cat"><box frame="0"/></track></annotations>'],
    ['nothing', ''],
    ['depth', `<annotations><image id="0" name="a" width="1" height="1">${'<a>'.repeat(100_000)}`],
  ])('%s is refused as a whole', async (_, document) => {
    await expect(read(document)).rejects.toMatchObject({ code: 'dataset-invalid' });
  });

  test('rows that cannot be are left out by name, and the rest is read', async () => {
    const sink = await read(image(`
      <polygon label="cat" points="1,1;NaN,2;3,3"/><polygon label="cat" points="1,1;2,2"/><polygon label="cat" points="1e308,1;2,2;3,3"/><polygon label="cat"/>
      <mask label="cat" rle="1, 2" left="0" top="0" width="2" height="2"/><mask label="cat" rle="4" left="7" top="0" width="2" height="2"/><mask label="cat" rle="-1,5" left="0" top="0" width="2" height="2"/>
      <mask label="cat" rle="4294836225" left="0" top="0" width="65535" height="65535"/>
      <box label="cat" xtl="3" ytl="0" xbr="1" ybr="1"/><box label="${'x'.repeat(300)}" xtl="0" ytl="0" xbr="1" ybr="1"/>
      <box label="cat" xtl="0" ytl="0" xbr="1" ybr="1"/>`).replace('</annotations>', '<image id="1" name="b.jpg" width="0" height="5"/><image id="2" name="c.jpg" width="1e9" height="5"/><image id="3" name="bad.jpg" width="1" height="1">&evil;</image></annotations>'));
    expect(sink.instances).toHaveLength(1);
    // A size that cannot be is not known; the image is looked at.
    expect(sink.images.map(({ path, width, height }) => [path, width, height])).toEqual([['sub/a.jpg', 8, 5], ['b.jpg', null, null], ['c.jpg', null, null]]);
    expect(sink.notes).toEqual(['2 images: its size is missing or not from 1 to 65535 pixels, so that of the file was used.']);
    expect(sink.problems).toHaveLength(11);
    expect(sink.problems[4]?.problem.message).toBe('sub\\a.jpg, annotation 5 (mask) was left out: its run lengths add up to 3 pixels, its mask has 4.');
  });

  test('a mask of the largest size, and stripes that would fill the memory', async () => {
    const stripes = Array.from({ length: 65_535 }, () => '65535').join(',');
    const sink = await read(`<annotations><image id="0" name="a" width="65535" height="65535"><mask label="cat" rle="0,4294836225" left="0" top="0" width="65535" height="65535"/><mask label="cat" rle="${stripes}" left="0" top="0" width="65535" height="65535"/></image></annotations>`);
    expect(sink.instances).toHaveLength(1);
    expect(sink.problems).toMatchObject([{ problem: { message: expect.stringContaining('too many runs') as string } }]);
  });
});
