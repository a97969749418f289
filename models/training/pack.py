"""pack.py PHOTOS OUT.zip: the training photographs and their label maps in one file under 50 MB.

PHOTOS holds bsds500/{train,val}, camvid and coco50, each of which may be absent; bsds500/holdout is never read. What is
absent or cannot be read is said and passed over.
"""
import argparse
import io
import json
import os
import sys
import zipfile

import numpy as np
from PIL import Image, ImageDraw

FOLDERS = ("bsds500/train", "bsds500/val", "camvid")


def passed_over(what, why):
    print(f"passed over: {what}: {why}", file=sys.stderr, flush=True)


def polygons_as_labels(annotations, width, height):
    """COCO annotations → label map uint16, smaller objects on top, 0 = unlabelled. Crowds are left out."""
    labels = np.zeros((height, width), np.uint16)
    outlined = [a for a in annotations if not a.get("iscrowd") and isinstance(a.get("segmentation"), list)]
    for number, annotation in enumerate(sorted(outlined, key=lambda a: -a["area"])):
        mask = Image.new("1", (width, height))
        for polygon in annotation["segmentation"]:
            ImageDraw.Draw(mask).polygon([tuple(p) for p in np.array(polygon).reshape(-1, 2)], fill=1)
        labels[np.asarray(mask)] = number + 1
    return labels


def label_map_scenes(photos, folder):
    """Yields (name, RGB picture, label maps) of a folder of NAME.jpg with NAME.K.png."""
    path = os.path.join(photos, folder)
    names = sorted(f for f in os.listdir(path) if f.endswith(".jpg")) if os.path.isdir(path) else []
    if not names:
        passed_over(path, "no photographs there")
    everything = sorted(os.listdir(path)) if names else []
    for name in names:
        stem = name[:-4]
        maps = [f for f in everything if f.startswith(stem + ".") and f.endswith(".png")]
        try:
            labels = [np.asarray(Image.open(os.path.join(path, m))).astype(np.uint16) for m in maps]
            picture = Image.open(os.path.join(path, name)).convert("RGB")
            if any(l.shape != (picture.height, picture.width) for l in labels):
                raise ValueError("a label map is of another size")
            yield f"{folder.replace('/', '-')}_{stem}", picture, labels
        except (OSError, ValueError, SyntaxError) as error:
            passed_over(os.path.join(path, name), error)


def coco_scenes(photos):
    """Yields the same of coco50/instances.json."""
    path = os.path.join(photos, "coco50")
    try:
        with open(os.path.join(path, "instances.json")) as file:
            data = json.load(file)
        by_image = {}
        for annotation in data["annotations"]:
            by_image.setdefault(annotation["image_id"], []).append(annotation)
        images = data["images"]
    except (OSError, ValueError, KeyError) as error:
        passed_over(path, error)
        return
    for image in images:
        try:
            picture = Image.open(os.path.join(path, "images", image["file_name"])).convert("RGB")
            yield f"coco_{image['id']}", picture, [polygons_as_labels(by_image.get(image["id"], []), *picture.size)]
        except (OSError, ValueError, KeyError) as error:
            passed_over(os.path.join(path, str(image.get("file_name"))), error)


def renumbered(labels):
    """Labels as 1…n in 8 bits, 0 kept; of a map with more than 255 segments the largest 255 stay."""
    values, inverse, counts = np.unique(labels, return_inverse=True, return_counts=True)
    keep = [v for v in np.argsort(-counts) if values[v] != 0][:255]
    table = np.zeros(len(values), np.uint8)
    table[keep] = np.arange(1, len(keep) + 1)
    return table[inverse].reshape(labels.shape)


def pack(photos, out, quality=88, side=512):
    """Writes the zip (NAME.jpg, NAME.K.png; longest side at most `side`) and gives the number of photographs in it."""
    count = 0
    with zipfile.ZipFile(out + ".part", "w", zipfile.ZIP_STORED) as archive:
        scenes = [scene for folder in FOLDERS for scene in label_map_scenes(photos, folder)]
        for name, picture, maps in [*scenes, *coco_scenes(photos)]:
            maps = [m for m in maps if m.any()]
            if not maps:
                continue
            scale = min(1, side / max(picture.size))
            size = (round(picture.width * scale), round(picture.height * scale))
            buffer = io.BytesIO()
            picture.resize(size, Image.LANCZOS).save(buffer, "JPEG", quality=quality)
            archive.writestr(f"{name}.jpg", buffer.getvalue())
            for index, labels in enumerate(maps):
                buffer = io.BytesIO()
                Image.fromarray(renumbered(labels)).resize(size, Image.NEAREST).save(buffer, "PNG")
                archive.writestr(f"{name}.{index}.png", buffer.getvalue())
            count += 1
    if count == 0:
        os.remove(out + ".part")
        raise SystemExit(f"No photograph with a label map could be read in {photos}. See the README beside this script for what is looked for.")
    os.replace(out + ".part", out)
    print(f"{count} photographs, {os.path.getsize(out) / 1e6:.1f} MB", flush=True)
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos")
    parser.add_argument("out")
    a = parser.parse_args()
    pack(a.photos, a.out)


if __name__ == "__main__":
    main()
