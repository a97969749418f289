import type { MaskStyle } from './mask-protocol.ts';
import type { Band } from './paint-shape.ts';
import type { PreparedShape } from './place-shape.ts';

/** How a mask is painted. Emphasis styles go over the resting one and add to it. */
export function bandsFor(style: MaskStyle, kind: PreparedShape['kind'], colour: string, ratio: number, crisp: boolean): readonly Band[] {
  const rgb = parseColour(colour);
  const fill = kind === 'box' ? 0.12 : 0.4;
  const width = (css: number): number => (crisp ? Math.max(1, Math.round(css * ratio)) : css * ratio);
  const white = { red: 255, green: 255, blue: 255 };
  switch (style) {
    case 'rest':
      return [{ ...rgb, width: width(1.75), alpha: 0.95 }, { ...rgb, width: Infinity, alpha: fill }];
    case 'accepted':
      return [{ ...white, width: width(1.25), alpha: 0.9 }, { ...rgb, width: width(2.25), alpha: 1 }, { ...rgb, width: Infinity, alpha: 0.6 }];
    case 'candidate':
      return [{ ...rgb, width: width(1.5), alpha: 0.95 }, { ...rgb, width: Infinity, alpha: 0.35 }];
    case 'hovered':
      return [{ ...lighter(rgb), width: width(2.5), alpha: 1 }, { ...rgb, width: Infinity, alpha: 0.22 }];
    case 'selected':
      return [{ ...white, width: width(1.5), alpha: 1 }, { ...rgb, width: width(2), alpha: 1 }, { ...rgb, width: Infinity, alpha: 0.12 }];
  }
}

interface Rgb {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

function parseColour(colour: string): Rgb {
  const value = Number.parseInt(colour.slice(1), 16);
  return { red: (value >> 16) & 255, green: (value >> 8) & 255, blue: value & 255 };
}

function lift(channel: number): number {
  return channel + (255 - channel) * 0.35;
}

function lighter({ red, green, blue }: Rgb): Rgb {
  return { red: lift(red), green: lift(green), blue: lift(blue) };
}
