import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { pickle, pickled, randomSam, storedZip, torchFile } from '../../../../test/fixtures/torch-file.ts';
import type { TestTensor, TorchFile } from '../../../../test/fixtures/torch-file.ts';
import { openCheckpoint, weightsIn } from './checkpoint.ts';
import { checkPixelBuffers } from './pixel-buffers.ts';
import { readLayout } from '../sam-layout.ts';

const folder = mkdtempSync(join(tmpdir(), 'maskwright-checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'model.pth');

const size = { width: 6, depth: 2, heads: 2, grid: 4, window: 2, globals: [1] };
const sam = randomSam(size);
const small: Map<string, TestTensor> = new Map([
  ['mask_decoder.iou_token.weight', { shape: [1, 2], values: Float32Array.of(0.5, -2) }],
  ['kernel', { shape: [2, 3, 1, 2], values: Float32Array.from({ length: 12 }, (_, i) => i / 4) }],
]);

async function read(file: TorchFile, name: string): Promise<Float32Array> {
  writeFileSync(path, torchFile(file));
  await using checkpoint = await openCheckpoint(path);
  // Before the file is closed.
  return await checkpoint.read(name);
}
async function names(file: TorchFile): Promise<string[]> {
  writeFileSync(path, torchFile(file));
  await using checkpoint = await openCheckpoint(path);
  return [...checkpoint.shapes.keys()];
}
async function pixelBuffers(buffers: Record<string, readonly number[]>): Promise<void> {
  const tensors = new Map<string, TestTensor>([...small, ...Object.entries(buffers).map(([name, values]) => [name, { shape: [3, 1, 1], values: Float32Array.from(values) }] as const)]);
  writeFileSync(path, torchFile({ tensors, element: 'Half' }));
  await using checkpoint = await openCheckpoint(path);
  await checkPixelBuffers(checkpoint);
}
async function layout(tensors: Map<string, TestTensor>): Promise<ReturnType<typeof readLayout>> {
  writeFileSync(path, torchFile({ tensors }));
  await using checkpoint = await openCheckpoint(path);
  return readLayout(checkpoint);
}

describe('a checkpoint', () => {
  it.each(['Float', 'Half', 'BFloat16', 'Double'] as const)('of %s storages is read as f32', async (element) => {
    expect(await read({ tensors: small, element }, 'kernel')).toEqual(small.get('kernel')?.values);
  });

  it('is read through ZIP64 records', async () => {
    expect(await read({ tensors: small, zip64: true }, 'kernel')).toEqual(small.get('kernel')?.values);
  });

  it('may keep its kernels with the channels last', async () => {
    const kernel = { ...small.get('kernel'), order: [0, 2, 3, 1] } as TestTensor;
    expect(await read({ tensors: new Map(small).set('kernel', kernel) }, 'kernel')).toEqual(kernel.values);
  });

  it.each<readonly [string, readonly string[], string]>([
    ['directly', [], ''],
    ['under "model"', ['model'], ''],
    ['under "state_dict", as trained on several GPUs', ['state_dict'], 'module.'],
    ['in a wrapper in a wrapper, inside another model', ['model', 'state_dict'], 'module.sam.'],
    ...['sam', 'net', 'network', 'weights', 'params', 'ema', 'sam_model', 'model_state', 'any name'].map((name) => [`under "${name}"`, [name], ''] as const),
    ['four dictionaries deep', ['a', 'b', 'c', 'd'], ''],
  ])('has its weights %s', async (_, wrappers, prefix) => {
    expect(await names({ tensors: small, wrappers, prefix })).toEqual([...small.keys()]);
  });

  it.each([
    ['top level', [...small.keys()]],
    ['teacher', ['mask_decoder.iou_token.weight']],
  ])('that holds several sets gives the one that is chosen: %s', async (chosen, expected) => {
    const teacher: TestTensor = { shape: [1, 2], values: Float32Array.of(7, 8) };
    writeFileSync(path, torchFile({ tensors: new Map([...small, ['teacher.mask_decoder.iou_token.weight', teacher]]) }));
    expect(await weightsIn(path)).toEqual(['top level', 'teacher']);
    await using checkpoint = await openCheckpoint(path, chosen);
    // What is no set's own stays beside either, so that nothing that may be needed is passed over.
    expect([...checkpoint.shapes.keys()].filter((name) => name !== 'kernel')).toEqual(expected.filter((name) => name !== 'kernel'));
    expect(await checkpoint.read('mask_decoder.iou_token.weight')).toEqual(chosen === 'teacher' ? teacher.values : small.get('mask_decoder.iou_token.weight')?.values);
    await expect(openCheckpoint(path, 'ema')).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringContaining('no weights "ema", but "top level", "teacher"') });
  });

  it('may keep its parts in dictionaries of their own', async () => {
    const [landmark, kernel] = [...small.values()];
    const tensors = new Map([['iou_token.weight', landmark ?? { shape: [], values: new Float32Array() }], ['kernel', kernel ?? { shape: [], values: new Float32Array() }]]);
    expect(await names({ tensors, wrappers: ['mask_decoder'] })).toEqual(['mask_decoder.iou_token.weight', 'mask_decoder.kernel']);
  });

  it.each([
    ['SAM 3', ['detector.backbone.language_backbone.encoder.weight', 'tracker.sam_mask_decoder.iou_token.weight'], '.onnx files of SAM 2.1'],
    ['SAM 2 or 2.1', ['image_encoder.trunk.pos_embed', 'sam_mask_decoder.iou_token.weight'], 'download SAM 2.1'],
    ['HQ-SAM 2', ['sam_mask_decoder.hf_token.weight', 'sam_mask_decoder.iou_token.weight'], 'sam_hq_vit_b.pth'],
    ['EdgeTAM', ['spatial_perceiver.latents', 'sam_mask_decoder.iou_token.weight'], '.onnx'],
    ['EfficientSAM', ['prompt_encoder.bbox_top_left_embeddings.weight', 'mask_decoder.iou_token.weight'], 'download EfficientSAM'],
    ['EdgeSAM or RepViT-SAM', ['image_encoder.features.0.0.c.weight', 'mask_decoder.iou_token.weight'], 'MobileSAM or HQ-SAM'],
    ['EfficientViT-SAM', ['image_encoder.backbone.stages.0.op_list.0.weight', 'mask_decoder.iou_token.weight'], 'MobileSAM or HQ-SAM'],
    ['adapters', ['image_encoder.blocks.0.Adapter.D_fc1.weight', 'mask_decoder.iou_token.weight'], 'Merge them'],
  ])('of another family is named, and what works: %s', async (name, tensors, works) => {
    writeFileSync(path, torchFile({ tensors: new Map(tensors.map((tensor) => [tensor, { shape: [1], values: new Float32Array(1) }])), wrappers: ['model'] }));
    const refused = openCheckpoint(path);
    await expect(refused).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringContaining(name) });
    await expect(refused).rejects.toThrow(works);
    // A sentence or two, not a wall of names.
    await expect(refused).rejects.toSatisfy((error: Error) => error.message.length < 300);
  });

  it('may hold devices, sizes, types, and the arguments and configuration of its training', async () => {
    const { int, text, op, tuple } = pickle;
    const described = pickleOf(torchFile({ tensors: small })).subarray(2, -1);
    const beside = [
      text('device'), op('ctorch\ndevice\n'), tuple(text('cuda'), int(0)), op('R'),
      text('size'), op('ctorch\nSize\n'), tuple(tuple(int(3), int(4))), op('R'),
      text('dtype'), op('ctorch\nfloat16\n'),
      text('loss'), op('cnumpy.core.multiarray\nscalar\n'), tuple(op('cnumpy\ndtype\n'), op('c_codecs\nencode\n'), tuple(text('x'), text('latin1')), op('R')), op('R'),
      text('args'), op('cargparse\nNamespace\n)\x81}'), op('('), text('lr'), int(1), op('ub'),
      text('config'), op('comegaconf.dictconfig\nDictConfig\n)\x81}'), op('('), text('_content'), op('}'), op('ub'),
      text('seen'), op('c__builtin__\nset\n'), tuple(op(']')), op('R'),
      text('counts'), op('ccollections\ndefaultdict\n'), tuple(op('c__builtin__\nint\n')), op('R('), text('cat'), int(3), op('u'),
    ];
    expect(await names({ tensors: small, pickle: pickled(op('}('), text('model'), described, ...beside, op('u')) })).toEqual([...small.keys()]);
  });

  it.each<[string, () => Buffer]>([
    ['is missing or too short', () => storedZip([['a/data.pkl', pickleOf(torchFile({ tensors: small }))], ['a/data/0', new Uint8Array(8)]])],
    ['not floating-point', () => torchFile({ tensors: small, element: 'Long' })],
  ])('whose numbers cannot be had says so: %s', async (said, file) => {
    writeFileSync(path, file());
    await using checkpoint = await openCheckpoint(path);
    await expect(checkpoint.read('kernel')).rejects.toMatchObject({ code: 'model-invalid', item: path, message: expect.stringContaining(said) });
  });

  it.each<[string, () => Buffer]>([
    ['is a web page', () => Buffer.from('<!DOCTYPE html>\n<html>Not found</html>')],
    ['is a web page', () => Buffer.from('\ufeff  <?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>')],
    ['is empty', () => Buffer.alloc(0)],
    ['a Git LFS pointer, a note of 134 bytes that stands for the file itself, which has 375,042,383 bytes. Run “git lfs pull”', () => Buffer.from(`version https://git-lfs.github.com/spec/v1\noid sha256:${'ab'.repeat(32)}\nsize 375042383\n`)],
    ['a text (“Entry not found”)', () => Buffer.from('Entry not found\n')],
    ['zeros', () => Buffer.alloc(4096)],
    ['gzip', () => Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])],
    ['neither', () => Buffer.from([0x08, 0x07, 0x12, 0xff])],
    ['TorchScript', () => storedZip([['a/data.pkl', Buffer.alloc(9)], ['a/constants.pkl', Buffer.alloc(9)]])],
    ['before 1.6', () => Buffer.from('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.', 'latin1')],
    ['compressed', () => storedZip([['a/data.pkl', Buffer.alloc(9)]], false, 8)],
    ['not one that PyTorch saved', () => storedZip([['word/document.xml', Buffer.alloc(9)]])],
    ['big-endian', () => storedZip([['a/byteorder', Buffer.from('big')], ['a/data.pkl', Buffer.alloc(9)]])],
    ['no tensors', () => torchFile({ tensors: small, pickle: pickled(pickle.int(1)) })],
    ['the name of a tensor in it has', () => torchFile({ tensors: small, wrappers: ['x'.repeat(5000)] })],
    ['checkpoint of SAM 2', () => torchFile({ tensors: new Map([['sam_mask_decoder.iou_token.weight', { shape: [1], values: new Float32Array(1) }]]), wrappers: ['model'] })],
    ['no Segment Anything model', () => torchFile({ tensors: new Map([...small].slice(1)) })],
    ['several sets of weights: "top level", "teacher"', () => torchFile({ tensors: new Map([...small, ['teacher.mask_decoder.iou_token.weight', { shape: [1], values: new Float32Array(1) }]]) })],
    // d = {}; d["model"] = d
    ['no tensors were found', () => torchFile({ tensors: small, pickle: pickled(pickle.op('}q\x00'), pickle.text('model'), pickle.op('h\x00s')) })],
    // Each of sixty dictionaries has the one before twice, under the names of wrappers.
    ['no tensors were found', () => torchFile({ tensors: small, pickle: pickled(pickle.op('}q\x00'), ...Array.from({ length: 60 }, () => Buffer.concat([pickle.op('}('), pickle.text('model'), pickle.op('h\x00'), pickle.text('state_dict'), pickle.op('h\x00uq\x00')]))) })],
    ['such as FastSAM or YOLO', () => torchFile({ tensors: small, pickle: pickled(pickle.op('}'), pickle.text('model'), pickle.op('cultralytics.nn.tasks\nSegmentationModel\n)\x81s')) })],
    ['"os.system"', () => torchFile({ tensors: small, pickle: pickled(pickle.op('cos\nsystem\n')) })],
  ])('is refused in words: %s', async (said, file) => {
    writeFileSync(path, file());
    const refused = openCheckpoint(path);
    await expect(refused).rejects.toMatchObject({ code: 'model-invalid', message: expect.stringContaining(said) });
    // What to do is said in the end.
    await expect(refused).rejects.toThrow(/\. (Get|Load|Save|Choose|If|Download|Open|Run|Unpack|Merge) .+\.$/);
  });

  it('cut off anywhere is refused, not misread', async () => {
    const whole = torchFile({ tensors: small, zip64: true });
    for (let length = 0; length < whole.length; length += 37) {
      writeFileSync(path, whole.subarray(0, length));
      await expect(openCheckpoint(path), `${length} bytes`).rejects.toMatchObject({ code: 'model-invalid' });
    }
  });

  it('damaged anywhere in its records is read or refused in words', async () => {
    const whole = torchFile({ tensors: small, zip64: true });
    const records = [...Array.from({ length: 64 }, (_, i) => i), ...Array.from({ length: 600 }, (_, i) => whole.length - 1 - i)].filter((at) => at >= 0 && at < whole.length);
    const change = fc.tuple(fc.constantFrom(...records), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff));
    await fc.assert(fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
      const damaged = Buffer.from(whole);
      for (const [at, byte] of changes) damaged[at] = byte;
      writeFileSync(path, damaged);
      try {
        await using checkpoint = await openCheckpoint(path);
        for (const name of checkpoint.shapes.keys()) await checkpoint.read(name);
      } catch (error) {
        expect(error).toMatchObject({ code: 'model-invalid', item: path });
      }
    }), { numRuns: 300 });
  });

  it('that is not there is told by its path', async () => {
    await expect(openCheckpoint(join(folder, 'absent.pth'))).rejects.toMatchObject({ code: 'not-found', item: join(folder, 'absent.pth') });
    await expect(openCheckpoint(folder)).rejects.toMatchObject({ item: folder });
  });
});

/** The pickle of a file that torchFile made. */
function pickleOf(file: Buffer): Buffer {
  const start = file.indexOf('\x80\x02', 0, 'latin1');
  return file.subarray(start, start + file.readUInt32LE(18));
}

describe('the normalisation that a checkpoint carries', () => {
  it('is accepted when it is that of Segment Anything', async () => {
    await expect(pixelBuffers({})).resolves.toBeUndefined();
    await expect(pixelBuffers({ pixel_mean: [123.675, 116.28, 103.53], pixel_std: [58.395, 57.12, 57.375] })).resolves.toBeUndefined();
  });

  it.each<[string, readonly number[]]>([
    ['pixel_mean', [127.5, 127.5, 127.5]],
    ['pixel_mean', [103.53, 116.28, 123.675]],
    ['pixel_std', [1, 1, 1]],
    ['pixel_std', [58.395]],
  ])('is refused when it is another: %s %j', async (name, values) => {
    await expect(pixelBuffers({ [name]: values })).rejects.toMatchObject({ code: 'model-invalid', item: path, message: expect.stringContaining(`"${name}"`) });
  });
});

describe('the sizes of a model', () => {
  it('are read off its tensors', async () => {
    expect(await layout(sam)).toEqual({ layout: { kind: 'vit', width: 6, heads: 2, hidden: 24, patch: 16, grid: 4, windows: [2, 4] }, unused: [] });
  });

  it('leave out buffers on which nothing depends, and name them', async () => {
    const buffer = { shape: [3, 1, 1], values: new Float32Array(3) };
    expect((await layout(new Map([...sam, ['pixel_mean', buffer], ['pixel_std', buffer]]))).unused).toEqual(['pixel_mean', 'pixel_std']);
  });

  it.each<[string, (tensors: Map<string, TestTensor>) => unknown]>([
    ['missing: image_encoder.neck.3.bias', (t) => t.delete('image_encoder.neck.3.bias')],
    ['missing: image_encoder.blocks.0.attn.rel_pos_w', (t) => t.delete('image_encoder.blocks.0.attn.rel_pos_w')],
    ['not part of Segment Anything: mask_decoder.class_token.weight', (t) => t.set('mask_decoder.class_token.weight', { shape: [1, 256], values: new Float32Array(256) })],
    ['missing: mask_decoder.hf_mlp.layers.0.weight', (t) => t.set('mask_decoder.hf_token.weight', { shape: [1, 256], values: new Float32Array(256) })],
    ['mask_decoder.mask_tokens.weight (3 × 256 instead of 4 × 256)', (t) => t.set('mask_decoder.mask_tokens.weight', { shape: [3, 256], values: new Float32Array(768) })],
    ['and 7 more', (t) => [...t.keys()].slice(-10).forEach((name) => t.delete(name))],
    ['image_encoder.blocks.1.attn.rel_pos_h (9 × 3 instead of 7 × 3)', (t) => t.set('image_encoder.blocks.1.attn.rel_pos_h', { shape: [9, 3], values: new Float32Array(27) })],
    ['with a TinyViT — missing: image_encoder.patch_embed.seq.0.bn.weight', (t) => t.set('image_encoder.patch_embed.seq.0.c.weight', { shape: [1], values: new Float32Array(1) })],
  ])('that do not fit are named: %s', async (said, change) => {
    const tensors = new Map(sam);
    change(tensors);
    await expect(layout(tensors)).rejects.toMatchObject({ code: 'model-invalid', item: path, message: expect.stringContaining(said) });
  });
});
