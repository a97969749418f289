"""A small promptable segmenter with Segment Anything's interface.

Encoder: residual convolutions to stride 16, global attention there, a feature pyramid back to stride 8. The embedding
[B, 256, 64, 64] holds 128 channels for the decoder's attention and, folded into the other 128, 32 channels at stride 4.
Decoder: Fourier prompt encoding, a two-way transformer, four mask tokens and one IoU token; masks at stride 2.
"""
import math
import torch
import torch.nn as nn
import torch.nn.functional as F

FRAME = 512
WIDTH = 128
FINE = 32


def conv(i, o, k=3, s=1, act=True):
    layers = [nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o)]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if act else nn.Sequential(*layers)


class Residual(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.a, self.b = conv(c, c), conv(c, c, act=False)

    def forward(self, x):
        return F.relu(x + self.b(self.a(x)))


def attend(q, k, v, heads):
    """q [B,N,D], k and v [B,M,D] → [B,N,D]. Written out, so that old and new exporters give the same plain graph."""
    b, n, d = q.shape
    def split(t):
        return t.reshape(b, t.shape[1], heads, d // heads).transpose(1, 2)
    q, k, v = split(q), split(k), split(v)
    if torch.onnx.is_in_onnx_export() or not hasattr(F, "scaled_dot_product_attention"):
        out = ((q * (d // heads) ** -0.5) @ k.transpose(-2, -1)).softmax(-1) @ v
    else:
        out = F.scaled_dot_product_attention(q, k, v)
    return out.transpose(1, 2).reshape(b, n, d)


class GlobalBlock(nn.Module):
    """Pre-norm transformer block over the coarsest map."""

    def __init__(self, c, heads=8):
        super().__init__()
        self.norm1, self.norm2, self.heads = nn.LayerNorm(c), nn.LayerNorm(c), heads
        self.qkv, self.proj = nn.Linear(c, 3 * c), nn.Linear(c, c)
        self.mlp = nn.Sequential(nn.Linear(c, 3 * c), nn.GELU(), nn.Linear(3 * c, c))

    def forward(self, x):
        x = x + self.proj(attend(*self.qkv(self.norm1(x)).chunk(3, -1), self.heads))
        return x + self.mlp(self.norm2(x))


class Encoder(nn.Module):
    def __init__(self, c=(32, 64, 128, 256), blocks=(2, 2, 1), attention=5):
        super().__init__()
        self.stem = nn.Sequential(conv(3, c[0], 3, 2), conv(c[0], c[0]))
        self.s4 = nn.Sequential(conv(c[0], c[1], 3, 2), *[Residual(c[1]) for _ in range(blocks[0])])
        self.s8 = nn.Sequential(conv(c[1], c[2], 3, 2), *[Residual(c[2]) for _ in range(blocks[1])])
        self.s16 = nn.Sequential(conv(c[2], c[3], 3, 2), *[Residual(c[3]) for _ in range(blocks[2])])
        self.position = nn.Parameter(torch.zeros(1, c[3], FRAME // 16, FRAME // 16))
        self.attention = nn.ModuleList([GlobalBlock(c[3]) for _ in range(attention)])
        self.local = Residual(c[3])
        self.lat16, self.lat8 = nn.Conv2d(c[3], WIDTH, 1), nn.Conv2d(c[2], WIDTH, 1)
        self.mix = nn.Sequential(Residual(WIDTH), Residual(WIDTH))
        self.out = nn.Conv2d(WIDTH, WIDTH, 1)
        self.fine = nn.Sequential(conv(c[1] + FINE, FINE), nn.Conv2d(FINE, FINE, 1))
        self.down = nn.Conv2d(WIDTH, FINE * 4, 1)

    def forward(self, image):
        f4 = self.s4(self.stem(image))
        f8 = self.s8(f4)
        x = self.s16(f8)
        b, c, h, w = x.shape
        position = self.position if (h, w) == self.position.shape[2:] else F.interpolate(self.position, (h, w), mode="bilinear", align_corners=False)
        t = (x + position).flatten(2).transpose(1, 2)
        for block in self.attention:
            t = block(t)
        x = self.local(t.transpose(1, 2).reshape(b, c, h, w))
        y = self.mix(F.relu(F.interpolate(self.lat16(x), scale_factor=2.0, mode="nearest") + self.lat8(f8)))
        fine = self.fine(torch.cat([f4, F.pixel_shuffle(self.down(y), 2)], 1))
        return torch.cat([self.out(y), F.pixel_unshuffle(fine, 2)], 1)


class Attention(nn.Module):
    def __init__(self, d, heads=4, down=2):
        super().__init__()
        inner = d // down
        self.q, self.k, self.v, self.o, self.heads = nn.Linear(d, inner), nn.Linear(d, inner), nn.Linear(d, inner), nn.Linear(inner, d), heads

    def forward(self, q, k, v):
        return self.o(attend(self.q(q), self.k(k), self.v(v), self.heads))


class TwoWay(nn.Module):
    """Tokens attend to tokens and to the image, then the image to the tokens."""

    def __init__(self, d):
        super().__init__()
        self.self_attention, self.to_image, self.to_tokens = Attention(d, down=1), Attention(d), Attention(d)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.ReLU(), nn.Linear(4 * d, d))
        self.norm = nn.ModuleList([nn.LayerNorm(d) for _ in range(4)])

    def forward(self, tokens, image, token_pe, image_pe):
        q = tokens + token_pe
        tokens = self.norm[0](tokens + self.self_attention(q, q, tokens))
        tokens = self.norm[1](tokens + self.to_image(tokens + token_pe, image + image_pe, image))
        tokens = self.norm[2](tokens + self.mlp(tokens))
        image = self.norm[3](image + self.to_tokens(image + image_pe, tokens + token_pe, tokens))
        return tokens, image


def mlp(i, h, o):
    return nn.Sequential(nn.Linear(i, h), nn.ReLU(), nn.Linear(h, h), nn.ReLU(), nn.Linear(h, o))


class Decoder(nn.Module):
    def __init__(self, d=WIDTH):
        super().__init__()
        self.register_buffer("gaussian", torch.randn(2, d // 2))
        self.label = nn.Embedding(4, d)  # 0 background, 1 foreground, 2 and 3 box corners
        self.not_a_point, self.no_mask = nn.Embedding(1, d), nn.Embedding(1, d)
        self.iou_token, self.mask_tokens = nn.Embedding(1, d), nn.Embedding(4, d)
        self.mask_down = nn.Sequential(nn.Conv2d(16, 32, 1), nn.ReLU(), nn.Conv2d(32, d, 1))
        self.layers = nn.ModuleList([TwoWay(d) for _ in range(2)])
        self.final, self.final_norm = Attention(d), nn.LayerNorm(d)
        self.up4, self.fine4 = nn.Conv2d(d, 4 * 48, 1), nn.Conv2d(FINE, 48, 1)
        self.smooth4 = nn.Conv2d(48, 48, 3, 1, 1, groups=48)
        self.up2 = nn.Conv2d(48, 4 * 24, 1)
        self.hyper = nn.ModuleList([mlp(d, d, 24) for _ in range(4)])
        self.iou = mlp(d, d, 4)

    def encode_positions(self, xy):
        """xy in [0, 1] → Fourier features."""
        z = (2 * xy - 1) @ self.gaussian * (2 * math.pi)
        return torch.cat([z.sin(), z.cos()], -1)

    def encode_prompts(self, points, labels):
        label = labels.unsqueeze(-1)
        e = self.encode_positions(points)
        e = torch.where(label < 0, torch.zeros_like(e), e)
        for k in range(4):
            e = e + (label == k).to(e.dtype) * self.label.weight[k]
        return e + (label == -1).to(e.dtype) * self.not_a_point.weight[0]

    def forward(self, embedding, points, labels, mask_input, has_mask):
        """embedding [B or 1,256,h,w]; points [B,N,2] in [0,1]; labels [B,N]; mask_input [B,1,4h,4w] logits; has_mask
        broadcastable to [B,1,1,1] → logits [B,4,4h,4w], predicted IoU [B,4]."""
        coarse, fine = embedding[:, :WIDTH], embedding[:, WIDTH:]
        h, w = coarse.shape[2:]
        none = self.no_mask.weight.reshape(1, -1, 1, 1)
        dense = self.mask_down(F.pixel_unshuffle(mask_input, 4)) * has_mask + (1 - has_mask) * none
        image = (coarse + dense).flatten(2).transpose(1, 2)
        ys = (torch.arange(h, dtype=embedding.dtype, device=embedding.device) + 0.5) / h
        xs = (torch.arange(w, dtype=embedding.dtype, device=embedding.device) + 0.5) / w
        grid = torch.stack([xs[None, :].expand(h, w), ys[:, None].expand(h, w)], -1).reshape(1, h * w, 2)
        image_pe = self.encode_positions(grid)
        sparse = self.encode_prompts(points, labels)
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight], 0).unsqueeze(0).expand(sparse.shape[0], -1, -1)
        tokens = token_pe = torch.cat([own, sparse], 1)
        for layer in self.layers:
            tokens, image = layer(tokens, image, token_pe, image_pe)
        tokens = self.final_norm(tokens + self.final(tokens + token_pe, image + image_pe, image))
        f = image.transpose(1, 2).reshape(-1, coarse.shape[1], h, w)
        f = F.relu(F.pixel_shuffle(self.up4(f), 2) + self.fine4(F.pixel_shuffle(fine, 2)))
        f = f + self.smooth4(f)
        f = F.relu(F.pixel_shuffle(self.up2(f), 2))
        kernels = torch.stack([m(tokens[:, 1 + k]) for k, m in enumerate(self.hyper)], 1)
        return (kernels @ f.flatten(2)).reshape(-1, 4, 4 * h, 4 * w), self.iou(tokens[:, 0])


class ExportDecoder(nn.Module):
    """The decoder with the official export's tensor names: points in the frame's pixels."""

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, image_embeddings, point_coords, point_labels, mask_input, has_mask_input):
        masks, iou = self.decoder(image_embeddings, (point_coords + 0.5) / FRAME, point_labels, mask_input.clamp(-16, 16), has_mask_input.reshape(1, 1, 1, 1))
        return iou, masks
