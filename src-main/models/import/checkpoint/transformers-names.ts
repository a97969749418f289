/**
 * What Hugging Face's Transformers calls the tensors of Segment Anything, as patterns with what the official code calls
 * them (convert_sam_to_hf.py of huggingface/transformers). Their order matters: neck before blocks.
 */
const NAMES: readonly (readonly [pattern: RegExp, official: string])[] = [
  [/^shared_image_embedding\.positional_embedding$/, 'prompt_encoder.pe_layer.positional_encoding_gaussian_matrix'],
  [/^prompt_encoder\.shared_embedding\.positional_embedding$/, 'prompt_encoder.pe_layer.positional_encoding_gaussian_matrix'],
  [/^prompt_encoder\.point_embed\./, 'prompt_encoder.point_embeddings.'],
  [/^prompt_encoder\.mask_embed\.conv1\./, 'prompt_encoder.mask_downscaling.0.'],
  [/^prompt_encoder\.mask_embed\.layer_norm1\./, 'prompt_encoder.mask_downscaling.1.'],
  [/^prompt_encoder\.mask_embed\.conv2\./, 'prompt_encoder.mask_downscaling.3.'],
  [/^prompt_encoder\.mask_embed\.layer_norm2\./, 'prompt_encoder.mask_downscaling.4.'],
  [/^prompt_encoder\.mask_embed\.conv3\./, 'prompt_encoder.mask_downscaling.6.'],
  [/^vision_encoder\.neck\.conv1\./, 'image_encoder.neck.0.'],
  [/^vision_encoder\.neck\.layer_norm1\./, 'image_encoder.neck.1.'],
  [/^vision_encoder\.neck\.conv2\./, 'image_encoder.neck.2.'],
  [/^vision_encoder\.neck\.layer_norm2\./, 'image_encoder.neck.3.'],
  [/^vision_encoder\.patch_embed\.projection\./, 'image_encoder.patch_embed.proj.'],
  [/^vision_encoder\.layers\.(\d+)\.layer_norm/, 'image_encoder.blocks.$1.norm'],
  [/^vision_encoder\.layers\./, 'image_encoder.blocks.'],
  [/^vision_encoder\./, 'image_encoder.'],
  [/^mask_decoder\.upscale_conv1\./, 'mask_decoder.output_upscaling.0.'],
  [/^mask_decoder\.upscale_layer_norm\./, 'mask_decoder.output_upscaling.1.'],
  [/^mask_decoder\.upscale_conv2\./, 'mask_decoder.output_upscaling.3.'],
  [/^mask_decoder\.(output_hypernetworks_mlps\.\d+|iou_prediction_head)\.proj_in\./, 'mask_decoder.$1.layers.0.'],
  [/^mask_decoder\.(output_hypernetworks_mlps\.\d+|iou_prediction_head)\.proj_out\./, 'mask_decoder.$1.layers.2.'],
  [/^(mask_decoder\.transformer\..*)layer_norm/, '$1norm'],
];

/** The layer between proj_in and proj_out, which there is layers.0, and in official checkpoints layers.1. */
const MIDDLE = /^mask_decoder\.(output_hypernetworks_mlps\.\d+|iou_prediction_head)\.layers\.0\./;

/** Official names of a model's tensors: those of Transformers are translated, others stay. @param names of all tensors of the model */
export function officialNames(names: readonly string[]): Map<string, string> {
  if (!names.some((name) => name.startsWith('vision_encoder.'))) return new Map(names.map((name) => [name, name]));
  return new Map(names.map((name) => {
    if (MIDDLE.test(name)) return [name, name.replace('.layers.0.', '.layers.1.')];
    const [pattern, official] = NAMES.find(([candidate]) => candidate.test(name)) ?? [];
    return [name, pattern === undefined || official === undefined ? name : name.replace(pattern, official)];
  }));
}
