"""Label Studio's converter: its run lengths decoded and encoded, and COCO turned into its tasks."""

import json

import numpy
from common import answer, encode
from label_studio_sdk.converter import brush
from label_studio_sdk.converter.imports.coco import convert_coco_to_ls
from pycocotools import mask as mask_utils


def pixels(result):
    height, width = result["original_height"], result["original_width"]
    value = result["value"]
    if "rle" in value:
        return encode(brush.decode_rle(value["rle"]).reshape(height, width, 4)[:, :, 3])
    if "points" in value:
        points = [number for x, y in value["points"] for number in (x / 100 * width, y / 100 * height)]
        return mask_utils.frPyObjects([points], height, width)[0]["counts"].decode("ascii")
    return None


def read(file):
    with open(file, encoding="utf-8") as text:
        tasks = json.load(text)
    found = []
    for task in tasks:
        results = [result for annotation in task["annotations"] for result in annotation["result"] if result["type"] in ("brushlabels", "polygonlabels")]
        objects = [{"class": result["value"][result["type"]][0], "counts": pixels(result)} for result in results]
        size = [results[0]["original_height"], results[0]["original_width"]] if results else [1, 1]
        found.append({"image": task["data"]["image"].split("?d=")[-1], "size": size, "objects": objects})
    return found


def brushes(images, out):
    """Tasks with masks as the program's own functions encode them."""
    tasks = []
    for number, (image, (height, width), objects) in enumerate(images):
        results = []
        for label, counts in objects:
            mask = mask_utils.decode({"size": [height, width], "counts": counts}).astype(numpy.uint8) * 255
            value = {"rle": brush.mask2rle(mask), "format": "rle", "brushlabels": [label]}
            results.append({"id": f"r{len(results)}", "type": "brushlabels", "value": value, "origin": "manual", "to_name": "image", "from_name": "label", "image_rotation": 0, "original_width": width, "original_height": height})
        tasks.append({"id": number + 1, "data": {"image": f"/data/local-files/?d={image}"}, "annotations": [{"result": results}]})
    with open(out, "w", encoding="utf-8") as text:
        json.dump(tasks, text)


def from_coco(file, out):
    convert_coco_to_ls(file, out)


answer({"read": read, "brushes": brushes, "from_coco": from_coco})
