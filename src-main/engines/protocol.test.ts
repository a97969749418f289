import * as fc from 'fast-check';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { FrameReader, FromEngine, ToEngine, writeFrame } from './protocol.ts';

const framed = (messages: readonly (ToEngine | FromEngine)[]): Buffer => {
  const pipe = new PassThrough({ highWaterMark: 1 << 24 });
  for (const message of messages) writeFrame(pipe, message);
  const chunks: Buffer[] = [];
  for (let chunk = pipe.read() as Buffer | null; chunk !== null; chunk = pipe.read() as Buffer | null) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const text = fc.string({ unit: 'binary' });
const plain = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.constant(null), fc.boolean(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)), text, fc.uint8Array({ maxLength: 300 }), fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(text.filter((k) => k !== '__proto__'), tie('value'), { maxKeys: 4, noNullPrototype: true })),
})).value;
const message: fc.Arbitrary<FromEngine> = fc.oneof(
  fc.record({ kind: fc.constant('result' as const), id: fc.nat(), value: plain }),
  fc.record({ kind: fc.constant('progress' as const), id: fc.nat(), value: plain }),
  fc.record({ kind: fc.constant('hello' as const), protocol: fc.nat(), pid: fc.nat() }),
  fc.record({ kind: fc.constant('error' as const), id: fc.nat(), problem: fc.record({ code: fc.constant('io' as const), message: text, item: fc.option(text) }) }),
);

describe('frames', () => {
  it('come out as they went in, however the pipe splits and merges them', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 50 }), (messages, cuts) => {
        const bytes = framed(messages);
        const reader = new FrameReader(FromEngine);
        const read: FromEngine[] = [];
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const size = cuts[cut % cuts.length] ?? 1;
          read.push(...reader.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(read).toEqual(messages);
      }),
      { numRuns: 200 },
    );
  });

  it('do not change when the chunk they came in is used again', () => {
    const bytes = framed([{ kind: 'result', id: 1, value: Uint8Array.of(1, 2, 3) }]);
    const [first] = new FrameReader(FromEngine).push(bytes);
    bytes.fill(0);
    expect(first).toEqual({ kind: 'result', id: 1, value: Uint8Array.of(1, 2, 3) });
  });

  it('give binary values whose slice is a copy', () => {
    const [read] = new FrameReader(FromEngine).push(framed([{ kind: 'result', id: 1, value: Uint8Array.of(1, 2, 3) }]));
    expect(Object.getPrototypeOf((read as { value: unknown }).value)).toBe(Uint8Array.prototype);
  });

  it('that announce more than the limit are refused before they are read', () => {
    const header = Buffer.alloc(4);
    header.writeUInt32LE(1001);
    expect(() => new FrameReader(FromEngine, 1000).push(header)).toThrow(expect.objectContaining({ code: 'too-large' }));
    expect(() => new FrameReader(FromEngine).push(Buffer.from([0xff, 0xff, 0xff, 0xff]))).toThrow(expect.objectContaining({ code: 'too-large' }));
    expect(() => new FrameReader(FromEngine).push(Buffer.alloc(4))).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  it('over the limit are not written', () => {
    const pipe = new PassThrough();
    expect(() => writeFrame(pipe, { kind: 'result', id: 1, value: new Uint8Array(128 * 1024 * 1024) })).toThrow(expect.objectContaining({ code: 'too-large' }));
    expect(pipe.read()).toBeNull();
  });

  it('with anything but a known message are refused', () => {
    const garbage = [Buffer.from('hello world\n'), Buffer.from([0xc1]), Buffer.from([0x81, 0xa1])];
    for (const body of garbage) {
      const header = Buffer.alloc(4);
      header.writeUInt32LE(body.length);
      expect(() => new FrameReader(FromEngine).push(Buffer.concat([header, body]))).toThrow(expect.objectContaining({ code: 'engine-failed' }));
    }
    const toEngine = framed([{ kind: 'cancel', id: 3 }]);
    expect(() => new FrameReader(FromEngine).push(toEngine)).toThrow(expect.objectContaining({ code: 'engine-failed' }));
    expect(new FrameReader(ToEngine).push(toEngine)).toEqual([{ kind: 'cancel', id: 3 }]);
    expect(() => new FrameReader(FromEngine).push(framed([{ kind: 'result', id: -1, value: null }]))).toThrow(expect.objectContaining({ code: 'engine-failed' }));
  });
});
