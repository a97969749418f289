"""Prints what PyTorch computes of a small MobileSAM checkpoint, which test/integration/tiny-vit.test.ts writes:

python3 golden_tiny_vit.py CHECKPOINT WIDTHS DEPTHS HEADS WINDOWS > ../golden/tiny-vit.json, the sizes as JSON lists.
The picture is that of the test: sin(0.0137 · i).
"""
import json
import sys

import torch

from tiny_vit import TinyVit

weights = torch.load(sys.argv[1])
encoder = TinyVit(*(json.loads(sizes) for sizes in sys.argv[2:6]))
encoder.head = torch.nn.Linear(encoder.head.in_features, 10)
encoder.load_state_dict({name.split('.', 1)[1]: values for name, values in weights.items() if name.startswith('image_encoder.')})
picture = torch.sin(torch.arange(3 * 1024 * 1024, dtype=torch.float64) * 0.0137).float().reshape(1, 3, 1024, 1024)
with torch.no_grad():
    embedding = encoder.eval()(picture).flatten()
index = [int(i) for i in torch.linspace(0, len(embedding) - 1, 500)]
print(json.dumps({'torch': torch.__version__, 'deviation': embedding.std().item(), 'index': index, 'value': [round(embedding[i].item(), 6) for i in index]}))
