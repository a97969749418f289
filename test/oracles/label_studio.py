"""Label Studio's JSON, by https://labelstud.io/guide/task_format; brushes by the format of @thi.ng/rle-pack."""

import os

from common import digest, load_json, require, run


class Bits:
    """A stream of bits, high bits first."""

    def __init__(self, data):
        self.bits = "".join(f"{byte:08b}" for byte in data)
        self.at = 0

    def take(self, width):
        require(self.at + width <= len(self.bits), "the stream is whole")
        self.at += width
        return int(self.bits[self.at - width : self.at], 2)


def unpack(data):
    """The words that were packed: how many, their width, four widths of run lengths, then runs of one word or of several."""
    bits = Bits(data)
    count, width = bits.take(32), bits.take(5) + 1
    sizes = [bits.take(4) + 1 for _ in range(4)]
    words = bytearray()
    while len(words) < count:
        repeated, length = bits.take(1), bits.take(sizes[bits.take(2)]) + 1
        words += bytes([bits.take(width)]) * length if repeated else bytes(bits.take(width) for _ in range(length))
    require(len(words) == count, "runs fill the picture")
    return words


def check(folder):
    tasks = load_json(os.path.join(folder, "label-studio.json"))
    require(isinstance(tasks, list) and len({task["id"] for task in tasks}) == len(tasks), "a list of tasks with ids of their own")
    return [entry for task in tasks for annotation in task["annotations"] for entry in regions(task, annotation["result"])]


def regions(task, result):
    require(isinstance(task["data"]["image"], str), "a task names its picture")
    shaped = [row for row in result if row["type"] not in ("number", "textarea", "choices")]
    require(len({row["id"] for row in shaped}) == len(shaped) and {row["id"] for row in result} == {row["id"] for row in shaped}, "answers belong to regions, whose ids are unique")
    for row in shaped:
        width, height, value = row["original_width"], row["original_height"], row["value"]
        require(row["to_name"] and row["from_name"] and row["image_rotation"] == 0, "a region says of what it is")
        kind = row["type"].removesuffix("labels")
        labels = value.get(row["type"], [None])
        require(len(labels) == 1 and (row["type"] == kind) == (labels == [None]), "a labelled region has its label")
        entry = {"class": labels[0]}
        if kind == "brush":
            require(value["format"] == "rle", "a brush is run lengths")
            words = unpack(value["rle"])
            require(len(words) == width * height * 4, "a brush is a picture of RGBA")
            yield {**entry, **digest(bytearray(opacity > 0 for opacity in words[3::4]), height, width)}
        elif kind == "rectangle":
            require(value["rotation"] == 0, "nothing was turned")
            yield {**entry, "box": [value["x"] * width / 100, value["y"] * height / 100, value["width"] * width / 100, value["height"] * height / 100]}
        else:
            require(kind == "polygon" and value["closed"] is True and len(value["points"]) >= 3, "a polygon is closed and has three points or more")
            yield {**entry, "ring": [part for x, y in value["points"] for part in (x * width / 100, y * height / 100)]}


run(check)
