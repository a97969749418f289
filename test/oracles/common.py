"""What the oracles share: PNG files, run lengths and masks, from their specifications and with Python's own modules only.

An oracle is given a folder of data sets, each in a folder of its own, and prints what a reader that keeps to the rules of the
format finds in them. It fails where a rule is broken. Nothing here is shared with the program.
"""

import hashlib
import json
import os
import struct
import sys
import zlib


class Broken(Exception):
    """A rule of the format that does not hold."""


def require(condition, rule):
    if not condition:
        raise Broken(rule)


def load_json(path):
    """Strict JSON: no NaN, no key twice."""

    def pairs(items):
        require(len({key for key, _ in items}) == len(items), "a key is there twice")
        return dict(items)

    def constant(name):
        raise Broken(f"{name} is no JSON")

    with open(path, encoding="utf-8") as file:
        return json.load(file, object_pairs_hook=pairs, parse_constant=constant)


def digest(mask, height, width):
    """Of a mask of 0 and 1, a byte a pixel, row after row: its pixels, area and tight box (x, y, width, height)."""
    require(len(mask) == height * width, "a mask has as many pixels as its picture")
    columns = [bytes(mask[x::width]) for x in range(width)]
    xs = [x for x, column in enumerate(columns) if 1 in column]
    ys = [y for y in range(height) if 1 in mask[y * width : (y + 1) * width]]
    box = [xs[0], ys[0], xs[-1] - xs[0] + 1, ys[-1] - ys[0] + 1] if xs else [0, 0, 0, 0]
    return {"mask": hashlib.sha256(b"".join(columns)).hexdigest(), "area": sum(mask), "bbox": box}


def fill(counts, length):
    """Run lengths, the first of zeros, as a byte each."""
    require(sum(counts) == length, "run lengths fill the mask")
    return bytearray(b"".join(bytes([i % 2]) * count for i, count in enumerate(counts)))


def decompress(text):
    """COCO's compressed run lengths (cocodataset/cocoapi, maskApi.c: rleFrString)."""
    counts, at = [], 0
    while at < len(text):
        value = shift = 0
        while True:
            code = ord(text[at]) - 48
            at += 1
            value |= (code & 31) << shift
            shift += 5
            if not code & 32:
                break
        if code & 16:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
    return counts


def column_runs(counts, height, width):
    """COCO's run lengths, which go down the columns, as rows."""
    columns = fill(counts, height * width)
    return bytearray(b"".join(bytes(columns[y::height]) for y in range(height)))


def read_png(path):
    """Width, height, kind and rows of samples; filters of all kinds, no interlacing (W3C PNG)."""
    with open(path, "rb") as file:
        data = file.read()
    require(data[:8] == b"\x89PNG\r\n\x1a\n", "a PNG has its signature")
    at, chunks = 8, {}
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        require(zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0], "checksums hold")
        chunks[kind] = chunks.get(kind, b"") + body
        at += 12 + length
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    require(interlaced == 0 and depth in (8, 16), "whole bytes, not interlaced")
    step = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] * depth // 8
    raw, rows, before = zlib.decompress(chunks[b"IDAT"]), [], bytearray(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        row = bytearray(raw[start + 1 : start + 1 + width * step])
        unfilter(raw[start], row, before, step)
        rows.append(row)
        before = row
    return {"width": width, "height": height, "depth": depth, "colour": colour, "rows": rows, "palette": chunks.get(b"PLTE", b"")}


def unfilter(kind, row, above, step):
    require(kind <= 4, "a row has a known filter")
    for i in range(len(row)) if kind else ():
        left = row[i - step] if i >= step else 0
        corner = above[i - step] if i >= step else 0
        guess = left + above[i] - corner
        nearest = min((abs(guess - left), 0, left), (abs(guess - above[i]), 1, above[i]), (abs(guess - corner), 2, corner))[2]
        row[i] = (row[i] + (left, above[i], (left + above[i]) // 2, nearest)[kind - 1]) % 256


def labels_of(png):
    """Each pixel's number, row after row: 8 or 16 bits grey, an index, or red + 256 green + 65,536 blue."""
    rows = png["rows"]
    if png["colour"] == 2:
        return [row[i] + (row[i + 1] << 8) + (row[i + 2] << 16) for row in rows for i in range(0, len(row), 3)]
    if png["depth"] == 16:
        return [value for row in rows for (value,) in struct.iter_unpack(">H", row)]
    return [value for row in rows for value in row]


def run(check):
    """Checks each folder in the folder that is given and prints what was found in each."""
    root, found = sys.argv[1], {}
    for name in sorted(os.listdir(root)):
        try:
            found[name] = check(os.path.join(root, name))
        except (Broken, KeyError, TypeError, ValueError, AssertionError, OSError, SyntaxError) as error:
            sys.exit(f"{name}: {type(error).__name__}: {error}")
    json.dump(found, sys.stdout)
