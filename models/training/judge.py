"""judge.py PACK WEIGHTS OUT --minutes N: teaches the predicted IoU anew once the masks stand still.

While masks and predicted IoU learn together, the one runs after the other, at frames smaller than those that the program
uses. Here everything but the last layers of the predicted IoU is frozen: what they see and the IoU that was reached are
collected from training scenes of full size, then they learn from that, which takes seconds.
"""
import argparse
import math
import time

import torch
import torch.nn.functional as F

from batches import loader, normalised
from checkpoint import load_weights, new_model, write
from losses import reached_iou
from model import FRAME, WIDTH
from photographs import Photographs
from prompts import add_correction

PICTURES, PROMPTS, CORRECTIONS = 2, 8, 3
EPOCHS, RATE, DROPOUT, RANKING, SHARPNESS = 30, 3e-4, 0.2, 1.0, 12


@torch.no_grad()
def collected(model, photographs, minutes, seed=1, workers=1):
    """What the judge sees [n,·], the IoU reached [n,4] and whether it was a first click [n], of as many prompts as fit in."""
    seen, rows = [], []
    hook = model["decoder"].iou_of_masks.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0].float().cpu()))
    device = next(model.parameters()).device
    start = time.monotonic()
    for batch in loader(photographs, torch.tensor([FRAME, PICTURES, PROMPTS]), seed, 0, workers):
        masks, points, labels, ambiguous = (batch[k].to(device) for k in ("masks", "points", "labels", "ambiguous"))
        images = normalised(batch["frames"].to(device), batch["sizes"]).contiguous(memory_format=torch.channels_last)
        each, mask_input = torch.arange(len(masks), device=device), None
        with torch.autocast(device.type, dtype=torch.bfloat16):
            embedding = model["encoder"](images)
        for number in range(1 + CORRECTIONS):
            with torch.autocast(device.type, dtype=torch.bfloat16):
                logits, predicted, _ = model["decoder"](embedding, points, labels, mask_input, torch.ones(1, 1, 1, 1, device=device))
            first = ambiguous & (number == 0)
            rows.append((seen.pop(), reached_iou(logits, masks).cpu(), first.cpu()))
            shown = torch.where(first, predicted[:, 1:].argmax(1) + 1, torch.zeros_like(each))
            previous = logits[each, shown].float()
            points, labels = add_correction(points, labels, previous, masks)
            mask_input = previous.clamp(-16, 16).unsqueeze(1)
        if (time.monotonic() - start) / 60 > minutes:
            break
    hook.remove()
    return tuple(torch.cat(column) for column in zip(*rows))


def judge(model, seen, reached, clicked, seed=0):
    """Fits the last layers, in place: candidates of first clicks by their error and by what the one on top is worth, mask 0
    of everything else by its error."""
    torch.manual_seed(seed)
    decoder = model["decoder"]
    layers = [decoder.iou, decoder.iou_of_masks]
    seen, reached, clicked = (x.to(next(decoder.parameters()).device) for x in (seen, reached, clicked))
    asked = torch.cat([~clicked.unsqueeze(1), clicked.unsqueeze(1).expand(-1, 3)], 1)
    optimiser = torch.optim.AdamW([p for layer in layers for p in layer.parameters()], RATE, weight_decay=0.05)
    for epoch in range(EPOCHS):
        for group in optimiser.param_groups:
            group["lr"] = RATE * (0.5 + 0.5 * math.cos(math.pi * epoch / EPOCHS))
        for part in torch.randperm(len(seen)).split(256):
            x = F.dropout(seen[part], DROPOUT)
            predicted = decoder.iou(x[:, :WIDTH]) + decoder.iou_of_masks(x)
            loss = 4 * F.mse_loss(predicted[asked[part]], reached[part][asked[part]])
            if clicked[part].any():
                on_top = (predicted[clicked[part], 1:] * SHARPNESS).softmax(1)
                loss = loss - RANKING * (on_top * reached[part][clicked[part], 1:]).sum(1).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack")
    parser.add_argument("weights")
    parser.add_argument("out")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--threads", type=int, default=1)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    model = load_weights(a.weights, new_model()).eval()
    rows = collected(model, Photographs(a.pack, "train"), a.minutes)
    write(a.out, judge(model, *rows).state_dict())
    print(f"{len(rows[0])} answers")


if __name__ == "__main__":
    main()
