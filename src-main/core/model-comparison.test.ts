import { describe, expect, it } from 'vitest';
import type { ImageRecord } from '../projects/images.ts';
import { projectPictures } from './model-comparison.ts';

const project = (images: number): Parameters<typeof projectPictures>[0] => ({
  imageIds: () => Uint32Array.from({ length: images }, (_, i) => 100 + i),
  imageRecord: (id) => ({ absolutePath: `/photos/${id}.jpg` }) as ImageRecord,
});

describe('pictures of a project to compare models on', () => {
  it('are from all over it, so that models are not judged by one folder', () => {
    expect(projectPictures(project(80))).toEqual([100, 110, 120, 130, 140, 150, 160, 170].map((id) => `/photos/${id}.jpg`));
    expect(new Set(projectPictures(project(9))).size).toBe(8);
  });

  it('are all there are of a small one', () => {
    expect(projectPictures(project(3))).toEqual(['/photos/100.jpg', '/photos/101.jpg', '/photos/102.jpg']);
    expect(projectPictures(project(0))).toEqual([]);
  });
});
