"""Saves one small model in the ways in which training code does: python3 training_files.py FOLDER."""
import os
import sys

import torch
from torch import nn

from reference import Sam, fill
from sam_decoder import PromptEncoder
from vit import ImageEncoder

folder = sys.argv[1]
torch.manual_seed(1)
model = Sam(ImageEncoder(8, 2, 2, (1,), grid=4, window=2))
model.prompt_encoder = PromptEncoder(64, 4)
fill(model)
model = model.half().float()
weights = {name: values.clone() for name, values in model.state_dict().items()}
save = lambda name, what, **how: torch.save(what, os.path.join(folder, name), **how)

save('plain.pth', model.state_dict())
save('half.pth', model.half().state_dict())
model.float()
model.register_buffer('pixel_mean', torch.tensor([123.675, 116.28, 103.53]).reshape(3, 1, 1))
model.register_buffer('pixel_std', torch.tensor([58.395, 57.12, 57.375]).reshape(3, 1, 1))
save('buffers.pth', model.state_dict())

optimizer = torch.optim.AdamW(model.parameters())
sum(values.sum() for values in model.parameters()).backward()
optimizer.step()
with torch.no_grad():
    for name, values in model.named_parameters():
        values.copy_(weights[name])
parallel = nn.DataParallel(model)
schedule = torch.optim.lr_scheduler.StepLR(optimizer, 10)
save('training.pth', {'epoch': 3, 'loss': torch.tensor(0.5), 'optimizer': optimizer.state_dict(), 'lr_scheduler': schedule.state_dict(), 'model': parallel.state_dict()})
parameters = dict(model.named_parameters())
parameters['prompt_encoder.pe_layer.positional_encoding_gaussian_matrix'] = weights['prompt_encoder.pe_layer.positional_encoding_gaussian_matrix']
save('parameters.pth', {'state_dict': {f'sam.{name}': values for name, values in parameters.items()}})
save('channels-last.pth', model.to(memory_format=torch.channels_last).state_dict())
save('legacy.pth', model.state_dict(), _use_new_zipfile_serialization=False)
save('whole.pth', model)
