"""MobileSAM's image encoder, TinyViT (Wu et al. 2022, arXiv 2207.10666; Zhang et al. 2023, arXiv 2306.14289), with the
names of the official checkpoint's tensors, the unused classifier included."""
import torch
import torch.nn.functional as F
from torch import nn

from sam_decoder import neck


def convolution(inputs, out, kernel=1, stride=1, groups=1):
    layers = nn.Sequential()
    layers.add_module('c', nn.Conv2d(inputs, out, kernel, stride, kernel // 2, groups=groups, bias=False))
    layers.add_module('bn', nn.BatchNorm2d(out))
    return layers


class Stem(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.seq = nn.Sequential(convolution(3, width // 2, 3, 2), nn.GELU(), convolution(width // 2, width, 3, 2))


class MobileBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = convolution(width, 4 * width)
        self.conv2 = convolution(4 * width, 4 * width, 3, groups=4 * width)
        self.conv3 = convolution(4 * width, width)

    def forward(self, x):
        return F.gelu(x + self.conv3(F.gelu(self.conv2(F.gelu(self.conv1(x))))))


class Merging(nn.Module):
    def __init__(self, width, out, stride):
        super().__init__()
        self.conv1 = convolution(width, out)
        self.conv2 = convolution(out, out, 3, stride, groups=out)
        self.conv3 = convolution(out, out)

    def forward(self, x):
        return self.conv3(F.gelu(self.conv2(F.gelu(self.conv1(x)))))


class Attention(nn.Module):
    def __init__(self, width, heads, window):
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.attention_biases = nn.Parameter(torch.zeros(heads, window * window))
        y, x = torch.arange(window * window) // window, torch.arange(window * window) % window
        self.distances = (y[:, None] - y).abs() * window + (x[:, None] - x).abs()

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = self.qkv(self.norm(x)).view(batch, length, self.heads, 3, -1).permute(3, 0, 2, 1, 4)
        scores = q @ k.transpose(-1, -2) * (width // self.heads) ** -0.5 + self.attention_biases[:, self.distances]
        return self.proj((scores.softmax(dim=-1) @ v).transpose(1, 2).reshape(x.shape))


class Perceptron(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.fc1, self.fc2 = nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(self.norm(x))))


class AttentionBlock(nn.Module):
    def __init__(self, width, heads, window):
        super().__init__()
        self.window = window
        self.attn = Attention(width, heads, window)
        self.mlp = Perceptron(width)
        self.local_conv = convolution(width, width, 3, groups=width)

    def forward(self, x):
        _, width, side, _ = x.shape
        missing = -side % self.window
        across = (side + missing) // self.window
        padded = F.pad(x.permute(0, 2, 3, 1), (0, 0, 0, missing, 0, missing))
        windows = padded.view(across, self.window, across, self.window, width).transpose(1, 2).reshape(-1, self.window ** 2, width)
        attended = self.attn(windows).view(across, across, self.window, self.window, width).transpose(1, 2).reshape(padded.shape)
        x = self.local_conv(x + attended[:, :side, :side].permute(0, 3, 1, 2))
        return x + self.mlp(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class Stage(nn.Module):
    def __init__(self, blocks, downsample):
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        if downsample is not None:
            self.downsample = downsample


class TinyVit(nn.Module):
    def __init__(self, widths=(64, 128, 160, 320), depths=(2, 2, 6, 2), heads=(2, 4, 5, 10), windows=(7, 7, 14, 7)):
        super().__init__()
        self.patch_embed = Stem(widths[0])
        merging = [Merging(a, b, 1 if i == 2 else 2) for i, (a, b) in enumerate(zip(widths, widths[1:]))] + [None]
        blocks = [[MobileBlock(widths[0]) for _ in range(depths[0])]]
        blocks += [[AttentionBlock(widths[i], heads[i], windows[i]) for _ in range(depths[i])] for i in range(1, 4)]
        self.layers = nn.ModuleList([Stage(*parts) for parts in zip(blocks, merging)])
        self.norm_head = nn.LayerNorm(widths[-1])
        self.head = nn.Linear(widths[-1], 1000)
        self.neck = neck(widths[-1])

    def forward(self, x):
        """Keeps what HQ-SAM needs beside the embedding, after the second stage, in `early`."""
        x = self.patch_embed.seq(x)
        for i, stage in enumerate(self.layers):
            for block in stage.blocks:
                x = block(x)
            x = stage.downsample(x) if hasattr(stage, 'downsample') else x
            if i == 1:
                self.early = x
        return self.neck(x)
