"""CVAT for images 1.1, by https://docs.cvat.ai/docs/manual/advanced/xml_format/."""

import os
import xml.etree.ElementTree as ElementTree

from common import digest, fill, require, run


def check(folder):
    root = ElementTree.parse(os.path.join(folder, "annotations.xml")).getroot()
    require(root.tag == "annotations" and root.findtext("version") == "1.1", "it is version 1.1")
    labels = {label.findtext("name"): {attribute.findtext("name"): attribute for attribute in label.iterfind("attributes/attribute")} for label in root.iterfind("meta/*/labels/label")}
    require(len(labels) == len(root.findall("meta/*/labels/label")), "labels have names of their own")
    for attributes in labels.values():
        for attribute in attributes.values():
            require(attribute.findtext("mutable") in ("True", "False") and attribute.findtext("input_type") in ("select", "radio", "checkbox", "number", "text"), "attributes say what they take")
    images = root.findall("image")
    require(len({image.get("id") for image in images}) == len(images), "ids of images are unique")
    return [entry for image in images for entry in shapes(image, labels)]


def shapes(image, labels):
    width, height = int(image.get("width")), int(image.get("height"))
    require(image.get("name") and width > 0 and height > 0, "an image has a name and a size")
    for shape in image:
        declared = labels[shape.get("label")]
        require(shape.get("occluded") in ("0", "1") and shape.get("source") and str(int(shape.get("z_order"))) == shape.get("z_order"), "shapes have their attributes")
        for attribute in shape.findall("attribute"):
            kind = declared[attribute.get("name")].findtext("input_type")
            require(kind != "checkbox" or attribute.text in ("true", "false"), "a checkbox is true or false")
        entry = {"class": shape.get("label"), "z": int(shape.get("z_order"))}
        if shape.tag == "mask":
            left, top, across, down = (int(shape.get(name)) for name in ("left", "top", "width", "height"))
            require(0 <= left and 0 <= top and across > 0 and down > 0 and left + across <= width and top + down <= height, "the mask's window lies in the image")
            window = fill([int(count) for count in shape.get("rle").split(",")], across * down)
            mask = bytearray(width * height)
            for y in range(down):
                mask[(top + y) * width + left : (top + y) * width + left + across] = window[y * across : (y + 1) * across]
            yield {**entry, **digest(mask, height, width)}
        elif shape.tag == "box":
            left, top, right, bottom = (float(shape.get(name)) for name in ("xtl", "ytl", "xbr", "ybr"))
            require(left <= right and top <= bottom, "a box has its corners in order")
            yield {**entry, "box": [left, top, right - left, bottom - top]}
        else:
            points = [tuple(map(float, point.split(","))) for point in shape.get("points").split(";")]
            require(shape.tag == "polygon" and len(points) >= 3 and all(len(point) == 2 for point in points), "a polygon has three points or more")
            yield {**entry, "ring": [value for point in points for value in point]}


run(check)
