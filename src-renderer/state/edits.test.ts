import { describe, expect, it } from 'vitest';
import type { Params } from '../../src-shared/contract/contract.ts';
import { MaskwrightError } from '../../src-shared/contract/errors.ts';
import { discardKept, edit, retryKept, useEdits } from './edits.ts';
import { useNotices } from './notices-store.ts';
import { useProject } from './project-store.ts';
import { edited, openPage } from './test-contract.ts';

const rename = (name: string): Promise<unknown> => edit(name, [{ type: 'class.update', id: 3, name }]);
const className = (): string | undefined => useProject.getState().info?.classes[0]?.name;

/** A program with a disk that can be full. */
function programWithDisk(): { disk: { full: boolean }; written: string[] } {
  const disk = { full: false };
  const written: string[] = [];
  openPage((name, params: Params<'project.edit'>) => {
    if (name !== 'project.edit') return {};
    if (disk.full) throw new MaskwrightError('disk-full', 'The disk is full. Free some space, then try again.');
    written.push(params.label);
    return edited(params.label);
  });
  return { disk, written };
}

describe('edits on a full disk', () => {
  it('are kept, in order, shown, and never called saved until they are written', async () => {
    const { disk, written } = programWithDisk();
    disk.full = true;
    await rename('pear');
    await rename('plum');
    expect(useEdits.getState()).toMatchObject({ kept: [{ label: 'pear' }, { label: 'plum' }], problem: { code: 'disk-full' } });
    expect(className()).toBe('plum');
    expect(useProject.getState().info?.savedAt).toBeNull();

    await retryKept();
    expect(useEdits.getState().kept).toHaveLength(2);

    disk.full = false;
    await retryKept();
    expect(written).toEqual(['pear', 'plum']);
    expect(useEdits.getState()).toMatchObject({ kept: [], problem: null });
    expect(useProject.getState().info?.savedAt).toBe(1_000);
  });
  it('are written with the next edit, once there is room', async () => {
    const { disk, written } = programWithDisk();
    disk.full = true;
    await rename('pear');
    disk.full = false;
    await rename('plum');
    expect(written).toEqual(['pear', 'plum']);
  });
  it('can be given up', async () => {
    const { disk, written } = programWithDisk();
    disk.full = true;
    await rename('pear');
    discardKept();
    disk.full = false;
    await rename('plum');
    expect(written).toEqual(['plum']);
  });
});

describe('a refused edit', () => {
  it('is said, and not kept', async () => {
    openPage(() => {
      throw new MaskwrightError('name-taken', 'There is already a class named “pear”.');
    });
    await rename('pear');
    expect(useEdits.getState().kept).toEqual([]);
    expect(useNotices.getState().notices).toMatchObject([{ level: 'error', message: 'There is already a class named “pear”.' }]);
  });
  it('among kept ones does not hold up those after it', async () => {
    let refusal: 'disk-full' | 'name-taken' | null = 'disk-full';
    const written: string[] = [];
    openPage((name, params: Params<'project.edit'>) => {
      if (name !== 'project.edit') return {};
      if (refusal === 'disk-full' || (refusal === 'name-taken' && params.label === 'pear')) throw new MaskwrightError(refusal, 'no');
      written.push(params.label);
      return edited(params.label);
    });
    await rename('pear');
    await rename('plum');
    refusal = 'name-taken';
    await retryKept();
    expect(written).toEqual(['plum']);
    expect(useEdits.getState()).toMatchObject({ kept: [], problem: null });
  });
});
