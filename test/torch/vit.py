"""Segment Anything's image encoder: a ViT with windowed attention and decomposed relative positions
(Li et al. 2022, arXiv 2203.16527; Li et al. 2021, arXiv 2112.01526), with the official names of its tensors."""
import torch
import torch.nn.functional as F
from torch import nn

from sam_decoder import Hidden, neck


class Attention(nn.Module):
    def __init__(self, width, heads, window):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * window - 1, width // heads))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * window - 1, width // heads))
        places = torch.arange(window)
        self.offsets = places[:, None] - places[None, :] + window - 1

    def forward(self, x):
        batch, side, _, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, side * side, 3, self.heads, -1).permute(2, 0, 3, 1, 4).flatten(1, 2)
        scores = (q * (width // self.heads) ** -0.5) @ k.transpose(-1, -2)
        by_place = q.unflatten(1, (side, side))
        rows = torch.einsum('bhwc,hkc->bhwk', by_place, self.rel_pos_h[self.offsets])
        columns = torch.einsum('bhwc,wkc->bhwk', by_place, self.rel_pos_w[self.offsets])
        scores = scores.view(-1, side, side, side, side) + rows[..., :, None] + columns[..., None, :]
        attended = scores.view(-1, side * side, side * side).softmax(dim=-1) @ v
        return self.proj(attended.view(batch, self.heads, side, side, -1).permute(0, 2, 3, 1, 4).reshape(x.shape))


class Block(nn.Module):
    def __init__(self, width, heads, hidden, window):
        super().__init__()
        self.window = window
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads, window)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Hidden(width, hidden, F.gelu)

    def forward(self, x):
        _, grid, _, width = x.shape
        missing = -grid % self.window
        across = (grid + missing) // self.window
        padded = F.pad(self.norm1(x), (0, 0, 0, missing, 0, missing))
        windows = padded.view(across, self.window, across, self.window, width).transpose(1, 2).reshape(-1, self.window, self.window, width)
        attended = self.attn(windows).view(across, across, self.window, self.window, width).transpose(1, 2).reshape(padded.shape)
        x = x + attended[:, :grid, :grid]
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self, width, patch):
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch)


class ImageEncoder(nn.Module):
    def __init__(self, width, depth, heads, global_blocks, grid=64, patch=16, window=14):
        super().__init__()
        self.patch_embed = PatchEmbed(width, patch)
        self.pos_embed = nn.Parameter(torch.zeros(1, grid, grid, width))
        self.blocks = nn.ModuleList([Block(width, heads, 4 * width, grid if i in global_blocks else window) for i in range(depth)])
        self.neck = neck(width)

    def forward(self, x):
        """Keeps what HQ-SAM needs beside the embedding, after the first block of global attention, in `early`."""
        x = self.patch_embed.proj(x).permute(0, 2, 3, 1) + self.pos_embed
        self.early = None
        for block in self.blocks:
            x = block(x)
            if block.window == x.shape[1] and self.early is None:
                self.early = x.permute(0, 3, 1, 2)
        return self.neck(x.permute(0, 3, 1, 2))
