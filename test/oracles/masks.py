"""Mask PNGs, by docs/formats/masks.md: pixels are the values that the table gives a meaning."""

import os

from common import digest, labels_of, load_json, read_png, require, run


def check(folder):
    table = load_json(os.path.join(folder, "masks.json"))
    names = {entry["value"]: entry["name"] for entry in table["classes"]}
    require(len(names) == len(table["classes"]) and all(0 < value < 65536 for value in names), "classes have values of their own")
    found = []
    for image in table["images"]:
        for thing in image["instances"] if table["layout"] == "separate" else ():
            labels = pixels(folder, thing["mask"], image)
            require(set(labels) == {0, 255} or set(labels) == {255}, "a pixel is inside or outside")
            found.append({"class": names.get(thing["class"]), **of(labels, 255, image)})
        if table["layout"] == "separate":
            continue
        labels = pixels(folder, image["mask"], image)
        meaning = names if table["layout"] == "semantic" else {thing["value"]: names.get(thing["class"]) for thing in image["instances"]}
        require(set(labels) - {0} <= meaning.keys(), "every value has a meaning")
        found += [{"class": meaning[value], **of(labels, value, image)} for value in sorted(set(labels) - {0})]
    return found


def pixels(folder, path, image):
    png = read_png(os.path.join(folder, path))
    require((png["width"], png["height"]) == (image["width"], image["height"]), "label pictures are of the picture's size")
    return labels_of(png)


def of(labels, value, image):
    return digest(bytearray(label == value for label in labels), image["height"], image["width"])


run(check)
