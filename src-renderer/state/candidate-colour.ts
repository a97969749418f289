/** Degrees between one candidate's hue and the next one's: the golden angle, so that none of a few come near each other. */
const GOLDEN_ANGLE = 137.507_764;
/** Lightness and saturation take turns, so that like hues differ all the same. */
const TONES = [[0.62, 0.78], [0.52, 0.9], [0.72, 0.85]] as const;

/** A colour of its own for the nth candidate, as #rrggbb. It says nothing but which mask ends where. */
export function candidateColour(n: number): string {
  const hue = (n * GOLDEN_ANGLE) % 360;
  const [lightness, saturation] = TONES[n % TONES.length] ?? TONES[0];
  // HSL to RGB as CSS Color 4 has it, §7.1.
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (at: number): string => {
    const k = (at + hue / 30) % 12;
    const value = lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(value * 255).toString(16).padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
