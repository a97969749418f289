export interface Binary {
  readonly format: 'pe' | 'elf' | 'mach-o';
  /** Libraries that it is linked to, as it names them. */
  readonly needs: readonly string[];
  /** Newest versions that it asks for: GLIBC, GLIBCXX, … (ELF), macOS (Mach-O), linker (PE: that which made it). */
  readonly versions: Readonly<Record<string, string>>;
}
export function readBinary(bytes: Buffer): Binary | null;
export function isNewer(version: string, than: string | undefined): boolean;
export function highest(all: readonly Readonly<Record<string, string>>[]): Record<string, string>;
