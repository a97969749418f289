"""Ultralytics' rules for labels (ultralytics/data/utils.py: verify_image_label, img2label_paths, check_det_dataset; docs.ultralytics.com/datasets).

Two of them are left to the caller: pictures of fewer than 10 pixels a side, and copies, which are counted.
"""

import json
import os
import re
import struct

from common import digest, require, run

PICTURES = {"avif", "bmp", "dng", "heic", "jp2", "jpeg", "jpeg2000", "jpg", "mpo", "png", "tif", "tiff", "webp"}
TOLERANCE = 0.01


def single(value):
    """In the precision that Ultralytics reads numbers in."""
    return struct.unpack("f", struct.pack("f", value))[0]


def description(path):
    """The few forms of YAML that are written: texts in quotes, lists of numbers, one mapping by index."""
    data, key = {}, None
    with open(path, encoding="utf-8") as file:
        for line in file.read().split("\n")[:-1]:
            inner, (name, value) = line.startswith("  "), re.fullmatch(r' *("(?:[^"\\]|\\.)*"|[^:"]+):(?: (.*))?', line).groups()
            name = json.loads(name) if name.startswith('"') else name
            if inner:
                data[key][int(name)] = json.loads(value)
            else:
                key = name
                require(key not in data, "a key is there once")
                data[key] = {} if value is None else json.loads(value)
    return data


def filled(ring, width, height):
    """COCO's rule (cocoapi, maskApi.c, rleFrPoly), step by step, with corners to a ten-thousandth of a pixel. Row-major."""
    pixels = [round(value * (width, height)[i % 2] * 1e4) / 1e4 for i, value in enumerate(ring)]
    fine = [int(5 * pixel + 0.5) for pixel in pixels]
    corners = list(zip(fine[::2], fine[1::2]))
    changes = [[] for _ in range(width)]
    for start, end in zip(corners, corners[1:] + corners[:1]):
        steps = walk(start, end)
        for (u0, v0), (u1, v1) in zip(steps, steps[1:]):
            column, rest = divmod((u1 if u1 < u0 else u1 - 1) - 2, 5)
            if u0 != u1 and rest == 0 and 0 <= column < width:
                changes[column].append(min(max(-(-(min(v0, v1) - 2) // 5), 0), height))
    mask = bytearray(width * height)
    for x, rows in enumerate(changes):
        rows = sorted(rows)
        for top, bottom in zip(rows[::2], rows[1::2] + [height]):
            for y in range(top, bottom):
                mask[y * width + x] = 1
    return mask


def walk(start, end):
    """The points of a side, a step along its longer axis each, from its lower end."""
    dx, dy = abs(end[0] - start[0]), abs(end[1] - start[1])
    flip = start[0] > end[0] if dx >= dy else start[1] > end[1]
    (x0, y0), (x1, y1) = (end, start) if flip else (start, end)
    if dx >= dy:
        steps = [(x0 + t, int(y0 + (y1 - y0) / max(dx, 1) * t + 0.5)) for t in range(dx + 1)]
    else:
        steps = [(int(x0 + (x1 - x0) / dy * t + 0.5), y0 + t) for t in range(dy + 1)]
    return steps[::-1] if flip else steps


def check(folder):
    data = description(os.path.join(folder, "data.yaml"))
    require({"train", "val", "names"} <= data.keys(), "there are train, val and names")
    require(sorted(data["names"]) == list(range(len(data["names"]))), "names are numbered from 0")
    numbers = data["kpt_shape"][0] * data["kpt_shape"][1] if "kpt_shape" in data else None
    require(numbers is None or data["kpt_shape"][1] in (2, 3), "a keypoint has two or three numbers")
    parts = {os.path.join(folder, place) for key, place in data.items() if isinstance(place, str)}
    require(all(os.path.isdir(part) for part in parts), "parts are where data.yaml says")
    pictures = [os.path.join(base, file) for part in sorted(parts) for base, _, files in os.walk(part) for file in files]
    require(len(pictures) == sum(len(files) for _, _, files in os.walk(os.path.join(folder, "images"))), "every picture is in a part")
    labels = set()
    found = []
    for picture in sorted(pictures):
        require(picture.rpartition(".")[2].lower() in PICTURES, "Ultralytics looks for pictures by these names")
        before, _, after = picture.rpartition(f"{os.sep}images{os.sep}")
        path = f"{before}{os.sep}labels{os.sep}{after}".rpartition(".")[0] + ".txt"
        require(path not in labels, "a label file belongs to one picture")
        labels.add(path)
        found += list(rows(path, size(picture), data["names"], numbers))
    require(len(labels) == sum(len(files) for _, _, files in os.walk(os.path.join(folder, "labels"))), "every label file belongs to a picture")
    return found


def size(picture):
    with open(picture, "rb") as file:
        return struct.unpack(">II", file.read(24)[16:])


def rows(path, picture, names, numbers):
    with open(path, encoding="utf-8") as file:
        lines = [line.split() for line in file.read().strip().splitlines() if line]
    segments = numbers is None and any(len(line) > 6 for line in lines)
    seen = set()
    for line in lines:
        require(line[0].isdigit() and int(line[0]) in names, "a row begins with the index of a class")
        values = [float(value) for value in line[1:]]
        if segments:
            require(len(values) >= 6 and len(values) % 2 == 0, "an outline has three corners or more, and where one row has one, all have")
        else:
            require(len(values) == 4 + (numbers or 0), "rows have as many numbers as their kind")
        require(all(0 <= value <= 1 for value in values[: len(values) if segments else 4]) and min(values) >= -TOLERANCE, "coordinates are fractions")
        width, height = picture
        flat = [single(value) for value in values]
        box = [min(flat[::2]), min(flat[1::2]), max(flat[::2]), max(flat[1::2])] if segments else flat
        copy = (line[0], *box) in seen
        seen.add((line[0], *box))
        entry = {"class": names[int(line[0])], "copy": copy}
        if segments:
            yield {**entry, **digest(filled(values, width, height), height, width)}
        else:
            x, y, across, down = values[:4]
            yield {**entry, "box": [(x - across / 2) * width, (y - down / 2) * height, across * width, down * height], "keypoints": values[4:]}


run(check)
