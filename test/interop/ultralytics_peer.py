"""Ultralytics' check of a label file, and the masks that it trains on. Its torch is not needed for that."""

from common import answer, encode
from stand_ins import stand_in_for

stand_in_for("torch", "torchvision")

from ultralytics.data.utils import check_det_dataset, polygon2mask, verify_image_label  # noqa: E402


def check(data, labels):
    names = check_det_dataset(data, autodownload=False)["names"]
    found = []
    for image, label in labels:
        _, rows, shape, segments, _, missing, present, empty, corrupt, message = verify_image_label((image, label, "", False, len(names), 0, 0, False))
        objects = []
        if rows is not None:
            for row, segment in zip(rows, segments or [None] * len(rows)):
                counts = None if segment is None else encode(polygon2mask(tuple(shape), [(segment * [shape[1], shape[0]]).reshape(-1)]))
                objects.append({"class": names[int(row[0])], "counts": counts})
        found.append({"image": image, "size": list(shape or [1, 1]), "objects": objects, "corrupt": corrupt, "message": message})
    return found


answer({"check": check})
