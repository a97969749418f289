"""What the runners share: a request as JSON on stdin, its answer as JSON on stdout, masks as COCO's compressed run lengths."""

import json
import sys

import numpy
from pycocotools import mask as mask_utils


# What programs print, also while they are imported, is no answer.
_out, sys.stdout = sys.stdout, sys.stderr


def answer(commands):
    """Runs commands[request["do"]] with the other fields of the request; "together" runs several, as starting takes longest."""

    def run(request):
        name = request.pop("do")
        return [run(one) for one in request["requests"]] if name == "together" else commands[name](**request)

    json.dump(run(json.load(sys.stdin)), _out, default=plain)


def encode(mask):
    """A mask of height x width, anything but 0 inside."""
    return mask_utils.encode(numpy.asfortranarray(numpy.asarray(mask) != 0, dtype=numpy.uint8))["counts"].decode("ascii")


def plain(value):
    """numpy's numbers as JSON has them."""
    return value.item() if isinstance(value, numpy.generic) else str(value)
