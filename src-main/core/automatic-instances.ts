import type { AutomaticCandidate } from '../../src-shared/contract/automatic.ts';
import type { EditCommand } from '../../src-shared/domain/commands.ts';
import type { ClassId, ImageId } from '../../src-shared/domain/schema.ts';

type Mask = Pick<AutomaticCandidate, 'size' | 'counts' | 'point' | 'candidate' | 'predictedIou' | 'stability'>;

/** What makes an instance of a mask of everything mode; its provenance names the mask (sam/automatic/accepted.ts). */
export function addCommand(image: ImageId, labelClass: ClassId | null, { size, counts, point, candidate, predictedIou, stability }: Mask, by: { readonly model: string; readonly modelHash: string }): EditCommand {
  return {
    type: 'instance.add',
    image,
    class: labelClass,
    shape: { kind: 'mask', size: [size[0], size[1]], counts: new Uint8Array(counts) },
    provenance: { source: 'model', touched: false, sam: { ...by, points: [{ ...point, label: 1 }], box: null, candidate, predictedIou, stability } },
  };
}
