import { z } from 'zod';

/** A box by its corners in whole pixels. A crop ends before (x1, y1); the box of a mask includes the pixel at (x1, y1). */
export const Corners = z.strictObject({ x0: z.int(), y0: z.int(), x1: z.int(), y1: z.int() });
export type Corners = z.infer<typeof Corners>;

/** As the reference writes boxes: x, y, x1 − x0, y1 − y0. */
export const toXywh = ({ x0, y0, x1, y1 }: Corners): [number, number, number, number] => [x0, y0, x1 - x0, y1 - y0];

export const shifted = ({ x0, y0, x1, y1 }: Corners, dx: number, dy: number): Corners => ({ x0: x0 + dx, y0: y0 + dy, x1: x1 + dx, y1: y1 + dy });

/** A mask's box: its smallest and largest pixels, zeros for an empty mask (batched_mask_to_box of the reference). */
export const NO_BOX: Corners = { x0: 0, y0: 0, x1: 0, y1: 0 };
