"""What the encoder learns beside masks of prompts, from all segments of a picture at once: which cells of a picture belong
together, and where segments end. Not part of the model; its weight fades while the training goes on."""
import torch
import torch.nn as nn
import torch.nn.functional as F

from model import FINE, WIDTH

CELLS = 192


def edges_of(maps):
    """Label maps int [n,S,S] → (float [n,S/4,S/4], 1 where a cell of 4 × 4 holds a border; bool, where that is known:
    cells that are not wholly unlabelled)."""
    x = maps.unsqueeze(1)
    change = torch.zeros_like(x, dtype=torch.float32)
    change[..., :-1] = (x[..., 1:] != x[..., :-1]).float()
    change[..., :-1, :] = torch.maximum(change[..., :-1, :], (x[..., 1:, :] != x[..., :-1, :]).float())
    return F.max_pool2d(change, 4)[:, 0], F.max_pool2d((x > 0).float(), 4)[:, 0] > 0


class Auxiliary(nn.Module):
    def __init__(self):
        super().__init__()
        self.kin = nn.Conv2d(WIDTH, 32, 1)
        self.line = nn.Parameter(torch.tensor([4.0, -2.0]))
        self.edge = nn.Sequential(nn.Conv2d(FINE, 16, 3, 1, 1), nn.ReLU(), nn.Conv2d(16, 1, 1))

    def together(self, embedding, maps):
        """Of pairs of random cells: cross entropy of “one segment”, both answers weighing the same. Two unlabelled cells say nothing."""
        n, _, h, w = embedding.shape
        vectors = F.normalize(self.kin(embedding[:, :WIDTH]).float(), dim=1).flatten(2).transpose(1, 2)
        labels = maps[:, 4::8, 4::8].flatten(1)
        chosen = torch.randint(0, h * w, (n, CELLS), device=maps.device)
        vectors = vectors.gather(1, chosen.unsqueeze(-1).expand(-1, -1, vectors.shape[-1]))
        labels = labels.gather(1, chosen)
        alike = labels.unsqueeze(1) == labels.unsqueeze(2)
        known = (labels.unsqueeze(1) > 0) | (labels.unsqueeze(2) > 0)
        entropy = F.binary_cross_entropy_with_logits((vectors @ vectors.transpose(1, 2)) * self.line[0] + self.line[1], alike.float(), reduction="none")
        return sum((entropy * part).sum() / part.sum().clamp(min=1) for part in (alike & known, ~alike & known)) / 2

    def borders(self, embedding, maps):
        """Cross entropy of “a segment ends here” at stride 4, cells with a border weighing three times as much."""
        truth, known = edges_of(maps)
        logits = self.edge(F.pixel_shuffle(embedding[:, WIDTH:], 2))[:, 0].float()
        entropy = F.binary_cross_entropy_with_logits(logits, truth, reduction="none") * (1 + 2 * truth) * known
        return entropy.sum() / known.sum().clamp(min=1)

    def forward(self, embedding, maps):
        """embedding [n,256,S/8,S/8], label maps int [n,S,S] (0 unlabelled) → loss."""
        return self.together(embedding, maps) + self.borders(embedding, maps)
