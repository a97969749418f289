"""Prompt encoder and mask decoder of Segment Anything, written from the paper (Kirillov et al. 2023, arXiv 2304.02643)
and the names of the official checkpoints' tensors. Plain and slow on purpose: it is what the program is compared with."""
import math

import torch
from torch import nn

WIDTH = 256


class Norm2d(nn.Module):
    """Layer norm over the channels of [B, C, H, W]."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        mean = x.mean(dim=1, keepdim=True)
        variance = ((x - mean) ** 2).mean(dim=1, keepdim=True)
        normed = (x - mean) / torch.sqrt(variance + 1e-6)
        return normed * self.weight[None, :, None, None] + self.bias[None, :, None, None]


def neck(width):
    return nn.Sequential(
        nn.Conv2d(width, WIDTH, 1, bias=False), Norm2d(WIDTH), nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False), Norm2d(WIDTH)
    )


class RandomPositions(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer('positional_encoding_gaussian_matrix', torch.zeros(2, WIDTH // 2))

    def forward(self, unit):
        """[..., 2] in 0–1, x first → [..., WIDTH]."""
        angles = 2 * math.pi * ((2 * unit - 1) @ self.positional_encoding_gaussian_matrix)
        return torch.cat([angles.sin(), angles.cos()], dim=-1)


class PromptEncoder(nn.Module):
    def __init__(self, frame, grid):
        super().__init__()
        self.frame, self.grid = frame, grid
        self.pe_layer = RandomPositions()
        self.point_embeddings = nn.ModuleList([nn.Embedding(1, WIDTH) for _ in range(4)])
        self.not_a_point_embed = nn.Embedding(1, WIDTH)
        self.no_mask_embed = nn.Embedding(1, WIDTH)
        self.mask_downscaling = nn.Sequential(
            nn.Conv2d(1, 4, 2, stride=2), Norm2d(4), nn.GELU(), nn.Conv2d(4, 16, 2, stride=2), Norm2d(16), nn.GELU(), nn.Conv2d(16, WIDTH, 1)
        )

    def image_positions(self):
        centres = (torch.arange(self.grid, dtype=torch.float32) + 0.5) / self.grid
        rows, columns = torch.meshgrid(centres, centres, indexing='ij')
        return self.pe_layer(torch.stack([columns, rows], dim=-1)).permute(2, 0, 1)[None]

    def forward(self, points, labels, mask):
        """[1, N, 2] in pixels of the frame, [1, N] with −1 for padding, [1, 1, 4·grid, 4·grid] or None."""
        tokens = self.pe_layer((points + 0.5) / self.frame)
        learned = torch.zeros_like(tokens)
        for label, embedding in enumerate(self.point_embeddings):
            learned[labels == label] = embedding.weight[0]
        tokens = torch.where((labels == -1)[..., None], self.not_a_point_embed.weight[0].expand_as(tokens), tokens + learned)
        dense = self.no_mask_embed.weight.reshape(1, -1, 1, 1).expand(1, -1, self.grid, self.grid) if mask is None else self.mask_downscaling(mask)
        return tokens, dense


class Attention(nn.Module):
    def __init__(self, inner, heads=8):
        super().__init__()
        self.heads = heads
        self.q_proj = nn.Linear(WIDTH, inner)
        self.k_proj = nn.Linear(WIDTH, inner)
        self.v_proj = nn.Linear(WIDTH, inner)
        self.out_proj = nn.Linear(inner, WIDTH)

    def forward(self, q, k, v):
        q, k, v = (
            project(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for project, x in ((self.q_proj, q), (self.k_proj, k), (self.v_proj, v))
        )
        scores = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(dim=-1)
        return self.out_proj((scores @ v).transpose(1, 2).flatten(2))


class Perceptron(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])])

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)


class Hidden(nn.Module):
    """The perceptron of a transformer's layer, whose parts have other names."""

    def __init__(self, width, hidden, activation):
        super().__init__()
        self.lin1, self.lin2, self.activation = nn.Linear(width, hidden), nn.Linear(hidden, width), activation

    def forward(self, x):
        return self.lin2(self.activation(self.lin1(x)))


class TwoWayLayer(nn.Module):
    def __init__(self, is_first):
        super().__init__()
        self.is_first = is_first
        self.self_attn = Attention(WIDTH)
        self.cross_attn_token_to_image = Attention(WIDTH // 2)
        self.cross_attn_image_to_token = Attention(WIDTH // 2)
        self.norm1, self.norm2, self.norm3, self.norm4 = (nn.LayerNorm(WIDTH) for _ in range(4))
        self.mlp = Hidden(WIDTH, 2048, torch.relu)

    def forward(self, tokens, image, token_positions, image_positions):
        if self.is_first:
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            placed = tokens + token_positions
            tokens = tokens + self.self_attn(placed, placed, tokens)
        tokens = self.norm1(tokens)
        tokens = self.norm2(tokens + self.cross_attn_token_to_image(tokens + token_positions, image + image_positions, image))
        tokens = self.norm3(tokens + self.mlp(tokens))
        image = self.norm4(image + self.cross_attn_image_to_token(image + image_positions, tokens + token_positions, tokens))
        return tokens, image


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([TwoWayLayer(True), TwoWayLayer(False)])
        self.final_attn_token_to_image = Attention(WIDTH // 2)
        self.norm_final_attn = nn.LayerNorm(WIDTH)

    def forward(self, tokens, image, image_positions):
        positions, image_positions = tokens, image_positions.flatten(2).transpose(1, 2)
        image = image.flatten(2).transpose(1, 2)
        for layer in self.layers:
            tokens, image = layer(tokens, image, positions, image_positions)
        return self.norm_final_attn(tokens + self.final_attn_token_to_image(tokens + positions, image + image_positions, image)), image


class MaskDecoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.transformer = Transformer()
        self.iou_token = nn.Embedding(1, WIDTH)
        self.mask_tokens = nn.Embedding(4, WIDTH)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(WIDTH, 64, 2, stride=2), Norm2d(64), nn.GELU(), nn.ConvTranspose2d(64, 32, 2, stride=2), nn.GELU()
        )
        self.output_hypernetworks_mlps = nn.ModuleList([Perceptron([WIDTH, WIDTH, WIDTH, 32]) for _ in range(4)])
        self.iou_prediction_head = Perceptron([WIDTH, WIDTH, WIDTH, 4])

    def forward(self, embedding, image_positions, tokens, dense):
        """→ logits [1, 4, 4·grid, 4·grid], predicted IoU [1, 4]."""
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight])[None]
        tokens, image = self.transformer(torch.cat([own, tokens], dim=1), embedding + dense, image_positions)
        upscaled = self.output_upscaling(image.transpose(1, 2).reshape(embedding.shape))
        kernels = torch.stack([mlp(tokens[:, 1 + i]) for i, mlp in enumerate(self.output_hypernetworks_mlps)], dim=1)
        return torch.einsum('bkc,bchw->bkhw', kernels, upscaled), self.iou_prediction_head(tokens[:, 0])
