"""Times ViT-B's image encoder on a checkpoint that the program imports, too.

python3 time_encoder.py CHECKPOINT RUNS: prints the milliseconds of each run after a first one, and the process's peak memory.
"""
import json
import resource
import sys
import time

import torch

from reference import ENCODERS

prefix = 'image_encoder.'
weights = torch.load(sys.argv[1])
encoder = ENCODERS['vit-b']().eval()
encoder.load_state_dict({name[len(prefix):]: values for name, values in weights.items() if name.startswith(prefix)})
# Twice in memory, they would count against it.
del weights
picture = torch.randn(1, 3, 1024, 1024)
ms = []
with torch.no_grad():
    for _ in range(1 + int(sys.argv[2])):
        start = time.perf_counter()
        encoder(picture)
        ms.append(1000 * (time.perf_counter() - start))
# Kilobytes, but on macOS bytes.
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == 'darwin' else 1024)
print(json.dumps({'ms': ms[1:], 'peakBytes': peak, 'version': torch.__version__}))
