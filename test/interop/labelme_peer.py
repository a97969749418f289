"""labelme: its own files, written and read by its own class, and drawn as it draws them."""

import numpy
from common import answer, encode
from stand_ins import stand_in_for

stand_in_for("onnxruntime", "osam", "PyQt5")

from labelme import LabelFile  # noqa: E402
from labelme.utils import shape_to_mask  # noqa: E402


def write(files):
    for file, image, (height, width), shapes in files:
        entries = [{"label": label, "points": points, "shape_type": kind, "flags": {}, "description": "", "group_id": None, "mask": None} for label, kind, points in shapes]
        LabelFile().save(filename=file, shapes=entries, image_path=image, image_height=height, image_width=width, image_data=None, other_data={}, flags={})


def read(files):
    """Masks of polygons and of shapes that are masks; the size is the image's."""
    found = []
    for file, image, size in files:
        objects = []
        for shape in LabelFile(file).shapes:
            if shape["shape_type"] == "mask":
                (left, top), (right, bottom) = numpy.asarray(shape["points"]).astype(int)
                mask = numpy.zeros(size, dtype=bool)
                mask[top : bottom + 1, left : right + 1] = shape["mask"]
            else:
                mask = shape_to_mask(size, shape["points"], shape["shape_type"])
            objects.append({"class": shape["label"], "counts": encode(mask)})
        found.append({"image": image, "size": size, "objects": objects})
    return found


answer({"write": write, "read": read})
