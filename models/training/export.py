"""export.py WEIGHTS OUT: encoder.onnx and decoder.onnx with the tensor names of the official export.

WEIGHTS holds the weights-*.pt of train.py.
"""
import argparse, glob, os
import torch
from model import FRAME, Decoder, Encoder, ExportDecoder


def load(folder, name, module):
    state = {}
    for file in sorted(glob.glob(os.path.join(folder, f"weights-{name}-*.pt"))):
        state.update(torch.load(file, map_location="cpu"))
    if not state:
        raise SystemExit(f"no weights-{name}-*.pt in {folder}")
    difference = module.load_state_dict({k: v.float() if v.dtype == torch.float16 else v for k, v in state.items()}, strict=False)
    if difference.missing_keys or difference.unexpected_keys:
        raise SystemExit(f"weights of another architecture: missing {difference.missing_keys[:5]}, surplus {difference.unexpected_keys[:5]}")
    return module.eval()


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("weights")
    p.add_argument("out")
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    encoder, decoder = load(a.weights, "encoder", Encoder()), load(a.weights, "decoder", Decoder())
    legacy = {"dynamo": False} if tuple(int(v) for v in torch.__version__.split(".")[:2]) >= (2, 5) else {}
    torch.onnx.export(encoder, (torch.randn(1, 3, FRAME, FRAME),), os.path.join(a.out, "encoder.onnx"), opset_version=17,
                      input_names=["image"], output_names=["image_embeddings"], do_constant_folding=True, **legacy)
    e = FRAME // 8
    example = (torch.randn(1, 256, e, e), torch.rand(2, 3, 2) * FRAME, torch.tensor([[1.0, 0, -1], [2, 3, 1]]), torch.zeros(2, 1, 4 * e, 4 * e), torch.zeros(1))
    dynamic = {"point_coords": {0: "batch", 1: "points"}, "point_labels": {0: "batch", 1: "points"}, "mask_input": {0: "batch"}, "iou_predictions": {0: "batch"}, "low_res_masks": {0: "batch"}}
    torch.onnx.export(ExportDecoder(decoder), example, os.path.join(a.out, "decoder.onnx"), opset_version=17,
                      input_names=["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input"],
                      output_names=["iou_predictions", "low_res_masks"], dynamic_axes=dynamic, **legacy)
    for name in sorted(os.listdir(a.out)):
        print(name, f"{os.path.getsize(os.path.join(a.out, name)) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
