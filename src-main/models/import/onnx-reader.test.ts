import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { externalFiles, sourceOf } from './onnx-reader.ts';
import type { ByteSource, ExternalFile } from './onnx-reader.ts';

const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]);
const field = (number: number, content: readonly number[]): number[] => [...varint(number * 8 + 2), ...varint(content.length), ...content];
const integer = (number: number, value: number): number[] => [...varint(number * 8), ...varint(value)];
const text = (number: number, value: string): number[] => field(number, [...new TextEncoder().encode(value)]);
const entry = (key: string, value: string): number[] => field(13, [...text(1, key), ...text(2, value)]);

/** A TensorProto whose weights lie in this file. */
const outside = (location: string, offset = 0, length = 8): number[] => [...integer(1, 2), ...integer(2, 1), ...text(8, 'w'), ...entry('location', location), ...entry('offset', String(offset)), ...entry('length', String(length)), ...integer(14, 1)];
const inside = (bytes: number): number[] => [...integer(1, bytes / 4), ...integer(2, 1), ...field(9, Array.from({ length: bytes }, () => 0x6a))];
const model = (...graph: number[][]): Uint8Array => Uint8Array.from([...integer(1, 8), ...text(2, 'maker'), ...field(7, graph.flat())]);
/** A node with an attribute that holds this. */
const node = (attribute: readonly number[]): number[] => field(1, [...text(1, 'x'), ...text(2, 'y'), ...text(4, 'Op'), ...field(5, attribute)]);

const read = (bytes: Uint8Array): Promise<ExternalFile[]> => externalFiles(sourceOf(bytes), 'a.onnx');

describe('files beside a graph', () => {
  it('are found wherever a tensor can be', async () => {
    const places: Record<string, Uint8Array> = {
      initializer: model(field(5, outside('initializer'))),
      'sparse initializer': model(field(15, field(1, outside('sparse initializer')))),
      'attribute tensor': model(node([...text(1, 'value'), ...field(5, outside('attribute tensor'))])),
      'attribute tensors': model(node(field(10, outside('attribute tensors')))),
      'sparse attribute': model(node(field(22, field(2, outside('sparse attribute'))))),
      'graph of a branch': model(node(field(6, field(5, outside('graph of a branch'))))),
      'graphs of branches': model(node(field(11, node(field(6, field(5, outside('graphs of branches'))))))),
      function: Uint8Array.from([...model(), ...field(25, field(7, field(5, field(5, outside('function')))))]),
      training: Uint8Array.from([...model(), ...field(20, field(2, field(5, outside('training'))))]),
    };
    for (const [place, bytes] of Object.entries(places)) expect(await read(bytes), place).toEqual([{ location: place, bytes: 8 }]);
  });

  it('are told once, as long as the graph reads them', async () => {
    expect(await read(model(field(5, outside('w', 64, 100)), field(5, inside(400)), field(5, outside('w', 0, 64)), field(5, outside('v', 5, 0))))).toEqual([{ location: 'w', bytes: 164 }, { location: 'v', bytes: 5 }]);
  });

  it('are those of weights that lie outside only', async () => {
    expect(await read(model(field(5, [...inside(40), ...entry('location', 'left over')])))).toEqual([]);
  });

  it('of weights above 2 GB are found without reading these', async () => {
    const weights = 3_000_000_000;
    const head = [...integer(1, 1), ...varint(9 * 8 + 2), ...varint(weights)];
    const tail = field(5, outside('behind'));
    const tensor = [...varint(5 * 8 + 2), ...varint(head.length + weights), ...head];
    const front = Uint8Array.from([...varint(7 * 8 + 2), ...varint(tensor.length + weights + tail.length), ...tensor]);
    const size = front.length + weights + tail.length;
    let asked = 0;
    const source: ByteSource = {
      size,
      read: async (at, length) => {
        asked += length;
        const all = Math.min(length, size - at);
        return Uint8Array.from({ length: all }, (_, i) => front[at + i] ?? tail[at + i - front.length - weights] ?? 0);
      },
    };
    expect(await externalFiles(source, 'big.onnx')).toEqual([{ location: 'behind', bytes: 8 }]);
    expect(asked).toBeLessThan(1_000_000);
  });
});

describe('what is no ONNX', () => {
  it.each([
    ['nothing', new Uint8Array(), 'no graph'],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), 'is no ONNX model'],
    ['a graph cut short', model(field(5, inside(400))).subarray(0, 100), 'are left'],
    ['a number cut short', Uint8Array.of(0x08, 0x80), 'ends in the middle'],
    ['an old group', Uint8Array.of(0x0b), 'not of its format'],
    ['a negative offset', model(field(5, [...entry('location', 'w'), ...entry('offset', '-1'), ...integer(14, 1)])), 'offset'],
    ['no location', model(field(5, integer(14, 1))), 'not in which'],
    ['a name without end', model(field(5, outside('x'.repeat(5000)))), '5000 bytes long'],
  ])('%s is refused', async (_, bytes, words) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'model-invalid', item: 'a.onnx', message: expect.stringContaining(words) });
  });

  it('graphs in graphs without end are refused', async () => {
    let graph = node([]);
    for (let i = 0; i < 200; i++) graph = node(field(6, graph));
    await expect(read(model(graph))).rejects.toThrow('deep');
  });

  it('any bytes are read or refused in words', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(), fc.nat(255), async (bytes, at, byte) => {
        const damaged = model(field(5, outside('w')), node(field(6, field(5, outside('v')))), field(5, inside(40)));
        damaged[at % damaged.length] = byte;
        for (const file of [bytes, damaged]) {
          const result = await read(file).catch((error: unknown) => error);
          if (!Array.isArray(result)) expect(result).toMatchObject({ code: 'model-invalid' });
        }
      }),
    );
  });
});
