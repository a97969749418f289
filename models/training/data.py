"""All photographs on the device; crops, flips, colour, pasted cut-outs and prompts made there in whole batches."""
import io, zipfile
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

MEAN = torch.tensor([123.675, 116.28, 103.53]).view(1, 3, 1, 1)
STD = torch.tensor([58.395, 57.12, 57.375]).view(1, 3, 1, 1)
LABELS = 256


class Photographs:
    """pictures uint8 [N,3,512,512] in the top-left corner, labels uint8 [M,512,512]; `owner` tells whose a label map is."""

    def __init__(self, file, device, part="train", every=20):
        pictures, labels, sizes, self.maps_of, self.names = [], [], [], [], []
        with zipfile.ZipFile(file) as z:
            names = sorted(n[:-4] for n in z.namelist() if n.endswith(".jpg"))
            held = {n for i, n in enumerate([n for n in names if n.startswith("bsds500")]) if i % every == 0}
            for name in names:
                if (name in held) != (part == "validation"):
                    continue
                picture = np.asarray(Image.open(io.BytesIO(z.read(name + ".jpg"))))
                h, w = picture.shape[:2]
                frame = np.zeros((512, 512, 3), np.uint8)
                frame[:h, :w] = picture
                own = []
                for i in range(16):
                    try:
                        data = z.read(f"{name}.{i}.png")
                    except KeyError:
                        break
                    m = np.zeros((512, 512), np.uint8)
                    m[:h, :w] = np.asarray(Image.open(io.BytesIO(data)))
                    own.append(len(labels))
                    labels.append(m)
                self.names.append(name)
                pictures.append(frame.transpose(2, 0, 1))
                sizes.append((h, w))
                self.maps_of.append(own)
        self.device = device
        self.pictures = torch.from_numpy(np.stack(pictures)).to(device)
        self.labels = torch.from_numpy(np.stack(labels)).to(device)
        self.sizes = torch.tensor(sizes, dtype=torch.float32, device=device)
        most = max(len(m) for m in self.maps_of)
        self.map_table = torch.tensor([[m[i % len(m)] for i in range(most)] for m in self.maps_of], device=device)
        # object-like sets (BSDS500, COCO) are drawn more often than the driving frames
        weight = [0.35 if n.startswith("camvid") else 2.0 if n.startswith("coco") else 1.5 for n in self.names]
        self.weight = torch.tensor(weight, device=device)

    def crops(self, count, side):
        """Random views: float pictures [B,3,S,S] in 0–255, labels int64 [B,S,S] (0 = unlabelled or padding), valid bool [B,S,S]."""
        d = self.device
        index = torch.multinomial(self.weight, count, replacement=True)
        maps = self.map_table[index, torch.randint(self.map_table.shape[1], (count,), device=d)]
        h, w = self.sizes[index].unbind(1)
        whole = torch.rand(count, device=d) < 0.4
        zoom = torch.where(whole, torch.ones_like(h), torch.empty(count, device=d).uniform_(0.35, 1.0))
        aspect = torch.where(whole, torch.zeros_like(h), torch.empty(count, device=d).uniform_(-0.3, 0.3)).exp()
        cw = torch.where(whole, w, torch.minimum(w, zoom * torch.minimum(w, h) * aspect))
        ch = torch.where(whole, h, torch.minimum(h, zoom * torch.minimum(w, h) / aspect))
        x0, y0 = torch.rand(count, device=d) * (w - cw), torch.rand(count, device=d) * (h - ch)
        scale = side / torch.maximum(cw, ch)
        ow, oh = (cw * scale).round(), (ch * scale).round()
        flip = torch.rand(count, device=d) < 0.5
        rotate = torch.where(torch.rand(count, device=d) < 0.3, torch.empty(count, device=d).uniform_(-0.25, 0.25), torch.zeros_like(h))
        ys, xs = torch.meshgrid(torch.arange(side, device=d) + 0.5, torch.arange(side, device=d) + 0.5, indexing="ij")
        u, v = xs / ow.view(-1, 1, 1), ys / oh.view(-1, 1, 1)
        valid = (u < 1) & (v < 1)
        u = torch.where(flip.view(-1, 1, 1), 1 - u, u)
        cx, cy = (u - 0.5) * cw.view(-1, 1, 1), (v - 0.5) * ch.view(-1, 1, 1)
        cos, sin = rotate.cos().view(-1, 1, 1), rotate.sin().view(-1, 1, 1)
        px = cx * cos - cy * sin + (x0 + cw / 2).view(-1, 1, 1)
        py = cx * sin + cy * cos + (y0 + ch / 2).view(-1, 1, 1)
        inside = (px >= 0) & (py >= 0) & (px < w.view(-1, 1, 1)) & (py < h.view(-1, 1, 1))
        grid = torch.stack([px / 256 - 1, py / 256 - 1], -1)
        source = self.pictures[index].float()
        small = (scale < 0.75).view(-1, 1, 1, 1)
        source = torch.where(small, F.avg_pool2d(source, 3, 1, 1), source)
        picture = F.grid_sample(source, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
        labels = F.grid_sample(self.labels[maps].float().unsqueeze(1), grid, mode="nearest", align_corners=False)[:, 0].long()
        return picture, torch.where(valid & inside, labels, torch.zeros_like(labels)), valid


def areas(labels):
    """Pixels of each label: [B, LABELS]; label 0 counts none."""
    b = labels.shape[0]
    count = torch.zeros(b, LABELS, device=labels.device)
    flat = labels.flatten(1)
    count.scatter_add_(1, flat, torch.ones_like(flat, dtype=torch.float32))
    count[:, 0] = 0
    return count


def choose_labels(labels, count):
    """`count` labels of each map, larger ones a little likelier: [B,K]. A map without any gives label 0."""
    a = areas(labels) / labels[0].numel()
    weight = torch.where((a > 0.0008) & (a < 0.85), (a + 1e-4) ** 0.2, torch.zeros_like(a))
    weight[:, 0] = torch.where(weight.sum(1) == 0, torch.ones_like(weight[:, 0]), weight[:, 0])
    return torch.multinomial(weight, count, replacement=True)


def paste(pictures, labels, valid, share=0.5):
    """Cut-outs of the batch's other pictures over a share of the pictures: hard-edged objects with context that lies."""
    b = pictures.shape[0]
    order = torch.roll(torch.arange(b, device=pictures.device), 1)
    for _ in range(2):
        donor = choose_labels(labels[order], 1)
        a = areas(labels[order]).gather(1, donor)[:, 0] / labels[0].numel()
        use = (torch.rand(b, device=pictures.device) < share) & (donor[:, 0] > 0) & (a < 0.3)
        cut = (labels[order] == donor.view(-1, 1, 1)) & valid & use.view(-1, 1, 1)
        soft = F.avg_pool2d(cut.float().unsqueeze(1), 3, 1, 1)
        pictures = pictures * (1 - soft) + pictures[order] * soft
        # the highest number is free in nearly every map: at most 255 segments, most have 20
        labels = torch.where(cut, torch.full_like(labels, LABELS - 1 - _), labels)
        order = torch.roll(order, 1)
    return pictures, labels


def colour(pictures):
    b, d = pictures.shape[0], pictures.device
    r = lambda lo, hi, c=1: torch.empty(b, c, 1, 1, device=d).uniform_(lo, hi)
    on = lambda p: torch.rand(b, 1, 1, 1, device=d) < p
    x = pictures
    x = torch.where(on(0.8), (x - 127) * r(0.6, 1.4) + 127 + r(-35, 35), x)
    x = torch.where(on(0.5), x * r(0.8, 1.2, 3), x)
    grey = x.mean(1, keepdim=True)
    x = torch.where(on(0.5), grey + (x - grey) * r(0.0, 1.6), x)
    x = torch.where(on(0.2), F.avg_pool2d(x, 3, 1, 1), x)
    x = torch.where(on(0.25), x + torch.randn_like(x) * r(2, 14), x)
    x = torch.where(on(0.2), 255 * (x.clamp(0, 255) / 255) ** r(0.6, 1.6), x)
    return x.clamp(0, 255)


def normalise(pictures, valid):
    return (pictures - MEAN.to(pictures.device)) / STD.to(pictures.device) * valid.unsqueeze(1)


def depth(mask, most=48):
    """Roughly the distance to the mask's edge (the outside of the frame counts as outside), in pixels of the map."""
    x = F.pad(mask.float().unsqueeze(1), (1, 1, 1, 1))
    total = x.clone()
    for i in range(most):
        x = -F.max_pool2d(-x, 3, 1, 1) if i % 2 else torch.minimum(-F.max_pool2d(-x, (3, 1), 1, (1, 0)), -F.max_pool2d(-x, (1, 3), 1, (0, 1)))
        x[:, :, 0], x[:, :, -1], x[:, :, :, 0], x[:, :, :, -1] = 0, 0, 0, 0
        total += x
    return total[:, 0, 1:-1, 1:-1]


def points_in(mask, deepest):
    """A point in each mask [n,h,w], normalised to [0,1]: near the deepest where `deepest`, else anywhere. [n,2], and whether there was one."""
    n, h, w = mask.shape
    d = depth(mask) + torch.rand(mask.shape, device=mask.device) * 0.5
    best = (d * mask).flatten(1)
    top = best.amax(1, keepdim=True)
    slack = torch.where(deepest.view(-1, 1), torch.empty(n, 1, device=mask.device).uniform_(0.6, 1.0), torch.zeros(n, 1, device=mask.device))
    allowed = (mask.flatten(1) > 0) & (best >= top * slack)
    score = torch.rand(allowed.shape, device=mask.device) * allowed
    i = score.argmax(1)
    return torch.stack([(i % w + 0.5) / w, (i.div(w, rounding_mode="floor") + 0.5) / h], -1), allowed.any(1)


def boxes_of(mask, jitter):
    """Boxes of masks [n,h,w], each side moved by up to `jitter` of the box: corners [n,2,2] in [0,1]."""
    n, h, w = mask.shape
    m = mask > 0
    col, row = m.any(1), m.any(2)
    x0, x1 = col.float().argmax(1), w - col.flip(1).float().argmax(1)
    y0, y1 = row.float().argmax(1), h - row.flip(1).float().argmax(1)
    b = torch.stack([x0 / w, y0 / h, x1 / w, y1 / h], -1).float()
    size = torch.stack([b[:, 2] - b[:, 0], b[:, 3] - b[:, 1]] * 2, -1)
    b = (b + (torch.randn_like(b) * jitter * 0.5).clamp(-jitter, jitter) * size).clamp(0, 1)
    return b.view(n, 2, 2)
