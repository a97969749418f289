"""pycocotools: what COCO's own evaluation reads."""

from common import answer
from pycocotools import mask as mask_utils
from pycocotools.coco import COCO


def fill(shapes):
    return [mask_utils.merge(mask_utils.frPyObjects(polygons, height, width))["counts"].decode("ascii") for polygons, (height, width) in shapes]


def read(files):
    return [read_file(file) for file in files]


def read_file(file):
    coco = COCO(file)
    found = []
    for entry in coco.dataset["annotations"]:
        rle = coco.annToRLE(entry)
        image = coco.imgs[entry["image_id"]]
        found.append({"id": entry["id"], "image": image["file_name"], "size": rle["size"], "class": coco.cats[entry["category_id"]]["name"], "counts": mask_utils.encode(mask_utils.decode(rle))["counts"].decode("ascii"), "area": entry["area"]})
    return found


answer({"fill": fill, "read": read})
