"""pack.py PHOTOS OUT.zip [--quality 88]: the training photographs and their label maps in one file under 50 MB.

PHOTOS holds bsds500/{train,val}, camvid and coco50 (see README.md). bsds500/holdout is never read.
A folder that is absent or a picture that cannot be read is said and passed over.
"""
import argparse, glob, io, json, os, zipfile
import numpy as np
from PIL import Image, ImageDraw


def coco_labels(annotations, width, height):
    """Polygons as a label map, smaller objects on top; 0 = unlabelled."""
    labels = np.zeros((height, width), np.uint16)
    for k, a in enumerate(sorted(annotations, key=lambda a: -a["area"])):
        mask = Image.new("1", (width, height))
        for polygon in a["segmentation"]:
            ImageDraw.Draw(mask).polygon([tuple(p) for p in np.array(polygon).reshape(-1, 2)], fill=1)
        labels[np.asarray(mask)] = k + 1
    return labels


def scenes(photos):
    """Yields (name, RGB picture, label maps)."""
    for folder in ("bsds500/train", "bsds500/val", "camvid"):
        files = sorted(glob.glob(os.path.join(photos, folder, "*.jpg")))
        if not files:
            print(f"nothing in {folder}: passed over")
        for file in files:
            try:
                maps = [np.asarray(Image.open(m)).astype(np.uint16) for m in sorted(glob.glob(file[:-4] + ".*.png"))]
                yield folder.split("/")[0] + "_" + os.path.basename(file)[:-4], Image.open(file).convert("RGB"), maps
            except OSError as error:
                print(f"{file}: {error}: passed over")
    try:
        with open(os.path.join(photos, "coco50/instances.json")) as f:
            data = json.load(f)
    except OSError as error:
        print(f"coco50: {error}: passed over")
        return
    by_image = {}
    for a in data["annotations"]:
        if not a["iscrowd"]:
            by_image.setdefault(a["image_id"], []).append(a)
    for image in data["images"]:
        file = os.path.join(photos, "coco50/images", image["file_name"])
        try:
            yield f"coco_{image['id']}", Image.open(file).convert("RGB"), [coco_labels(by_image.get(image["id"], []), image["width"], image["height"])]
        except OSError as error:
            print(f"{file}: {error}: passed over")


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("photos")
    p.add_argument("out")
    p.add_argument("--quality", type=int, default=88)
    p.add_argument("--side", type=int, default=512, help="longest side that is kept")
    a = p.parse_args()
    count = 0
    with zipfile.ZipFile(a.out, "w", zipfile.ZIP_STORED) as z:
        for name, picture, maps in scenes(a.photos):
            maps = [m for m in maps if m.any()]
            if not maps:
                continue
            k = min(1, a.side / max(picture.size))
            size = (round(picture.width * k), round(picture.height * k))
            buffer = io.BytesIO()
            picture.resize(size, Image.LANCZOS).save(buffer, "JPEG", quality=a.quality)
            z.writestr(f"{name}.jpg", buffer.getvalue())
            for i, m in enumerate(maps):
                # renumber to 1..n, so that 8 bits do; the few maps of over 255 segments keep their largest 255
                values, inverse, counts = np.unique(m, return_inverse=True, return_counts=True)
                keep = [v for v in np.argsort(-counts) if values[v] != 0][:255]
                table = np.zeros(len(values), np.uint8)
                table[keep] = np.arange(1, len(keep) + 1)
                small = Image.fromarray(table[inverse].reshape(m.shape)).resize(size, Image.NEAREST)
                buffer = io.BytesIO()
                small.save(buffer, "PNG", optimize=True)
                z.writestr(f"{name}.{i}.png", buffer.getvalue())
            count += 1
    print(f"{count} photographs, {os.path.getsize(a.out) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
