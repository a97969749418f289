"""HQ-SAM's mask decoder, written from the paper (Ke et al. 2023, arXiv 2306.01567) and the names of the authors' tensors."""
import torch
from torch import nn

from sam_decoder import WIDTH, MaskDecoder, Norm2d, Perceptron


def upscaling(width, middle):
    return nn.Sequential(nn.ConvTranspose2d(width, middle, 2, stride=2), Norm2d(middle), nn.GELU(), nn.ConvTranspose2d(middle, 32, 2, stride=2))


class MaskDecoderHq(MaskDecoder):
    def __init__(self, early):
        """early: channels of the encoder's early features."""
        super().__init__()
        self.hf_token = nn.Embedding(1, WIDTH)
        self.hf_mlp = Perceptron([WIDTH, WIDTH, WIDTH, 32])
        self.compress_vit_feat = upscaling(early, WIDTH)
        self.embedding_encoder = upscaling(WIDTH, 64)
        self.embedding_maskfeature = nn.Sequential(nn.Conv2d(32, 64, 3, padding=1), Norm2d(64), nn.GELU(), nn.Conv2d(64, 32, 3, padding=1))

    def features(self, embedding, early):
        return self.embedding_encoder(embedding) + self.compress_vit_feat(early)

    def forward(self, embedding, image_positions, tokens, dense, features):
        """→ logits [1, 4, 4·grid, 4·grid], to each of which the extra token's mask is added, and predicted IoU [1, 4]."""
        own = torch.cat([self.iou_token.weight, self.mask_tokens.weight, self.hf_token.weight])[None]
        tokens, image = self.transformer(torch.cat([own, tokens], dim=1), embedding + dense, image_positions)
        upscaled = self.output_upscaling(image.transpose(1, 2).reshape(embedding.shape))
        kernels = torch.stack([mlp(tokens[:, 1 + i]) for i, mlp in enumerate(self.output_hypernetworks_mlps)], dim=1)
        masks = torch.einsum('bkc,bchw->bkhw', kernels, upscaled)
        finer = torch.einsum('bc,bchw->bhw', self.hf_mlp(tokens[:, 5]), self.embedding_maskfeature(upscaled) + features)
        return masks + finer[:, None], self.iou_prediction_head(tokens[:, 0])
