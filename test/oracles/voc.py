"""Pascal VOC, by the development kit of 2012 (host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html)."""

import os
import xml.etree.ElementTree as ElementTree

from common import digest, labels_of, read_png, require, run

VOID = 255


def colour_map():
    """The kit's VOClabelcolormap: the bits of the index are dealt to red, green, blue, from the highest bit of each down."""
    colours = []
    for index in range(256):
        colour = [0, 0, 0]
        for bit in range(8):
            colour[bit % 3] |= (index >> bit & 1) << (7 - bit // 3)
        colours.append(tuple(colour))
    return colours


def lists(folder, kind):
    directory = os.path.join(folder, "ImageSets", kind)
    names = set()
    for file in os.listdir(directory) if os.path.isdir(directory) else ():
        with open(os.path.join(directory, file), encoding="utf-8") as lines:
            found = lines.read().split("\n")[:-1]
        require(found == sorted(found, key=lambda name: name.encode("utf-16-be")), "lists are sorted")
        names.update(found)
    return names


def masks_of(folder, stem, size, names, classes):
    pictures = [read_png(os.path.join(folder, kind, f"{stem}.png")) for kind in ("SegmentationObject", "SegmentationClass")]
    for png in pictures:
        require((png["width"], png["height"]) == size and png["colour"] == 3, "label pictures are indexed and of the picture's size")
        palette = [tuple(png["palette"][i : i + 3]) for i in range(0, len(png["palette"]), 3)]
        require(palette == colour_map()[: len(palette)] and len(palette) > max(labels_of(png)), "label pictures have the kit's colours")
    objects, kinds = (labels_of(png) for png in pictures)
    require(VOID not in objects and all((a == 0) == (b == 0) for a, b in zip(objects, kinds)), "object and class cover the same pixels")
    found = {}
    for number in sorted(set(objects) - {0}):
        require(number <= len(names), "the k-th object of the XML has the number k")
        require({kind for kind, label in zip(kinds, objects) if label == number} == {classes[names[number - 1]]}, "pixels have the class of their object")
        found[number] = digest(bytearray(label == number for label in objects), size[1], size[0])
    return found


def check(folder):
    with open(os.path.join(folder, "labelmap.txt"), encoding="utf-8") as file:
        rows = [line.rsplit(":", 3) for line in file.read().split("\n")[1:-1]]
    classes = {name: colour_map().index(tuple(map(int, colour.split(",")))) for name, colour, _, _ in rows}
    require(classes["background"] == 0 and len(set(classes.values())) == len(rows), "each class has a colour of its own")
    main, segmented = lists(folder, "Main"), lists(folder, "Segmentation")
    stems = {os.path.relpath(os.path.join(base, file), os.path.join(folder, "Annotations"))[:-4] for base, _, files in os.walk(os.path.join(folder, "Annotations")) for file in files}
    require(main == stems, "every annotation is in a list")
    found = []
    for stem in sorted(stems):
        root = ElementTree.parse(os.path.join(folder, "Annotations", f"{stem}.xml")).getroot()
        require(root.tag == "annotation", "the root is an annotation")
        require(os.path.isfile(os.path.join(folder, "JPEGImages", root.findtext("filename"))), "the picture is where its name says")
        width, height, depth = (int(root.find("size").findtext(name)) for name in ("width", "height", "depth"))
        require(depth == 3, "pictures are of colours")
        objects = root.findall("object")
        names = [thing.findtext("name") for thing in objects]
        require((root.findtext("segmented") == "1") == (stem in segmented), "what is segmented is in the list of segmentations")
        masks = masks_of(folder, stem, (width, height), names, classes) if stem in segmented else {}
        for number, thing in enumerate(objects, 1):
            left, top, right, bottom = (int(thing.find("bndbox").findtext(name)) for name in ("xmin", "ymin", "xmax", "ymax"))
            require(1 <= left <= right <= width and 1 <= top <= bottom <= height, "boxes count pixels from 1 and lie in the picture")
            require({thing.findtext(name) for name in ("truncated", "occluded", "difficult")} <= {"0", "1"} and thing.findtext("pose"), "flags are 0 or 1")
            box = [left - 1, top - 1, right - left + 1, bottom - top + 1]
            if number in masks:
                require(masks[number]["bbox"] == box, "the box is that of the pixels")
                found.append({"class": names[number - 1], **masks[number]})
            else:
                found.append({"class": names[number - 1], "box": box})
    return found


run(check)
