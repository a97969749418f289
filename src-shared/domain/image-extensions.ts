/** Names that a folder is searched for, lower-case. What a file really is, its first bytes tell (engines/images-sniff.ts). */
export const IMAGE_EXTENSIONS: readonly string[] = ['.jpg', '.jpeg', '.jpe', '.jfif', '.mpo', '.png', '.webp', '.tif', '.tiff', '.gif', '.bmp', '.dib', '.avif'];
