/**
 * What a picture looks like, in a few bytes: for finding pictures that are resized, compressed, brighter or slightly cropped
 * copies of one another. Made of the upright picture squeezed to SIDE × SIDE pixels.
 */

/** Changes when fingerprints are made differently, so that old ones are made again. */
export const FINGERPRINT_VERSION = 1;
export const FINGERPRINT_SIDE = 32;
