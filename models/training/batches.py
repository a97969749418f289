"""Batches of scenes with their first prompts, made in worker processes; batch number k is the same in every run of a seed."""
import os

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from prompts import first_prompts
from scenes import scene

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


def normalised(frames, sizes):
    """uint8 [B,S,S,3] and (h, w) of the pictures in them → float [B,3,S,S], zero beside the pictures, channels last."""
    x = (frames.float() - torch.tensor(MEAN, device=frames.device)) / torch.tensor(STD, device=frames.device)
    for i, (h, w) in enumerate(sizes):
        x[i, h:], x[i, :, w:] = 0, 0
    return x.permute(0, 3, 1, 2)


def half_size(masks):
    """bool [n,S,S] → float 0/1 [n,S/2,S/2]: inside where half of the four pixels are."""
    x = torch.from_numpy(masks).float().unsqueeze(1)
    return (torch.nn.functional.avg_pool2d(x, 2)[:, 0] >= 0.5).float()


class Batches(Dataset):
    """`plan` is a shared int64 tensor (side, pictures, prompts of each) that the training may change on the way."""

    def __init__(self, photographs, plan, seed, count=10**9):
        self.photographs, self.plan, self.seed, self.count = photographs, plan, seed, count

    def __len__(self):
        return self.count

    def __getitem__(self, number):
        side, pictures, prompts = (int(v) for v in self.plan)
        rng = np.random.default_rng((self.seed, number))
        made = [scene(self.photographs, side, prompts, rng) for _ in range(pictures)]
        masks = half_size(np.concatenate([m for _, m, _, _, _ in made]))
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        points, labels, ambiguous = first_prompts(masks, generator)
        return {
            "frames": torch.from_numpy(np.stack([f for f, _, _, _, _ in made])),
            "sizes": [(h, w) for _, _, h, w, _ in made],
            "maps": torch.from_numpy(np.stack([m for _, _, _, _, m in made])),
            "masks": masks,
            "points": points,
            "labels": labels,
            "ambiguous": ambiguous,
        }


def lower_priority(_worker):
    torch.set_num_threads(1)
    os.nice(5)


def loader(photographs, plan, seed, first, workers):
    batches = Batches(photographs, plan, seed)
    return DataLoader(batches, batch_size=None, sampler=range(first, len(batches)), num_workers=workers, prefetch_factor=4, worker_init_fn=lower_priority)
