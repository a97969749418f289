import fc from 'fast-check';
import { expect, test } from 'vitest';
import { imageAddress } from '../../src-shared/contract/contract.ts';
import { type ErrorCode, MaskwrightError } from '../../src-shared/contract/errors.ts';
import { picture } from './picture.ts';

type Pictures = Parameters<typeof picture>[0];
const { signal } = new AbortController();

/** Pictures that remember what they were asked for, or fail each time. */
function pictures(failure?: Error): { service: Pictures; asked: unknown[][] } {
  const asked: unknown[][] = [];
  const answer = (kind: string) => async (...args: readonly unknown[]) => {
    asked.push([kind, ...args.slice(0, -1)]);
    if (failure !== undefined) throw failure;
    return { type: 'image/png' as const, bytes: Uint8Array.of(1) };
  };
  return { service: { thumbnail: answer('thumbnail'), base: answer('base'), tile: answer('tile') }, asked };
}

const of = (code: ErrorCode): MaskwrightError => new MaskwrightError(code, `sentence about ${code}`);

test('the addresses of the contract are served', async () => {
  const { service, asked } = pictures();
  const addresses = [imageAddress.thumbnail('abcdefgh', 7, '1a-2b'), imageAddress.base('abcdefgh', 7, '1a-2b'), imageAddress.tile('abcdefgh', 7, '1a-2b', 2, 30, 4)];
  for (const address of addresses) expect(await picture(service, address, signal, () => undefined)).toMatchObject({ status: 200, type: 'image/png' });
  expect(asked).toEqual([['thumbnail', 'abcdefgh', 7], ['base', 'abcdefgh', 7], ['tile', 'abcdefgh', 7, 2, 30, 4]]);
});

test('11: an address that leads elsewhere asks for nothing, however it is written', async () => {
  const { service, asked } = pictures();
  const good = ['image', 'abcdefgh', '7', '1a-2b', 'thumb'];
  const bad = fc.constantFrom('..', '.', '', '%2e%2e', '%252e%252e', '%5c', '..\\..', '\0', 'thumb\0', '/etc/passwd', 'C:', '7 ', '-1', '0x7', '１', 'ABCDEFGH', 'thumb\n');
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 4 }), bad, fc.boolean(), async (at, part, insert) => {
      const address = good.toSpliced(at, insert ? 0 : 1, part).join('/');
      // A version may be any word; all else is fixed.
      fc.pre(!(at === 3 && !insert && /^[\w.-]+$/.test(part)));
      expect(await picture(service, address, signal, () => undefined)).toMatchObject({ status: 404 });
    }),
  );
  expect(asked).toEqual([]);
});

test('what is not there is 404, what cannot be shown 422 with the sentence, and only what nobody foresaw is logged', async () => {
  const log: string[] = [];
  const status = async (error: Error): Promise<unknown> => {
    const answer = await picture(pictures(error).service, imageAddress.base('abcdefgh', 7, 'v'), signal, (line) => log.push(line));
    return [answer.status, Buffer.from(answer.bytes).toString()];
  };
  for (const code of ['not-found', 'no-such-image', 'project-closed'] as const) expect(await status(of(code))).toEqual([404, `sentence about ${code}`]);
  for (const code of ['image-unreadable', 'image-missing', 'no-access'] as const) expect(await status(of(code))).toEqual([422, `sentence about ${code}`]);
  expect(log).toEqual([]);
  await status(new TypeError('a mistake of ours'));
  expect(log).toEqual([expect.stringContaining('a mistake of ours')]);
});
