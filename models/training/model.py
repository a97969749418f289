"""The network: a small promptable segmenter with Segment Anything's interface.

Encoder: a residual convolutional network to stride 32 with global attention there, a feature pyramid back to stride 8.
Its output [B, 256, h/8, w/8] holds 128 channels of meaning for the decoder's attention and, folded into the other 128,
32 channels of detail at stride 4 (pixel_unshuffle), which the decoder adds while it enlarges the mask.

Decoder: Fourier encoding of prompts, a two-way transformer, four mask tokens and one IoU token (Kirillov et al.,
"Segment Anything", 2023); masks at stride 2. Beside the tokens, prompts are drawn as maps over the picture
(`prompt_maps`), as networks for interactive segmentation do: a small network need not learn where a box ends. The
predicted IoU sees coarse versions of the masks that it judges (`mask_statistics`), which cost next to nothing.
"""
import math
import torch
import torch.nn as nn
import torch.nn.functional as F

FRAME = 512
WIDTH = 128
FINE = 32
MASKS = 4
# standard deviations, in frames, of the spots that stand for clicks
SPOTS = (0.012, 0.04, 0.12, 0.4)
PROMPT_MAPS = 2 * len(SPOTS) + 8


class Norm(nn.LayerNorm):
    """Layer norm computed in fp32, given in the dtype of its input: PyTorch 1.13 on a CPU refuses bf16 inputs with fp32
    weights, and is six times slower where both are bf16."""

    def forward(self, x):
        return F.layer_norm(x.float(), self.normalized_shape, self.weight, self.bias, self.eps).to(x.dtype)


def convolution(inputs, outputs, stride=1, active=True):
    layers = [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if active else nn.Sequential(*layers)


def nothing(layer):
    """The layer with zero weights: what it is a part of starts as if it were not there."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first, self.second = convolution(channels, channels), convolution(channels, channels, active=False)
        nothing(self.second[1])

    def forward(self, x):
        return F.relu(x + self.second(self.first(x)))


def attend(queries, keys, values, heads):
    """Scaled dot-product attention of [B,N,D] over [B,M,D], written out so that every exporter gives the same plain graph."""
    b, n, d = queries.shape

    def split(t):
        return t.reshape(t.shape[0], t.shape[1], heads, d // heads).transpose(1, 2)

    weights = ((split(queries) * (d // heads) ** -0.5) @ split(keys).transpose(-2, -1)).softmax(-1)
    return (weights @ split(values)).transpose(1, 2).reshape(b, n, d)


class GlobalBlock(nn.Module):
    """A pre-norm transformer block over the coarsest map."""

    def __init__(self, channels, heads=8):
        super().__init__()
        self.heads = heads
        self.norm_attention, self.norm_mlp = Norm(channels), Norm(channels)
        self.qkv, self.projection = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        self.mlp = nn.Sequential(nn.Linear(channels, 2 * channels), nn.GELU(), nn.Linear(2 * channels, channels))
        nothing(self.projection), nothing(self.mlp[-1])

    def forward(self, x):
        x = x + self.projection(attend(*self.qkv(self.norm_attention(x)).chunk(3, -1), self.heads))
        return x + self.mlp(self.norm_mlp(x))


class Encoder(nn.Module):
    """image [B,3,h,w], normalised → [B, WIDTH + 4·FINE, h/8, w/8]; h and w are multiples of 32."""

    def __init__(self, channels=(24, 48, 96, 160, 224), blocks=(1, 3, 4, 3), attention=4):
        super().__init__()
        c = channels
        self.stem = nn.Sequential(convolution(3, c[0], 2), convolution(c[0], c[0]))
        self.stages = nn.ModuleList(
            [nn.Sequential(convolution(c[i], c[i + 1], 2), *[Residual(c[i + 1]) for _ in range(blocks[i])]) for i in range(4)]
        )
        self.attention = nn.ModuleList([GlobalBlock(c[4]) for _ in range(attention)])
        self.lateral32, self.lateral16 = nn.Conv2d(c[4], WIDTH, 1), nn.Conv2d(c[3], WIDTH, 1)
        self.lateral8, self.lateral4 = nn.Conv2d(c[2], WIDTH, 1), nn.Conv2d(4 * c[1], WIDTH, 1)
        self.mix = nn.Sequential(convolution(WIDTH, WIDTH), Residual(WIDTH))
        self.coarse = nn.Conv2d(WIDTH, WIDTH, 1)
        self.enlarge = nn.Conv2d(WIDTH, 4 * FINE, 1)
        self.fine = nn.Sequential(nn.Conv2d(c[1] + FINE, FINE, 3, 1, 1), nn.ReLU(inplace=True), nn.Conv2d(FINE, FINE, 1))

    def forward(self, image):
        x = self.stem(image)
        maps = []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        b, c, h, w = x.shape
        tokens = x.flatten(2).transpose(1, 2)
        for block in self.attention:
            tokens = block(tokens)
        y = self.lateral32(tokens.transpose(1, 2).reshape(b, c, h, w))
        y = F.interpolate(y, scale_factor=2.0, mode="nearest") + self.lateral16(maps[2])
        y = F.interpolate(y, scale_factor=2.0, mode="nearest") + self.lateral8(maps[1])
        y = self.mix(F.relu(y + self.lateral4(F.pixel_unshuffle(maps[0], 2))))
        fine = self.fine(torch.cat([maps[0], F.pixel_shuffle(self.enlarge(y), 2)], 1))
        return torch.cat([self.coarse(y), F.pixel_unshuffle(fine, 2)], 1)


class Attention(nn.Module):
    def __init__(self, width, heads=4, shrink=2):
        super().__init__()
        inner = width // shrink
        self.heads = heads
        self.q, self.k, self.v = nn.Linear(width, inner), nn.Linear(width, inner), nn.Linear(width, inner)
        self.out = nn.Linear(inner, width)

    def forward(self, queries, keys, values):
        return self.out(attend(self.q(queries), self.k(keys), self.v(values), self.heads))


class TwoWay(nn.Module):
    """Tokens attend to tokens and to the image, then the image to the tokens."""

    def __init__(self, width):
        super().__init__()
        self.among, self.to_image, self.to_tokens = Attention(width, shrink=1), Attention(width), Attention(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))
        self.norms = nn.ModuleList([Norm(width) for _ in range(4)])

    def forward(self, tokens, image, token_positions, image_positions):
        queries = tokens + token_positions
        tokens = self.norms[0](tokens + self.among(queries, queries, tokens))
        tokens = self.norms[1](tokens + self.to_image(tokens + token_positions, image + image_positions, image))
        tokens = self.norms[2](tokens + self.mlp(tokens))
        image = self.norms[3](image + self.to_tokens(image + image_positions, tokens + token_positions, tokens))
        return tokens, image


def three_layers(inputs, hidden, outputs):
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, outputs))


def mask_statistics(logits):
    """What coarse masks say about their own quality: logits [B,4,m] → [B,28].

    Of each mask: the IoU of its thresholded with its soft version (1 where it is sure of every pixel), the root of its
    share of the frame, its mean probability inside. Of each pair: their soft IoU (candidates that agree are likelier right).
    """
    p = logits.float().sigmoid()
    inside = (p > 0.5).to(p.dtype)
    sure, soft, hard = (p * inside).sum(2), p.sum(2), inside.sum(2)
    own = sure / (soft + hard - sure + 1.0)
    share = (hard / p.shape[2]).sqrt()
    mean = sure / (hard + 1.0)
    common = p @ p.transpose(1, 2)
    pairs = common / (soft.unsqueeze(2) + soft.unsqueeze(1) - common + 1.0)
    return torch.cat([own, share, mean, pairs.flatten(1)], 1)


def prompt_maps(points, labels, h, w):
    """Prompts drawn over h × w cells of the frame: points [B,N,2] in [0,1], labels [B,N] → [B,PROMPT_MAPS,h,w].

    Spots of four sizes at foreground points and at background points, each the sum over the points. Of a box: the distance
    of each cell to the four sides in cells (between −1.5 and 1.5), to the nearer side across and along in shares of the box,
    how much of the cell lies inside, and that there is one; zero without a box.
    """
    points, labels = points.float(), labels.float()
    x, y = (torch.arange(w, device=points.device) + 0.5) / w, (torch.arange(h, device=points.device) + 0.5) / h
    sharpness = torch.tensor([-0.5 / s**2 for s in SPOTS], device=points.device).reshape(1, -1, 1, 1)
    across = (sharpness * (x - points[..., :1]).square().unsqueeze(1)).exp()
    along = (sharpness * (y - points[..., 1:]).square().unsqueeze(1)).exp().transpose(2, 3)
    spots = [(along * (labels == k).to(along.dtype).reshape(-1, 1, 1, labels.shape[1])) @ across for k in (1, 0)]
    low, high = ((points * (labels == k).to(points.dtype).unsqueeze(-1)).sum(1).unsqueeze(-1) for k in (2, 3))
    left, right, top, bottom = x - low[:, 0], high[:, 0] - x, y - low[:, 1], high[:, 1] - y
    width, height = (high - low).clamp(min=1e-3).unbind(1)
    every = (labels.shape[0], h, w)
    sides = [(d * w).clamp(-1.5, 1.5).unsqueeze(1).expand(every) for d in (left, right)]
    sides += [(d * h).clamp(-1.5, 1.5).unsqueeze(2).expand(every) for d in (top, bottom)]
    nearer = [(torch.minimum(left, right) / width).clamp(-0.5, 0.5).unsqueeze(1).expand(every)]
    nearer += [(torch.minimum(top, bottom) / height).clamp(-0.5, 0.5).unsqueeze(2).expand(every)]
    covered = [(torch.minimum(a, b) * n + 0.5).clamp(0, 1) for a, b, n in ((left, right, w), (top, bottom, h))]
    inside = covered[0].unsqueeze(1) * covered[1].unsqueeze(2)
    box = torch.stack([*sides, *nearer, inside, torch.ones_like(inside)], 1)
    boxed = (labels == 2).to(box.dtype).sum(1).clamp(max=1).reshape(-1, 1, 1, 1)
    return torch.cat([*spots, box * boxed], 1)


def of_each_prompt(maps, points):
    """What belongs to pictures [I,...], repeated for the prompts of each: [B,...]. Sums backwards, which gathering does slowly."""
    each = points.shape[0] // maps.shape[0]
    return maps.unsqueeze(1).expand(-1, each, *maps.shape[1:]).flatten(0, 1)


class Decoder(nn.Module):
    def __init__(self, d=WIDTH):
        super().__init__()
        self.register_buffer("frequencies", torch.randn(2, d // 2))
        self.labels = nn.Embedding(4, d)  # 0 background point, 1 foreground point, 2 and 3 corners of a box
        self.not_a_point, self.no_mask = nn.Embedding(1, d), nn.Embedding(1, d)
        self.iou_token, self.mask_tokens = nn.Embedding(1, d), nn.Embedding(MASKS, d)
        self.mask_encoder = nn.Sequential(nn.Conv2d(16, 32, 1), nn.ReLU(), nn.Conv2d(32, d, 1))
        self.layers = nn.ModuleList([TwoWay(d) for _ in range(2)])
        self.final, self.final_norm = Attention(d), Norm(d)
        self.enlarge4, self.fine4 = nn.Conv2d(d, 4 * 48, 1), nn.Conv2d(FINE, 48, 1)
        self.smooth4 = nn.Conv2d(48, 48, 3, 1, 1, groups=48)
        self.enlarge2 = nn.Conv2d(48, 4 * 24, 1)
        self.kernels = nn.ModuleList([three_layers(d, d, 24) for _ in range(MASKS)])
        self.near8 = nn.Sequential(nn.Conv2d(PROMPT_MAPS, 32, 1), nn.ReLU(), nothing(nn.Conv2d(32, d, 1)))
        self.near4, self.near2 = nn.Conv2d(PROMPT_MAPS, 24, 1), nothing(nn.Conv2d(24, 4 * 24, 1))
        # masks at stride 8, made of what the IoU token sees: the predicted IoU judges them without waiting for the fine ones
        self.outline = nn.Linear(d, d)
        self.iou, self.iou_of_masks = three_layers(d, d, MASKS), three_layers(d + 28, 64, MASKS)
        for part in (self.fine4, self.smooth4, self.outline, self.iou_of_masks[-1]):
            nothing(part)

    def positions(self, xy):
        """xy [...,2] in [0,1] of the frame → Fourier features [...,128], in fp32 also under autocast (no matrix product)."""
        z = 2 * xy - 1
        z = (z[..., :1] * self.frequencies[0] + z[..., 1:] * self.frequencies[1]) * (2 * math.pi)
        return torch.cat([z.sin(), z.cos()], -1)

    def prompts(self, points, labels):
        label = labels.unsqueeze(-1)
        e = self.positions(points)
        e = torch.where(label < 0, torch.zeros_like(e), e)
        for k in range(4):
            e = e + (label == k).to(e.dtype) * self.labels.weight[k]
        return e + (label == -1).to(e.dtype) * self.not_a_point.weight[0]

    def image_positions(self, h, w):
        """Positions of the embedding's pixels, row by row: [1,h·w,128]. The sine of a sum from those of rows and columns."""
        device = self.frequencies.device
        xs, ys = (torch.arange(w, device=device) + 0.5) / w, (torch.arange(h, device=device) + 0.5) / h
        x = ((2 * xs - 1).unsqueeze(1) * self.frequencies[0] * (2 * math.pi)).unsqueeze(0)
        y = ((2 * ys - 1).unsqueeze(1) * self.frequencies[1] * (2 * math.pi)).unsqueeze(1)
        sine, cosine = x.sin() * y.cos() + x.cos() * y.sin(), x.cos() * y.cos() - x.sin() * y.sin()
        return torch.cat([sine, cosine], -1).reshape(1, h * w, -1)

    def forward(self, embedding, points, labels, mask_input, has_mask):
        """embedding [I,256,h,w] of I pictures, with B / I prompts of each in turn; points [B,N,2] in [0,1] of the frame;
        labels [B,N] (−1 padding, 0, 1, 2, 3); mask_input [B,1,4h,4w] logits, or None for no masks; has_mask broadcastable
        to [B,1,1,1] → logits [B,4,4h,4w], predicted IoU [B,4], logits of the coarse masks [B,4,h,w]."""
        pictures, _, h, w = (int(side) for side in embedding.shape)
        fine = self.fine4(F.pixel_shuffle(embedding[:, WIDTH:], 2))
        coarse = embedding[:, :WIDTH].flatten(2).transpose(1, 2)
        dense = self.no_mask.weight.reshape(1, 1, -1).to(coarse.dtype)
        if mask_input is not None:
            given = self.mask_encoder(F.pixel_unshuffle(mask_input, 4)).flatten(2).transpose(1, 2)
            has = has_mask.reshape(-1, 1, 1)
            dense = given * has + (1 - has) * dense
        if pictures > 1:
            coarse, fine = of_each_prompt(coarse, points), of_each_prompt(fine, points)
        image = coarse + dense.to(coarse.dtype)
        if pictures == 1:
            image = image.expand(points.shape[0], -1, -1)
        image = image + self.near8(prompt_maps(points, labels, h, w)).flatten(2).transpose(1, 2).to(image.dtype)
        image_positions = self.image_positions(h, w).to(image.dtype)
        sparse = self.prompts(points, labels)
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight], 0).unsqueeze(0).expand(sparse.shape[0], -1, -1)
        tokens = token_positions = torch.cat([own, sparse], 1).to(image.dtype)
        for layer in self.layers:
            tokens, image = layer(tokens, image, token_positions, image_positions)
        tokens = self.final_norm(tokens + self.final(tokens + token_positions, image + image_positions, image))
        f = image.transpose(1, 2).reshape(-1, WIDTH, h, w)
        f = F.relu(F.pixel_shuffle(self.enlarge4(f), 2) + fine)
        f = f + self.smooth4(f)
        near = self.near2(F.relu(self.near4(prompt_maps(points, labels, 2 * h, 2 * w))))
        f = F.relu(F.pixel_shuffle(self.enlarge2(f) + near, 2))
        kernels = torch.stack([kernel(tokens[:, 1 + k]) for k, kernel in enumerate(self.kernels)], 1)
        logits = (kernels @ f.flatten(2)).reshape(-1, MASKS, 4 * h, 4 * w)
        outlines = self.outline(tokens[:, 1 : 1 + MASKS]) @ image.transpose(1, 2)
        with torch.autocast(logits.device.type, enabled=False):
            token = tokens[:, 0].float()
            judged = torch.cat([token, mask_statistics(outlines.detach())], 1)
            return logits, self.iou(token) + self.iou_of_masks(judged), outlines.reshape(-1, MASKS, h, w)
