import { expect, test } from 'vitest';
import { MaskwrightError, toProblem } from './errors.ts';

test('errors while closing do not hide the one before them', () => {
  const cause = new MaskwrightError('disk-full', 'The disk is full.', '/p');
  const inner = new SuppressedError(new Error('closing failed'), cause);
  expect(toProblem(new SuppressedError(new Error('closing the next one failed, too'), inner))).toEqual({ code: 'disk-full', message: 'The disk is full.', item: '/p' });
});
