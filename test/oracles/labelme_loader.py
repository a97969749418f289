"""Opens files with labelme's own loader and draws their shapes as labelme does (its label_file.py and utils/shape.py)."""

import contextlib
import io
import json
import os
import sys

with contextlib.redirect_stdout(io.StringIO()):
    import labelme.label_file
    import labelme.utils


def near(mask):
    """A mask and all pixels that touch it, also at a corner."""
    grown = mask.copy()
    for axis in (0, 1):
        shifted = grown.copy()
        head, tail = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        first, last = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        shifted[head, tail] |= grown[first, last]
        shifted[first, last] |= grown[head, tail]
        grown = shifted
    return grown


def check(path):
    file = labelme.label_file.LabelFile(path)
    image = labelme.utils.img_data_to_arr(file.imageData)
    shapes = []
    for shape in file.shapes:
        entry = {"label": shape["label"], "type": shape["shape_type"], "group": shape["group_id"], "flags": shape["flags"]}
        if shape["shape_type"] != "mask":
            drawn = labelme.utils.shape_to_mask(image.shape[:2], shape["points"], shape["shape_type"])
            entry["rows"] = ["".join("#" if inside else "." for inside in row) for row in drawn]
            entry["near"] = ["".join("#" if inside else "." for inside in row) for row in near(drawn)]
        shapes.append(entry)
    return {"size": list(image.shape[:2]), "flags": file.flags, "shapes": shapes}


root, found = sys.argv[1], {}
for base, _, names in sorted(os.walk(root)):
    for name in sorted(names):
        if name.endswith(".json"):
            path = os.path.join(base, name)
            found[os.path.relpath(path, root)] = check(path)
json.dump(found, sys.stdout)
