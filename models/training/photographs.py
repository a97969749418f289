"""The packed photographs in memory, divided into a training and a validation part."""
import io
import zipfile

import numpy as np
from PIL import Image

VALIDATION = 40
# how often a photograph is drawn: sets of objects and of careful outlines before driving frames, which resemble each other
WEIGHTS = {"bsds500": 1.5, "coco": 2.0, "camvid": 0.3}


def validation_names(names):
    """At most 40 photographs of bsds500/val, evenly over the sorted names; never trained on. At least one stays to train on."""
    of_val = sorted(n for n in names if n.startswith("bsds500-val_"))
    count = min(VALIDATION, len(of_val) if len(of_val) < len(names) else len(of_val) - 1)
    return {of_val[i * len(of_val) // count] for i in range(count)}


class Photographs:
    """pictures: uint8 [h,w,3]; maps: of each picture, label maps uint8 [h,w] by different people (0 = unlabelled);
    complete: whether every pixel belongs to a segment; weight: probability of being drawn."""

    def __init__(self, file, part):
        self.names, self.pictures, self.maps, self.complete, weights = [], [], [], [], []
        with zipfile.ZipFile(file) as archive:
            entries = archive.namelist()
            names = sorted(n[:-4] for n in entries if n.endswith(".jpg"))
            own = {}
            for entry in entries:
                if entry.endswith(".png"):
                    own.setdefault(entry[:-4].rsplit(".", 1)[0], []).append(entry)
            held = validation_names(names)
            for name in names:
                if (name in held) != (part == "validation"):
                    continue
                maps = [np.array(Image.open(io.BytesIO(archive.read(m)))) for m in sorted(own[name])]
                self.names.append(name)
                self.pictures.append(np.array(Image.open(io.BytesIO(archive.read(name + ".jpg"))).convert("RGB")))
                self.maps.append(maps)
                self.complete.append(not name.startswith("coco"))
                weights.append(next((w for key, w in WEIGHTS.items() if name.startswith(key)), 1.0))
        self.weight = np.array(weights) / sum(weights) if weights else np.zeros(0)

    def __len__(self):
        return len(self.names)

    def draw(self, rng):
        """(picture, one person's label map, complete) of a random photograph."""
        i = rng.choice(len(self.names), p=self.weight)
        return self.pictures[i], self.maps[i][rng.integers(len(self.maps[i]))], self.complete[i]
