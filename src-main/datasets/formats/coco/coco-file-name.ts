/** Fields of COCO images that say where the file was, best first. */
const PLACES = ['coco_url', 'path', 'flickr_url', 'url'] as const;

/**
 * How an image is named: its `file_name`; or, as in LVIS, which has none, the end of another field: folder and name of
 * `coco_url` (train2017/000000000009.jpg), the name alone of the others. Null when nothing names it.
 */
export function imageName(row: Readonly<Record<string, unknown>>): { readonly name: string; readonly from: string } | null {
  const { file_name } = row;
  if (isName(file_name)) return { name: file_name.replaceAll('\\', '/'), from: 'file_name' };
  for (const from of PLACES) {
    const value = row[from];
    if (!isName(value)) continue;
    const path = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? decoded(value.replace(/^[^:]+:\/\/[^/]*/, '').replace(/[?#].*$/, '')) : value.replaceAll('\\', '/');
    const parts = path.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
    const name = from === 'path' ? parts.join('/') : parts.slice(from === 'coco_url' ? -2 : -1).join('/');
    if (name !== '') return { name, from };
  }
  return null;
}

const isName = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '' && value.length <= 4096;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
