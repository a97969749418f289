"""COCO in and out again with pycocotools: loads a file, makes run lengths of every annotation, writes it."""

import contextlib
import io
import json
import sys

from pycocotools.coco import COCO

with contextlib.redirect_stdout(io.StringIO()):
    coco = COCO(sys.argv[1])
for annotation in coco.dataset["annotations"]:
    rle = coco.annToRLE(annotation)
    if isinstance(rle["counts"], bytes):
        rle["counts"] = rle["counts"].decode("ascii")
    annotation["segmentation"] = rle
with open(sys.argv[2], "w", encoding="utf-8") as out:
    json.dump(coco.dataset, out)
