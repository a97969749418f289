"""run.py --photos FOLDER --out FOLDER --minutes N: packs, trains, evaluates and exports unattended.

OUT gets photographs.zip, what train.py writes, scores.json (the curve over the averaged weights that were kept, and the
final scores), weights.pt (final, calibrated), encoder.onnx and decoder.onnx. Run again after a kill, it continues.
An eighth of the time is kept for evaluation and export; the curve is evaluated as far as that time allows.
"""
import argparse
import glob
import json
import os
import sys
import time

import torch

from calibrate import fitted_lines, fold
from checkpoint import load_weights, new_model, write
from evaluate import rows_of, summary
from export import export, why_not
from pack import pack
from photographs import Photographs
from train import train

EVALUATION = 0.125


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", required=True, help="folder with bsds500, camvid and coco50")
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--init", help="weights to start from: of this network, of nano 2, or of the sketch in promptable-nano")
    parser.add_argument("--batch", type=int, help="pictures a step at 256 (8; 128 on a GPU)")
    parser.add_argument("--rate", type=float, help="largest learning rate (6e-4 from given weights, 1.5e-3 from nothing)")
    parser.add_argument("--workers", type=int, help="processes that make scenes (1; all cores but one on a GPU)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=12, help="segments of each photograph in the evaluation")
    a = parser.parse_args()
    start = time.monotonic()
    gpu = torch.cuda.is_available()
    os.makedirs(a.out, exist_ok=True)
    if why_not():
        print(f"There will be no encoder.onnx and decoder.onnx: {why_not()}", file=sys.stderr, flush=True)
    packed = os.path.join(a.out, "photographs.zip")
    if not os.path.exists(packed):
        pack(a.photos, packed)
    workers = a.workers or (max(1, (os.cpu_count() or 2) - 1) if gpu else 1)
    weights = train(
        packed, a.out, a.minutes * (1 - EVALUATION), init=a.init, rate=a.rate or (6e-4 if a.init else 1.5e-3), batch=a.batch or (128 if gpu else 8),
        workers=workers, threads=a.threads, seed=a.seed, snapshot=max(1.0, a.minutes / 6),
    )
    torch.set_num_threads((os.cpu_count() or 1) if gpu else a.threads)
    held = Photographs(packed, "validation")
    model = load_weights(weights, new_model())
    rows = rows_of(model, held, a.most)
    scores = {"before calibration": summary(rows)}
    if rows:
        fold(model, fitted_lines([pair for row in rows for pair in row["pairs"]]))
        scores["final"] = summary(rows_of(model, held, a.most))
    write(os.path.join(a.out, "weights.pt"), model.state_dict())
    if not why_not():
        scores["rounding to halves"] = export(model, a.out)
    curve, taken = {}, 0.0
    for file in sorted(glob.glob(os.path.join(a.out, "average-*.pt"))):
        began = time.monotonic()
        if rows and (began - start + taken) / 60 < a.minutes:
            curve[os.path.basename(file)] = summary(rows_of(load_weights(file, new_model()), held, a.most))
            taken = time.monotonic() - began
    scores["curve"] = curve
    with open(os.path.join(a.out, "scores.json"), "w") as file:
        json.dump(scores, file, indent=2)
    print(json.dumps(scores, indent=2), flush=True)


if __name__ == "__main__":
    sys.exit(main())
