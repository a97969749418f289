"""evaluate.py PACK WEIGHTS...: scores on the validation photographs, which are never trained on.

The first person's segments between 0.1 % and 80 % of the picture, the first `--most` of each by rising label, as the
program's own evaluation takes them (the largest alone would not stand for the rest: neither the lines of calibrate.py nor
the order of candidates would fit small segments); a click is the point
deepest inside the segment, a box its exact box; a corrective click is the point deepest inside the errors. Masks are
compared at the photograph's size. The program's own evaluation is `npm run bench:model`; this one is for choosing between
variants while they train.
"""
import argparse
import json
import math

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from batches import normalised
from checkpoint import load_weights, new_model
from model import FRAME
from photographs import Photographs

CLICKS = (1, 3, 5)


def distance(mask):
    """Exact Euclidean distance of each inside pixel to the nearest outside one (the picture's surroundings are outside)."""
    from scipy import ndimage

    return ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]


def deepest(mask):
    """(x, y, depth) of the point deepest inside, in pixels."""
    d = distance(mask)
    y, x = divmod(int(d.argmax()), mask.shape[1])
    return x + 0.5, y + 0.5, float(d.max())


def segments(labels, most):
    """The first `most` segments of 0.1–80 % of a label map: bool [n,h,w]."""
    values, counts = np.unique(labels, return_counts=True)
    fit = [v for v, c in zip(values, counts) if v > 0 and 0.001 <= c / labels.size <= 0.8][:most]
    return np.stack([labels == v for v in fit]) if fit else np.zeros((0, *labels.shape), bool)


def framed(picture):
    """The picture in the top-left of the encoder's frame: uint8 [1,512,512,3] and the (h, w) it takes there."""
    scale = FRAME / max(picture.shape[:2])
    h, w = round(picture.shape[0] * scale), round(picture.shape[1] * scale)
    frame = np.zeros((1, FRAME, FRAME, 3), np.uint8)
    frame[0, :h, :w] = np.asarray(Image.fromarray(picture).resize((w, h), Image.BILINEAR))
    return torch.from_numpy(frame), (h, w)


def full_size(logits, inner, size):
    """Logits [n,k,256,256] over the frame → masks bool [n,k,h,w] of the picture."""
    x = F.interpolate(logits.float(), (FRAME, FRAME), mode="bilinear", align_corners=False)[:, :, : inner[0], : inner[1]]
    return (F.interpolate(x, size, mode="bilinear", align_corners=False) > 0).numpy()


def ious(shown, truth):
    """[n,k,h,w] with [n,h,w] → [n,k]."""
    t = truth[:, None]
    return (shown & t).sum((2, 3)) / np.maximum((shown | t).sum((2, 3)), 1)


@torch.no_grad()
def evaluate_picture(model, picture, truth):
    """Scores of each segment of one picture: a list of dicts."""
    n, h, w = truth.shape
    frame, inner = framed(picture)
    embedding = model["encoder"](normalised(frame, [inner]).contiguous(memory_format=torch.channels_last))
    per_pixel = torch.tensor([inner[1] / w / FRAME, inner[0] / h / FRAME])

    def ask(points, labels, mask):
        logits, predicted, _ = model["decoder"](embedding, torch.tensor(points, dtype=torch.float32) * per_pixel, torch.tensor(labels, dtype=torch.float32), mask, torch.ones(1))
        return logits, predicted.numpy(), ious(full_size(logits, inner, (h, w)), truth)

    boxes = []
    for mask in truth:
        ys, xs = np.where(mask.any(1))[0], np.where(mask.any(0))[0]
        boxes.append([[xs[0], ys[0]], [xs[-1] + 1, ys[-1] + 1]])
    _, predicted, reached = ask(boxes, [[2, 3]] * n, None)
    rows = [{"share": float(truth[i].mean()), "box": reached[i, 0], "pairs": [(0, predicted[i, 0], reached[i, 0])]} for i in range(n)]
    points = [[deepest(mask)[:2]] for mask in truth]
    labels = [[1] for _ in truth]
    logits, predicted, reached = ask([[*p, (0, 0)] for p in points], [[*l, -1] for l in labels], None)
    chosen = predicted[:, 1:].argmax(1) + 1
    for i in range(n):
        rows[i].update({"click selected": reached[i, chosen[i]], "click best of three": reached[i, 1:].max(), "click single": reached[i, 0]})
        rows[i]["pairs"] += [(k, predicted[i, k], reached[i, k]) for k in (1, 2, 3)]
    shown = logits[torch.arange(n), torch.tensor(chosen)]
    for count in range(1, max(CLICKS) + 1):
        masks = full_size(shown.unsqueeze(1), inner, (h, w))[:, 0]
        for i in range(n):
            missed, surplus = deepest(truth[i] & ~masks[i]), deepest(masks[i] & ~truth[i])
            if max(missed[2], surplus[2]) == 0:
                missed = deepest(truth[i])
            points[i].append(missed[:2] if missed[2] >= surplus[2] else surplus[:2])
            labels[i].append(1 if missed[2] >= surplus[2] else 0)
        logits, predicted, reached = ask([[*p, (0, 0)] for p in points], [[*l, -1] for l in labels], shown.clamp(-16, 16).unsqueeze(1))
        shown = logits[:, 0]
        for i in range(n):
            rows[i]["pairs"].append((0, predicted[i, 0], reached[i, 0]))
            if count in CLICKS:
                rows[i][f"after {count} more"] = reached[i, 0]
    return rows


def calibration(pairs, bins=10):
    """Mean absolute error of the predicted IoU, and the expected calibration error over `bins` equal intervals."""
    _, p, r = np.array(pairs).T
    p = p.clip(0, 1)
    index = np.minimum((p * bins).astype(int), bins - 1)
    expected = sum((index == b).mean() * abs(p[index == b].mean() - r[index == b].mean()) for b in range(bins) if (index == b).any())
    return {"iou error": float(np.abs(p - r).mean()), "calibration error": float(expected)}


def rows_of(model, photographs, most=12):
    """Scores of every segment; `pairs` of each are (mask, predicted IoU, IoU reached) of all masks that the program would show."""
    model.eval()
    rows = []
    for picture, maps in zip(photographs.pictures, photographs.maps):
        truth = segments(maps[0], most)
        if len(truth):
            rows += evaluate_picture(model, picture, truth)
    return rows


def summary(rows):
    """Mean IoU of each kind of prompt, the calibration, and boxes by object size."""
    if not rows:
        return {"segments": 0}
    kinds = [k for k in rows[0] if k not in ("share", "pairs")]
    scores = {k: float(np.mean([r[k] for r in rows])) for k in kinds}
    scores.update(calibration([p for r in rows for p in r["pairs"]]))
    for name, low, high in (("small", 0, 0.01), ("medium", 0.01, 0.1), ("large", 0.1, 1)):
        of_size = [r for r in rows if low <= r["share"] < high]
        if of_size:
            scores[f"box of {name}"] = float(np.mean([r["box"] for r in of_size]))
    return {**{k: round(v, 4) for k, v in scores.items() if not math.isnan(v)}, "segments": len(rows)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack")
    parser.add_argument("weights", nargs="+")
    parser.add_argument("--most", type=int, default=12, help="segments of each photograph")
    parser.add_argument("--threads", type=int, default=1)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    photographs = Photographs(a.pack, "validation")
    for file in a.weights:
        print(json.dumps({"weights": file, **summary(rows_of(load_weights(file, new_model()), photographs, a.most))}), flush=True)


if __name__ == "__main__":
    main()
