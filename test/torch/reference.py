"""Makes a checkpoint of random weights and the numbers that the network has for random inputs.

python3 reference.py MODEL FOLDER: model.pth, and little-endian f32 files: x, mask, embedding, of HQ-SAM hq_features, and for the prompts of
PROMPTS, with the mask and without it, logits-N and ious-N.
"""
import json
import math
import os
import sys

import torch
from torch import nn

from sam_decoder import MaskDecoder, PromptEncoder
from sam_hq import MaskDecoderHq
from tiny_vit import TinyVit
from vit import ImageEncoder

ENCODERS = {
    'vit-b': lambda: ImageEncoder(768, 12, 12, (2, 5, 8, 11)),
    'mobile-sam': TinyVit,
    'hq-small': lambda: ImageEncoder(96, 4, 3, (1, 3)),
    'hq-tiny': TinyVit,
}
# Channels of the early features that HQ-SAM uses.
EARLY = {'hq-small': 96, 'hq-tiny': 160}
FRAME, GRID = 1024, 64
# Points as x, y and label; the masks of odd ones are fed back.
PROMPTS = [
    [(500.0, 375.0, 1), (0.0, 0.0, -1)],
    [(120.25, 800.5, 1), (700.0, 300.0, 0), (0.0, 0.0, -1)],
    [(200.0, 150.0, 2), (880.5, 610.0, 3)],
    [(512.0, 512.0, 1), (100.0, 90.0, 2), (900.0, 950.0, 3)],
    [(12.0, 1000.0, 0), (0.0, 0.0, -1)],
    # A mask alone, without any token for points.
    [],
]


class Sam(nn.Module):
    def __init__(self, encoder, early=None):
        super().__init__()
        self.image_encoder = encoder
        self.prompt_encoder = PromptEncoder(FRAME, GRID)
        self.mask_decoder = MaskDecoder() if early is None else MaskDecoderHq(early)


def fill(model):
    """Weights that keep numbers about as large as they come in, as trained ones do: 1 over the root of the number of inputs."""
    for name, values in model.state_dict().items():
        if name.endswith('num_batches_tracked'):
            values.fill_(7)
        elif name.endswith('running_var'):
            values.uniform_(0.5, 2)
        elif 'norm' in name.rsplit('.', 2)[-2] or '.bn.' in name or (values.dim() == 1 and name.endswith('weight')):
            values.normal_(0, 0.1).add_(1 if name.endswith('weight') else 0)
        elif 'embed' in name or 'token' in name.rsplit('.', 2)[-2] or 'gaussian' in name and values.dim() != 4:
            values.normal_(0, 1 if values.dim() < 4 else 0.02)
        elif 'rel_pos' in name or 'attention_biases' in name:
            values.normal_(0, 0.3 if 'attention_biases' in name else 0.05)
        elif values.dim() > 1:
            values.normal_(0, 1 / math.sqrt(values[0].numel()))
        else:
            values.normal_(0, 0.1)


def make(kind):
    torch.manual_seed(1)
    model = Sam(ENCODERS[kind](), EARLY.get(kind)).eval()
    fill(model)
    return model


def main(kind, folder):
    model = make(kind)
    torch.save(model.state_dict(), os.path.join(folder, 'model.pth'))
    save = lambda name, values: values.detach().contiguous().numpy().astype('<f4').tofile(os.path.join(folder, name))
    x = torch.randn(1, 3, FRAME, FRAME)
    mask = 4 * torch.randn(1, 1, 4 * GRID, 4 * GRID)
    save('x', x)
    save('mask', mask)
    with torch.no_grad():
        embedding = model.image_encoder(x)
        save('embedding', embedding)
        finer = [model.mask_decoder.features(embedding, model.image_encoder.early)] if kind in EARLY else []
        for features in finer:
            save('hq_features', features)
        for i, prompt in enumerate(PROMPTS):
            points, labels = torch.tensor([p[:2] for p in prompt]).reshape(1, -1, 2), torch.tensor([p[2] for p in prompt]).reshape(1, -1)
            tokens, dense = model.prompt_encoder(points, labels, mask if i % 2 else None)
            logits, ious = model.mask_decoder(embedding, model.prompt_encoder.image_positions(), tokens, dense, *finer)
            save(f'logits-{i}', logits)
            save(f'ious-{i}', ious)
    print(json.dumps({'frame': FRAME, 'grid': GRID, 'prompts': PROMPTS, 'keys': len(model.state_dict())}))


if __name__ == '__main__':
    main(*sys.argv[1:])
