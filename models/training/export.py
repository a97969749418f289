"""export.py WEIGHTS OUT: encoder.onnx and decoder.onnx, opset 17, with the tensor names of the official export.

Weights are stored as half floats, each cast to float where it is used: onnxruntime does that once, when it opens the file,
and computes in 32 bits. The exported functions are compared with the network they were made from.
"""
import argparse
import copy
import importlib.util
import os

import torch
import torch.nn as nn

from checkpoint import load_weights, new_model
from model import FINE, FRAME, WIDTH

# weights smaller than this are not worth a node of their own, and norms and biases keep their precision
SMALLEST = 1024
DECODER_INPUTS = ["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input"]


def fold_norms(encoder):
    """Batch norms into the convolutions before them, where they cost nothing."""
    for module in encoder.modules():
        if isinstance(module, nn.Sequential) and len(module) > 1 and isinstance(module[1], nn.BatchNorm2d):
            module[0] = nn.utils.fusion.fuse_conv_bn_eval(module[0].eval(), module[1].eval())
            module[1] = nn.Identity()
    return encoder


class Halved(nn.Module):
    """A module whose large weights are stored as halves; it computes in fp32."""

    def __init__(self, module):
        super().__init__()
        self.module = module
        for owner in list(module.modules()):
            for name, weight in list(owner.named_parameters(recurse=False)):
                if weight.numel() >= SMALLEST:
                    del owner._parameters[name]
                    owner.register_buffer(f"{name}_half", weight.detach().half())

    def forward(self, *inputs):
        for owner in self.module.modules():
            for name, half in list(owner.named_buffers(recurse=False)):
                if name.endswith("_half"):
                    owner.__dict__[name[: -len("_half")]] = half.float()
        return self.module(*inputs)


class DecoderInterface(nn.Module):
    """point_coords in the frame's pixels, as the official export has them."""

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, image_embeddings, point_coords, point_labels, mask_input, has_mask_input):
        logits, predicted, _ = self.decoder(image_embeddings, (point_coords + 0.5) / FRAME, point_labels, mask_input.clamp(-16, 16), has_mask_input.reshape(1, 1, 1, 1))
        return predicted, logits


def example_prompts():
    """Two prompts of three points, with masks."""
    side = FRAME // 8
    generator = torch.Generator().manual_seed(0)
    return (
        torch.randn(1, WIDTH + 4 * FINE, side, side, generator=generator), torch.rand(2, 3, 2, generator=generator) * FRAME,
        torch.tensor([[1.0, 0.0, -1.0], [2.0, 3.0, 1.0]]), torch.randn(2, 1, 4 * side, 4 * side, generator=generator), torch.ones(1),
    )


def version():
    return tuple(int(v) for v in torch.__version__.split(".")[:2])


def why_not():
    """Why nothing can be exported here, or None. PyTorch 1.13 needs nothing beside itself."""
    if version() >= (2, 0) and importlib.util.find_spec("onnx") is None:
        return f"PyTorch {torch.__version__} exports with the package onnx, which is not installed: install it, or export with PyTorch 1.13 (export.py WEIGHTS OUT)."
    return None


def largest_difference(mine, theirs):
    """Of two tuples of tensors: the largest difference, as a share of the largest number there."""
    return max(float((a - b).abs().max() / b.abs().max()) for a, b in zip(mine, theirs))


@torch.no_grad()
def export(model, out):
    """Writes both files into `out` and gives what rounding to halves changes, as shares of the largest number."""
    os.makedirs(out, exist_ok=True)
    model = copy.deepcopy(model).eval()
    image, prompts = torch.randn(1, 3, FRAME, FRAME, generator=torch.Generator().manual_seed(0)), example_prompts()
    exact = {"encoder": (model["encoder"](image),), "decoder": DecoderInterface(model["decoder"])(*prompts)}
    encoder, decoder = Halved(fold_norms(model["encoder"])), Halved(DecoderInterface(model["decoder"]))
    changed = {"encoder": largest_difference((encoder(image),), exact["encoder"]), "decoder": largest_difference(decoder(*prompts), exact["decoder"])}
    # the newer exporter is not opset 17's; without folding, the halves stay halves
    options = {"opset_version": 17, "do_constant_folding": False}
    if version() >= (2, 5):
        options["dynamo"] = False
    torch.onnx.export(encoder, (image,), os.path.join(out, "encoder.onnx"), input_names=["image"], output_names=["image_embeddings"], **options)
    dynamic = {"point_coords": {0: "batch", 1: "points"}, "point_labels": {0: "batch", 1: "points"}, "mask_input": {0: "batch"}, "iou_predictions": {0: "batch"}, "low_res_masks": {0: "batch"}}
    torch.onnx.export(decoder, prompts, os.path.join(out, "decoder.onnx"), input_names=DECODER_INPUTS, output_names=["iou_predictions", "low_res_masks"], dynamic_axes=dynamic, **options)
    for name in ("encoder.onnx", "decoder.onnx"):
        print(f"{name}: {os.path.getsize(os.path.join(out, name)) / 1e6:.1f} MB", flush=True)
    return changed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights")
    parser.add_argument("out")
    a = parser.parse_args()
    if why_not():
        raise SystemExit(why_not())
    print(export(load_weights(a.weights, new_model()), a.out))


if __name__ == "__main__":
    main()
