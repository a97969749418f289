"""COCO's object annotations, by https://cocodataset.org/#format-data and what pycocotools' COCO and annToRLE ask for."""

import glob
import os

from common import column_runs, decompress, digest, load_json, require, run


def check(folder):
    found = []
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "**", "instances*.json"), recursive=True)):
        data = load_json(path)
        require({"info", "licenses", "images", "annotations", "categories"} <= data.keys(), "all lists are there")
        images, categories = ({entry["id"]: entry for entry in data[key]} for key in ("images", "categories"))
        require(len(images) == len(data["images"]) and len(categories) == len(data["categories"]), "ids are unique")
        require(len({entry["id"] for entry in data["annotations"]}) == len(data["annotations"]), "ids of annotations are unique")
        require(all({"id", "name", "supercategory"} <= category.keys() for category in categories.values()), "categories have their fields")
        for entry in data["annotations"]:
            image = images[entry["image_id"]]
            height, width = image["height"], image["width"]
            require(entry["iscrowd"] in (0, 1) and all(isinstance(value, (int, float)) for value in entry["bbox"]) and len(entry["bbox"]) == 4, "annotations have their fields")
            mask = {"class": categories[entry["category_id"]]["name"], "crowd": entry["iscrowd"] == 1}
            if isinstance(entry["segmentation"], list):
                require(entry["iscrowd"] == 0 and all(len(ring) >= 6 and len(ring) % 2 == 0 for ring in entry["segmentation"]), "polygons have three corners or more, crowds are run lengths")
                found.append({**mask, "polygons": entry["segmentation"], "size": [height, width], "area": entry["area"], "bbox": entry["bbox"]})
            else:
                require(entry["segmentation"]["size"] == [height, width], "a mask has the size of its image")
                pixels = digest(column_runs(decompress(entry["segmentation"]["counts"]), height, width), height, width)
                require(entry["area"] == pixels["area"], "the area is that of the pixels")
                found.append({**mask, **pixels, "said": entry["bbox"]})
    return found


run(check)
