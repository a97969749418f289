/**
 * A key that sorts paths, byte by byte, as a person would: "img2" before "img10", whatever the case, a folder's own files together.
 * Digits become their count followed by themselves without leading zeros; the separator sorts before every other character.
 */
export function naturalKey(path: string): string {
  return path
    .normalize('NFC')
    .toLowerCase()
    .replace(/\d+/g, (digits) => {
      const plain = digits.replace(/^0+(?=\d)/, '');
      // One character holds the count: '0' + length keeps numbers among the digits of the alphabet's order.
      return String.fromCharCode(0x30 + Math.min(plain.length, 0x4f)) + plain;
    })
    .replaceAll('/', '\u0001');
}
