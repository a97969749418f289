import { MaskwrightError } from '../../../src-shared/contract/errors.ts';
import type { ImportOptions } from '../../../src-shared/contract/datasets.ts';
import { swapsSides } from '../../../src-shared/geometry/orient-shape.ts';
import { counted } from '../../datasets/formats/parts/counted.ts';
import type { Look } from './place-images.ts';
import type { StagedImage } from './staging.ts';

interface Oriented {
  /** Upright. */
  readonly width: number;
  readonly height: number;
  /** EXIF orientation, 1–8. */
  readonly orientation: number;
}

/** Whether the labels of a dataset are to be turned with their images, and what their sizes say about it. */
export class Orienting {
  readonly #way: ImportOptions['orientation'];
  readonly #look: (file: string) => Promise<Look>;
  /** Files whose size the reader asked for: that it agrees says nothing. */
  readonly #asked = new Set<string>();
  #turned = 0;
  #upright = 0;
  #unknown: string[] = [];

  constructor(way: ImportOptions['orientation'], look: (file: string) => Promise<Look>) {
    this.#way = way;
    this.#look = look;
  }

  /** For readers: the size of an image (absolute path) as it was labeled; null when it cannot be read. */
  readonly sizeOf = async (file: string): Promise<{ width: number; height: number } | null> => {
    const found = await this.#look(file);
    if ('problem' in found) return null;
    this.#asked.add(file);
    const [width, height] = this.#way === 'stored' ? storedSize(found.orientation, found.width, found.height) : [found.width, found.height];
    return { width, height };
  };

  /**
   * The orientation by which the labels of an image are to be turned, or null. Throws 'conflict' for labels that are for
   * another size.
   */
  turnOf(image: StagedImage, { width, height, orientation }: Oriented): number | null {
    const sized = image.width !== null && image.height !== null;
    const isUpright = !sized || (image.width === width && image.height === height);
    const [storedWidth, storedHeight] = storedSize(orientation, width, height);
    const isStored = !sized || (image.width === storedWidth && image.height === storedHeight);
    if (!isUpright && !isStored) throw otherSize(image, width, height, '');
    if (orientation === 1) return null;
    if (this.#way === 'stored') {
      if (isStored) this.#turned++;
      else this.#upright++;
      return isStored ? orientation : null;
    }
    if (!isUpright) throw otherSize(image, width, height, ' They were probably drawn without regard to its EXIF orientation: import again with --orientation stored, or “Labels ignore the EXIF orientation” in the window.');
    if (isStored || (image.file !== null && this.#asked.has(image.file))) this.#unknown.push(image.path);
    return null;
  }

  tell(note: (text: string) => void): void {
    if (this.#turned > 0) note(`The labels of ${counted(this.#turned, 'image', 'images')} were turned with ${this.#turned === 1 ? 'it' : 'them'}.`);
    if (this.#upright > 0) note(`The labels of ${counted(this.#upright, 'image', 'images')} were not turned: by the size given they were drawn on the upright image.`);
    const [first] = this.#unknown;
    if (first === undefined) return;
    const many = this.#unknown.length;
    note(`${counted(many, 'image', 'images')}, such as "${first}", ${many === 1 ? 'has' : 'have'} an EXIF orientation that labels may have ignored without their size telling. If labels lie wrong, undo and import again with --orientation stored, or “Labels ignore the EXIF orientation” in the window.`);
  }
}

/** The stored image's size, from its upright size. */
export const storedSize = (orientation: number, width: number, height: number): [number, number] => (swapsSides(orientation) ? [height, width] : [width, height]);

function otherSize({ path, width, height }: StagedImage, isWidth: number, isHeight: number, more: string): MaskwrightError {
  return new MaskwrightError('conflict', `"${path}" was left out with its annotations: they are for ${width} × ${height} pixels, but the image has ${isWidth} × ${isHeight}.${more}`, path);
}
