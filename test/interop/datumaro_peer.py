"""Datumaro: reads our exports by its importers, and writes what it reads in its own formats."""

from common import answer, encode
from datumaro.components.annotation import AnnotationType
from datumaro.components.dataset import Dataset
from pycocotools import mask as mask_utils


def pixels(annotation, height, width):
    """The mask of one annotation as its own conversions make it; None for what has no pixels."""
    if annotation.type == AnnotationType.mask:
        return encode(annotation.image)
    if annotation.type == AnnotationType.polygon:
        return mask_utils.frPyObjects([annotation.points], height, width)[0]["counts"].decode("ascii")
    return None


def described(dataset):
    labels = dataset.categories()[AnnotationType.label]
    found = []
    for item in dataset:
        height, width = item.media.size
        shapes = []
        for annotation in item.annotations:
            if annotation.type in (AnnotationType.mask, AnnotationType.polygon, AnnotationType.bbox):
                shapes.append({"class": labels[annotation.label].name, "kind": annotation.type.name, "group": annotation.group, "counts": pixels(annotation, height, width), "box": list(annotation.get_bbox())})
        found.append({"image": item.id, "split": item.subset, "size": [height, width], "shapes": shapes})
    return found


def read(datasets):
    return [described(Dataset.import_from(path, format)) for path, format in datasets]


def write(path, format, targets):
    """Converts one dataset; a target is a format and a folder."""
    for target, out in targets:
        Dataset.import_from(path, format).export(out, target, save_media=True)
    return described(Dataset.import_from(path, format))


answer({"read": read, "write": write})
