"""Training scenes: crops of photographs, and crops with cut-outs of other photographs and textured shapes over them."""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def crop(picture, labels, side, rng, whole=0.4):
    """A random view in the top-left of a square frame, as the program prepares pictures: (uint8 [S,S,3], labels int32 [S,S], h, w)."""
    height, width = labels.shape
    if rng.random() < whole:
        box, cw, ch = (0, 0, width, height), width, height
    else:
        size = rng.uniform(0.4, 1.0) * min(height, width)
        aspect = np.exp(rng.uniform(-0.3, 0.3))
        cw, ch = min(width, size * aspect), min(height, size / aspect)
        x, y = rng.uniform(0, width - cw), rng.uniform(0, height - ch)
        box = (x, y, x + cw, y + ch)
    scale = side / max(cw, ch)
    w, h = max(8, round(cw * scale)), max(8, round(ch * scale))
    view = np.asarray(Image.fromarray(picture).resize((w, h), Image.BILINEAR, box=box))
    seen = np.asarray(Image.fromarray(labels).resize((w, h), Image.NEAREST, box=box))
    if rng.random() < 0.5:
        view, seen = view[:, ::-1], seen[:, ::-1]
    frame, map_ = np.zeros((side, side, 3), np.uint8), np.zeros((side, side), np.int32)
    frame[:h, :w], map_[:h, :w] = view, seen
    return frame, map_, h, w


def colour(frame, rng):
    """Light, contrast, colour, noise and blur of another camera."""
    x = frame.astype(np.float32)
    if rng.random() < 0.8:
        x = (x - 127) * rng.uniform(0.6, 1.4) + 127 + rng.uniform(-35, 35)
        x *= rng.uniform(0.85, 1.15, 3).astype(np.float32)
    if rng.random() < 0.4:
        grey = x.mean(2, keepdims=True)
        x = grey + (x - grey) * rng.uniform(0.0, 1.6)
    if rng.random() < 0.2:
        x += rng.standard_normal(x.shape, dtype=np.float32) * rng.uniform(2, 12)
    x = np.clip(x, 0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        x = np.asarray(Image.fromarray(x).filter(ImageFilter.GaussianBlur(rng.uniform(0.4, 1.3))))
    return x


def random_shape(side, rng):
    """A polygon or a wavy outline, sometimes with a hole: bool [S,S]."""
    cx, cy = rng.uniform(0.1, 0.9, 2) * side
    radius = side * np.exp(rng.uniform(np.log(0.05), np.log(0.35)))
    if rng.random() < 0.5:
        turn = np.sort(rng.random(rng.integers(3, 8))) * 2 * np.pi
        reach = np.ones(len(turn))
    else:
        turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        reach = 1 + sum(rng.uniform(0, 0.5) / k * np.cos(k * turn + rng.uniform(0, 6.3)) for k in range(2, 6))
    x, y = reach * np.cos(turn), reach * np.sin(turn) * rng.uniform(0.4, 1.0)
    angle = rng.uniform(0, 6.3)
    xs, ys = cx + radius * (x * np.cos(angle) - y * np.sin(angle)), cy + radius * (x * np.sin(angle) + y * np.cos(angle))
    mask = Image.new("L", (side, side))
    ImageDraw.Draw(mask).polygon(list(zip(xs.tolist(), ys.tolist())), fill=255)
    if rng.random() < 0.15:
        hole = radius * 0.3
        ImageDraw.Draw(mask).ellipse([cx - hole, cy - hole, cx + hole, cy + hole], fill=0)
    return np.asarray(mask) > 0


def texture(photographs, side, rng):
    """A gradient with noise, or a magnified piece of a photograph: uint8 [S,S,3]."""
    if rng.random() < 0.25:
        ramp = np.linspace(-1, 1, side)
        slope = ramp[None, :, None] * rng.uniform(-40, 40) + ramp[:, None, None] * rng.uniform(-40, 40)
        return np.clip(rng.uniform(0, 255, 3) + slope + rng.standard_normal((side, side, 1)) * rng.uniform(0, 15), 0, 255).astype(np.uint8)
    picture, labels, _ = photographs.draw(rng)
    size = rng.uniform(0.15, 0.6) * min(labels.shape)
    x, y = rng.uniform(0, labels.shape[1] - size), rng.uniform(0, labels.shape[0] - size)
    return np.asarray(Image.fromarray(picture).resize((side, side), Image.BILINEAR, box=(x, y, x + size, y + size)))


def paste(photographs, frame, map_, h, w, rng):
    """One to five shapes and cut-outs over a scene, in place of what was there. Gives the new labels."""
    side, new = len(map_), []
    for _ in range(rng.integers(1, 6)):
        if rng.random() < 0.5:
            mask, over = random_shape(side, rng), texture(photographs, side, rng)
        else:
            over, other, _, _ = crop(*photographs.draw(rng)[:2], side, rng, whole=0.2)
            present = [v for v in np.unique(other) if v > 0]
            if not present:
                continue
            mask = other == rng.choice(present)
        mask = mask.copy()
        mask[h:], mask[:, w:] = False, False
        if mask.sum() < 0.002 * side * side:
            continue
        soft = np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.0))))
        alpha = soft.astype(np.float32)[..., None] / 255
        frame[:] = (frame * (1 - alpha) + over * alpha).astype(np.uint8)
        number = int(map_.max()) + 1
        map_[mask] = number
        new.append(number)
    return new


def joined_with_neighbour(mask, map_, rng):
    """A segment and one that touches it: a larger whole. The mask itself where nothing touches."""
    near = np.zeros_like(mask)
    near[2:], near[:-2] = near[2:] | mask[:-2], near[:-2] | mask[2:]
    near[:, 2:], near[:, :-2] = near[:, 2:] | mask[:, :-2], near[:, :-2] | mask[:, 2:]
    others = [v for v in np.unique(map_[near & ~mask]) if v > 0]
    return mask | (map_ == rng.choice(others)) if others else mask


def scene(photographs, side, masks, rng, pasted=0.4, joined=0.1):
    """(uint8 [S,S,3], bool [masks,S,S], h, w, int32 [S,S]): a picture in the top-left h × w of the frame, segments to be cut
    out, and the labels of all that it shows."""
    while True:
        picture, labels, complete = photographs.draw(rng)
        frame, map_, h, w = crop(picture, labels, side, rng)
        new = paste(photographs, frame, map_, h, w, rng) if rng.random() < pasted else []
        # beside pasted objects the unlabelled rest of a photograph stays a distractor
        wanted = new if new and rng.random() < 0.5 else [v for v in np.unique(map_) if v > 0]
        count = np.bincount(map_.ravel(), minlength=int(map_.max()) + 1) / (side * side)
        wanted = [v for v in wanted if 0.0012 < count[v] < 0.75]
        if not wanted:
            continue
        chosen = rng.choice(wanted, masks, replace=len(wanted) < masks)
        found = []
        for value in chosen:
            mask = map_ == value
            if complete and not new and rng.random() < joined:
                larger = joined_with_neighbour(mask, map_, rng)
                mask = larger if larger.mean() < 0.7 else mask
            found.append(mask)
        frame = colour(frame, rng).copy()
        frame[h:], frame[:, w:] = 0, 0
        return frame, np.stack(found), h, w, map_
