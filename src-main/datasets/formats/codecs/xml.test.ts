import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childrenOf, parseXml, textOf, writeXml } from './xml.ts';
import type { XmlDraft, XmlElement } from './xml.ts';

const refused = (text: string): unknown => {
  try {
    return parseXml(text, 'a.xml');
  } catch (error) {
    return error;
  }
};

test('blank lines before the declaration, line ends of Windows, colons in names and comments of any kind do no harm', () => {
  const root = parseXml('\ufeff\r\n <?xml version="1.0"?>\r\n<a x:b="1"><!-- <b c="1" c="2">&#0;& --><x:c>1\r\n2</x:c></a>\r\n', 'a.xml');
  expect(root.attributes).toEqual({ 'x:b': '1' });
  expect(root.children.map(({ name, text }) => [name, text])).toEqual([['x:c', '1\n2']]);
});

test('elements, attributes, text, comments, CDATA and references are read', () => {
  const root = parseXml('\ufeff<?xml version="1.0" encoding="utf-8"?>\r\n<!-- made by hand -->\n<annotation verified=\'yes\'>\n <name a = "1 &lt; 2">cat &amp; dog &#233;&#x96EA;</name><empty/><raw><![CDATA[<b> & ]]></raw>\n</annotation>\n', 'a.xml');
  expect(root.attributes).toEqual({ verified: 'yes' });
  expect(childrenOf(root, 'name')[0]?.attributes).toEqual({ a: '1 < 2' });
  expect(textOf(root, 'name')).toBe('cat & dog é雪');
  expect(textOf(root, 'empty')).toBeNull();
  expect(textOf(root, 'raw')).toBe('<b> &');
});

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,10}$/);
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const draft = fc.letrec<{ node: XmlDraft }>((tie) => ({
  node: fc.record({
    name,
    attributes: fc.dictionary(name, text, { maxKeys: 3 }),
    content: fc.oneof({ depthSize: 'small' }, text, fc.array(tie('node'), { maxLength: 3 })),
  }),
})).node;

const writable = (value: string): string => value.replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');

function same(element: XmlElement, from: XmlDraft): void {
  expect(element.name).toBe(from.name);
  expect({ ...element.attributes }).toEqual(Object.fromEntries(Object.entries(from.attributes ?? {}).map(([key, value]) => [key, writable(String(value))])));
  if (typeof from.content === 'object') {
    expect(element.children).toHaveLength(from.content.length);
    from.content.forEach((child, i) => same(element.children[i] as XmlElement, child));
  } else expect(element.text).toBe(writable(String(from.content ?? '')).trim());
}

test('what is written is read back', () => {
  fc.assert(fc.property(draft, (before) => same(parseXml(writeXml(before), 'a.xml'), before)));
});

describe('refused in words, with the line', () => {
  test.each([
    ['entity expansion', '<!DOCTYPE l [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><l>&b;</l>'],
    ['an external entity', '<?xml version="1.0"?>\n<!DOCTYPE x SYSTEM "http://127.0.0.1/evil.dtd"><x/>'],
    ['an entity that nothing defines', '<x>&evil;</x>'],
    ['a cut file', '<annotation><object><name>cat'],
    ['tags that cross', '<a><b></a></b>'],
    ['two roots', '<a/><b/>'],
    ['nothing', '   '],
    ['no XML', '{"shapes": []}'],
    ['an attribute without quotes', '<a b=1/>'],
    ['an impossible character', '<a>&#xD800;</a>'],
    ['a lone &', '<a>R&D</a>'],
    ['an attribute twice', '<a>\n<b c="1" c="1"/></a>'],
    ['the character 0', '<a>&#0;</a>'],
    ['the character 0 in an attribute', '<a b="&#x0;"/>'],
    ['the character 0 as it is', '<a>\0</a>'],
    ['more attributes than any format has', `<a ${Array.from({ length: 1001 }, (_, i) => `b${i}=""`).join(' ')}/>`],
  ])('%s', (_, document) => {
    expect(refused(document)).toMatchObject({ code: 'dataset-invalid', item: 'a.xml', message: expect.stringMatching(/line \d/) as string });
  });

  test.each([
    ['<a>\n<b>R&D</b>\n<c>x &amp; y</c></a>', 'an & stands alone (line 2)'],
    ['<a>&lt;<b c="\nR&D"/></a>', 'an & stands alone (line 2)'],
    ['<a><!-- R&D -->\n<b c=1/></a>', 'an attribute has no quotes (line 2)'],
    ['<a>\n&evil;</a>', 'it uses the entity &evil;, which nothing defines (line 2)'],
    ['<a>\n\n&#0;</a>', '&#0; is no character (line 3)'],
    ['<a>\n<b>&amp;', '<b> is not closed: the file is cut off (line 2)'],
    ['\n\n<a b="1" b="2"/>', 'duplicate attribute: b (line 3)'],
    ['<a>\n<b></a></b>', 'a tag closes another element than the open one (line 2)'],
  ])('%j: %s', (document, said) => {
    expect(refused(document)).toMatchObject({ message: `"a.xml" cannot be read as XML: ${said}.` });
  });

  test('100,000 levels', () => {
    expect(refused('<a>'.repeat(100_000))).toMatchObject({ code: 'dataset-invalid' });
  });
});

test('a million numeric references and names of prototypes do no harm', () => {
  const root = parseXml(`<x __proto__="1" constructor="2">${'&#65;'.repeat(1_000_000)}</x>`, 'a.xml');
  expect(root.text).toHaveLength(1_000_000);
  expect(root.attributes['constructor']).toBe('2');
  expect(({} as Record<string, unknown>)['1']).toBeUndefined();
});
