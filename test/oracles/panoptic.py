"""COCO panoptic, by the checks of panopticapi (cocodataset/panopticapi, evaluation.py) and https://cocodataset.org/#format-data."""

import glob
import os

from common import digest, labels_of, load_json, read_png, require, run


def check(folder):
    found = []
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "panoptic*.json"))):
        data = load_json(path)
        images = {image["id"]: image for image in data["images"]}
        categories = {category["id"]: category for category in data["categories"]}
        require(len(images) == len(data["images"]) and len(categories) == len(data["categories"]), "ids are unique")
        require(all(category["isthing"] in (0, 1) and "supercategory" in category for category in categories.values()), "categories are things or stuff")
        require([annotation["image_id"] for annotation in data["annotations"]] == [image["id"] for image in data["images"]], "an annotation for each image")
        for annotation in data["annotations"]:
            image = images[annotation["image_id"]]
            png = read_png(os.path.join(path[: -len(".json")], annotation["file_name"]))
            require((png["width"], png["height"], png["colour"], png["depth"]) == (image["width"], image["height"], 2, 8), "the PNG is RGB of the size of its image")
            labels = labels_of(png)
            segments = annotation["segments_info"]
            require({segment["id"] for segment in segments} == set(labels) - {0}, "each pixel belongs to a segment of the list or to none, and each segment has pixels")
            require(len({segment["id"] for segment in segments}) == len(segments), "a segment is listed once")
            stuff = [segment["category_id"] for segment in segments if categories[segment["category_id"]]["isthing"] == 0]
            require(len(set(stuff)) == len(stuff), "stuff has one segment an image")
            for segment in segments:
                entry = digest(bytearray(label == segment["id"] for label in labels), png["height"], png["width"])
                require(segment["area"] == entry["area"] and segment["bbox"] == entry["bbox"] and segment["iscrowd"] in (0, 1), "area, bbox and iscrowd are those of the pixels")
                found.append({"class": categories[segment["category_id"]]["name"], "crowd": segment["iscrowd"] == 1, **entry})
    return found


run(check)
