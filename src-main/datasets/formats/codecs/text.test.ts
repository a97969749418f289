import { describe, expect, test } from 'vitest';
import { decodeHead, decodeText, TextStream } from './text.ts';

const WORDS = 'Straße 汽车 😀\n';
const utf16 = Buffer.from(WORDS, 'utf16le');
const utf32 = (little: boolean): Buffer => {
  const points = [...WORDS].map((letter) => letter.codePointAt(0) ?? 0);
  const bytes = Buffer.alloc(points.length * 4);
  points.forEach((point, i) => (little ? bytes.writeUInt32LE(point, i * 4) : bytes.writeUInt32BE(point, i * 4)));
  return bytes;
};
const marked = (mark: number[], bytes: Buffer): Buffer => Buffer.concat([Buffer.from(mark), bytes]);

const FORMS: readonly (readonly [string, Buffer])[] = [
  ['UTF-8', Buffer.from(WORDS)],
  ['UTF-8 with a mark', marked([0xef, 0xbb, 0xbf], Buffer.from(WORDS))],
  ['UTF-16 LE', marked([0xff, 0xfe], utf16)],
  ['UTF-16 BE', marked([0xfe, 0xff], Buffer.from(utf16).swap16())],
  ['UTF-32 LE', marked([0xff, 0xfe, 0, 0], utf32(true))],
  ['UTF-32 BE', marked([0, 0, 0xfe, 0xff], utf32(false))],
];

describe.each(FORMS)('%s', (_, bytes) => {
  test('is read, as a whole and in pieces that part characters', () => {
    expect(decodeText(bytes, 'a.txt', { encoding: null })).toBe(WORDS);
    for (const size of [1, 2, 3, 5]) {
      const [text, utf8] = [new TextStream('a.txt', { encoding: null }), new TextStream('a.txt', { encoding: null })];
      let read = '';
      const passed: Buffer[] = [];
      // The first piece shows what the text is.
      for (let at = 0; at < bytes.length; at = at === 0 ? 8 : at + size) {
        const piece = bytes.subarray(at, at === 0 ? 8 : at + size);
        read += text.decode(piece);
        passed.push(utf8.utf8(piece));
      }
      expect(read + text.end()).toBe(WORDS);
      expect(Buffer.concat(passed).toString('utf8') + utf8.end()).toBe(WORDS);
    }
  });

  test('is recognized by its beginning', () => {
    expect(decodeHead(bytes).startsWith('Straße')).toBe(true);
  });
});

const GBK = Buffer.from([0xc6, 0xfb, 0xb3, 0xb5]); // 汽车
const CASES: readonly (readonly [string, Buffer, string | null, string])[] = [
  ['an encoding that is named', GBK, 'gbk', '汽车'],
  ['an XML declaration', Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>Stra\xdfe</a>', 'latin1'), null, '<?xml version="1.0" encoding="ISO-8859-1"?><a>Straße</a>'],
  ['an XML declaration with single quotes, of another encoding', Buffer.concat([Buffer.from("<?xml version='1.0' encoding='GBK'?><a>"), GBK]), null, "<?xml version='1.0' encoding='GBK'?><a>汽车"],
  ['the person’s word before a declaration that is wrong', Buffer.concat([Buffer.from('<?xml version="1.0" encoding="utf-8"?>'), GBK]), 'gb18030', '<?xml version="1.0" encoding="utf-8"?>汽车'],
  ['a declaration of UTF-16 in a file that is not, as .NET writes', Buffer.from('<?xml version="1.0" encoding="utf-16"?><a>ß</a>'), null, '<?xml version="1.0" encoding="utf-16"?><a>ß</a>'],
  ['XML in UTF-16 without a mark', Buffer.from('<?xml version="1.0"?><a>汽车</a>', 'utf16le'), null, '<?xml version="1.0"?><a>汽车</a>'],
];

describe('what counts', () => {
  test.each(CASES)('%s', (_, bytes, encoding, text) => {
    expect(decodeText(bytes, 'a.xml', { encoding })).toBe(text);
  });
});

test.each([
  ['bytes that are not UTF-8', GBK, null, /"a\.txt" is not UTF-8 text\. Save it as UTF-8, or import again with its encoding named \(--encoding NAME/],
  ['a character that is cut off', Buffer.from('ß').subarray(0, 1), null, /not UTF-8/],
  ['bytes that are not in the encoding named', Buffer.from([0x81, 0xff]), 'shift_jis', /is not valid shift_jis text/],
  ['half a character of UTF-32', marked([0xff, 0xfe, 0, 0], Buffer.from([1, 0])), null, /is not valid utf-32le text/],
  ['a declaration of an unknown encoding', Buffer.from('<?xml version="1.0" encoding="klingon"?><a/>'), null, /declares the encoding "klingon"/],
] as const)('refused by name: %s', (_, bytes, encoding, message) => {
  expect(() => decodeText(bytes, 'a.txt', { encoding })).toThrow(message);
});
