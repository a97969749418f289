"""Prompts simulated from the truth and from errors, as Segment Anything is trained (appendix A of its paper)."""
import torch
import torch.nn.functional as F

GRID = 64


def depth(masks):
    """Octagonal distance to the edge of masks [n,h,w] (float 0/1), counted in cells of a 64 × 64 grid; what lies outside
    the frame counts as outside. A cell is inside when all of its pixels are. [n,64,64]."""
    cell = masks.shape[-1] // GRID
    x = -F.max_pool2d(-masks.float().unsqueeze(1), cell)
    x = F.pad(x, (1, 1, 1, 1))
    total = x.clone()
    for i in range(GRID // 2):
        square = -F.max_pool2d(-x, 3, 1, 1)
        x = square if i % 2 else torch.minimum(-F.max_pool2d(-x, (3, 1), 1, (1, 0)), -F.max_pool2d(-x, (1, 3), 1, (0, 1)))
        x[:, :, 0], x[:, :, -1], x[:, :, :, 0], x[:, :, :, -1] = 0, 0, 0, 0
        if not x.any():
            break
        total += x
    return total[:, 0, 1:-1, 1:-1]


def points_in(masks, deep, generator=None):
    """One point in each mask [n,h,w] → (xy [n,2] in [0,1] of the frame, whether the mask had any pixel [n]).

    Where `deep` [n] is set: near the deepest point (within 70 % of its depth); elsewhere any pixel."""
    n, h, w = masks.shape
    inside = masks > 0
    d = depth(masks)
    near = d >= d.flatten(1).amax(1).view(-1, 1, 1) * 0.7
    near = near & (d > 0)
    near = near.repeat_interleave(h // GRID, 1).repeat_interleave(w // GRID, 2) & inside
    use = deep & near.flatten(1).any(1)
    allowed = torch.where(use.view(-1, 1, 1), near, inside).flatten(1)
    score = torch.rand(allowed.shape, generator=generator, device=masks.device) * allowed
    i = score.argmax(1)
    xy = torch.stack([(i % w + 0.5) / w, (torch.div(i, w, rounding_mode="floor") + 0.5) / h], -1)
    return xy, inside.flatten(1).any(1)


def boxes_of(masks, jitter, generator=None):
    """Bounding boxes of masks [n,h,w] as corners [n,2,2] in [0,1]; each side moved by up to `jitter` [n] of the box's size."""
    n, h, w = masks.shape
    inside = masks > 0
    columns, rows = inside.any(1).float(), inside.any(2).float()
    x0, x1 = columns.argmax(1) / w, 1 - columns.flip(1).argmax(1) / w
    y0, y1 = rows.argmax(1) / h, 1 - rows.flip(1).argmax(1) / h
    box = torch.stack([x0, y0, x1, y1], -1)
    size = torch.stack([x1 - x0, y1 - y0, x1 - x0, y1 - y0], -1)
    noise = torch.randn(n, 4, generator=generator, device=masks.device) * 0.5
    return (box + noise.clamp(-1, 1) * jitter.view(-1, 1) * size).clamp(0, 1).view(n, 2, 2)


def first_prompts(masks, generator=None, boxes=0.45, exact=0.5):
    """A click (with the padding point that the program adds) or a box for each mask: points [n,2,2], labels [n,2],
    ambiguous [n] (whether it was a click, so that any of three candidates may be meant)."""
    n = len(masks)
    chance = torch.rand(n, 4, generator=generator, device=masks.device)
    clicked = chance[:, 0] >= boxes
    click, _ = points_in(masks, chance[:, 1] < 0.7, generator)
    box = boxes_of(masks, torch.where(chance[:, 2] < exact, torch.zeros(n, device=masks.device), 0.12 * chance[:, 3]), generator)
    padded = torch.stack([click, torch.zeros_like(click)], 1)
    points = torch.where(clicked.view(-1, 1, 1), padded, box)
    labels = torch.where(clicked.view(-1, 1), torch.tensor([1.0, -1.0], device=masks.device), torch.tensor([2.0, 3.0], device=masks.device))
    return points, labels, clicked


def add_correction(points, labels, logits, masks):
    """One more click in the larger error of the mask shown (`logits` [n,h,w] against `masks` [n,h,w]); in the mask itself
    where there is no error. Points [n,N+1,2], labels [n,N+1]."""
    missed, surplus = (masks > 0) & (logits <= 0), (masks <= 0) & (logits > 0)
    score = [depth(e).flatten(1).amax(1) + e.flatten(1).sum(1) / e[0].numel() for e in (missed, surplus)]
    add = score[0] >= score[1]
    error = torch.where(add.view(-1, 1, 1), missed, surplus)
    none = ~error.flatten(1).any(1)
    error = torch.where(none.view(-1, 1, 1), masks > 0, error)
    click, _ = points_in(error.float(), torch.rand(len(error), device=error.device) < 0.7)
    label = (add | none).float()
    return torch.cat([points, click.unsqueeze(1)], 1), torch.cat([labels, label.unsqueeze(1)], 1)
