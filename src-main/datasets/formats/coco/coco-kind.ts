import { open } from 'node:fs/promises';
import { readHead } from '../codecs/files.ts';

/** Bytes of a file's end in which the categories lie where they come last. */
const TAIL = 256 * 1024;

/**
 * What a JSON file (absolute path) with COCO's lists holds, by its beginning and its end: annotations of objects, or of
 * segments (panoptic). Null for other files.
 */
export async function cocoContent(file: string): Promise<'objects' | 'segments' | null> {
  const start = await readHead(file).catch(() => '');
  // The table of mask images has lists of the same names.
  if (!/^\ufeff?\s*\{/.test(start) || /"format"\s*:\s*"maskwright-masks"/.test(start)) return null;
  const ends = start + (await tailOf(file));
  // Segments have their pixels in PNGs; categories of objects may say isthing too.
  if (/"(segments_info|isthing)"\s*:/.test(ends) && !/"segmentation"\s*:/.test(ends)) return 'segments';
  return /"(images|categories)"\s*:\s*\[/.test(start) || (/"annotations"\s*:\s*\[/.test(start) && /"image_id"\s*:/.test(start)) ? 'objects' : null;
}

/** Whether a JSON file (absolute path) is a list of COCO's results: detections with scores, of images that another file lists. */
export async function isCocoResults(file: string): Promise<boolean> {
  const start = await readHead(file).catch(() => '');
  return /^\ufeff?\s*\[\s*\{/.test(start) && ['image_id', 'category_id', 'score'].every((field) => start.includes(`"${field}"`)) && /"(bbox|segmentation)"\s*:/.test(start);
}

async function tailOf(file: string): Promise<string> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(TAIL), 0, TAIL, Math.max(0, size - TAIL));
  return buffer.toString('latin1', 0, bytesRead);
}
