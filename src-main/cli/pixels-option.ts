import { Option } from 'commander';

/** Which pixels the model sees. */
export const pixelsOption = (): Option =>
  new Option('--pixels <which>', 'shown: what the window shows, with the embedded color profile applied, transparency on white, and dark 16-bit data stretched; stored: the file’s own numbers, as Pillow and OpenCV give them to the official code').choices(['shown', 'stored']);
