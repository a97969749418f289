"""Datumaro's JSON, by https://openvinotoolkit.github.io/datumaro, Datumaro format; run lengths as pycocotools decodes them."""

import glob
import os

from common import column_runs, decompress, digest, load_json, require, run


def check(folder):
    found = []
    for path in sorted(glob.glob(os.path.join(glob.escape(folder), "annotations", "*.json"))):
        data = load_json(path)
        require(isinstance(data["infos"], dict) and data["media_type"] == 2, "it is a data set of pictures")
        labels = data["categories"]["label"]["labels"]
        require(all({"name", "parent", "attributes"} <= label.keys() for label in labels), "labels have a name, a parent and attributes")
        require(len({item["id"] for item in data["items"]}) == len(data["items"]), "ids of items are unique")
        for item in data["items"]:
            height, width = item["image"]["size"]
            require(item["image"]["path"], "an item names its picture")
            for annotation in item["annotations"]:
                require({"id", "attributes", "group", "label_id", "z_order"} <= annotation.keys(), "annotations have their fields")
                label = annotation["label_id"]
                entry = {"class": None if label is None else labels[label]["name"], "z": annotation["z_order"]}
                if annotation["type"] == "mask":
                    require(annotation["rle"]["size"] == [height, width], "a mask has the size of its picture")
                    found.append({**entry, **digest(column_runs(decompress(annotation["rle"]["counts"]), height, width), height, width)})
                elif annotation["type"] == "bbox":
                    found.append({**entry, "box": annotation["bbox"]})
                else:
                    require(annotation["type"] == "polygon" and len(annotation["points"]) >= 6, "a polygon has three points or more")
                    found.append({**entry, "ring": annotation["points"]})
    return found


run(check)
