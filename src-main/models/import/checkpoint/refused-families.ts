import { basename } from 'node:path';

/** A model that is no checkpoint to import, as it follows "it is", and what works. */
export interface RefusedFamily {
  readonly name: string;
  readonly whatToDo: string;
}

const OTHERS = 'Choose a checkpoint of Segment Anything, MobileSAM or HQ-SAM';
const SAM_2_GRAPHS = 'Choose its encoder and decoder as .onnx files, or download SAM 2.1 in the list of models';

/**
 * Models of the field by tensors that only they have; the first that fits. Sources: the code of facebookresearch/sam3 and
 * sam2, SysCV/sam-hq, chongzhou96/EdgeSAM, THU-MIG/RepViT, yformer/EfficientSAM, mit-han-lab/efficientvit,
 * OpenGVLab/SAM-Med2D, facebookresearch/EdgeTAM, huggingface/transformers.
 */
const FAMILIES: readonly (readonly [mark: RegExp, name: string, whatToDo: string])[] = [
  [/(^|\.)(language_backbone|detector_model|sam3_model|geometry_encoder)\.|(^|\.)backbone\.vision_backbone\./, 'SAM 3, which is asked in words: text prompts are not supported yet', `${OTHERS}, or the .onnx files of SAM 2.1`],
  [/(^|\.)sam_mask_decoder\.hf_token\./, 'HQ-SAM 2, whose checkpoints are not supported', 'Choose HQ-SAM (sam_hq_vit_b.pth and its like), or the .onnx files of SAM 2.1'],
  [/(^|\.)spatial_perceiver\./, 'EdgeTAM, which is made for video and not supported as a checkpoint', SAM_2_GRAPHS],
  [/(^|\.)sam_mask_decoder\./, 'a checkpoint of SAM 2 or 2.1, which can only be imported as ONNX files', SAM_2_GRAPHS],
  [/(^|\.)mask_decoder\.conv_s0\.|(^|\.)vision_encoder\.backbone\./, 'SAM 2 as Transformers saves it, which can only be imported as ONNX files', SAM_2_GRAPHS],
  [/(^|\.)prompt_encoder\.bbox_top_left_embeddings\.|(^|\.)mask_decoder\.final_output_upscaling_layers\./, 'EfficientSAM, whose checkpoints are not supported', 'Choose its encoder and decoder as .onnx files, or download EfficientSAM in the list of models'],
  [/(^|\.)image_encoder\.features\./, 'EdgeSAM or RepViT-SAM, whose image encoder is not supported', OTHERS],
  [/(^|\.)image_encoder\.backbone\./, 'EfficientViT-SAM, whose image encoder is not supported', OTHERS],
  [/(^|\.)mask_decoder\.hq_token\./, 'HQ-SAM as Transformers saves it', 'Choose the authors’ own file (sam_hq_vit_b.pth and its like)'],
  [/(^|\.)image_encoder\..*(adapter|lora_)/i, 'a fine-tune with adapters or LoRA layers beside the weights, which are not computed', 'Merge them into the weights and save the state_dict() again'],
];

/** LiteMedSAM has the tensors of MobileSAM, but sees images of 256 pixels. */
const LITE_MEDSAM = /lite.?med.?sam/i;

/** The family that these names of tensors belong to, where it is known and not supported; else null. @param path of the file */
export function refusedFamily(names: readonly string[], path: string): RefusedFamily | null {
  if (LITE_MEDSAM.test(basename(path))) return { name: 'LiteMedSAM by its name, which sees images of 256 pixels and is not supported', whatToDo: 'Choose MedSAM (medsam_vit_b.pth)' };
  const found = FAMILIES.find(([mark]) => names.some((name) => mark.test(name)));
  return found === undefined ? null : { name: found[1], whatToDo: found[2] };
}
