"""train.py PACK OUT --minutes N [--init CHECKPOINT]: trains within a given time and continues from OUT/state.pt when killed.

Everything in the schedule is a function of the share of the time that is gone. OUT gets state.pt (to continue),
average-MINUTES.pt (averaged weights on the way), average.pt (at the end), config.json and training.jsonl.
"""
import argparse
import copy
import json
import math
import os
import sys
import time

import torch
import torch.nn as nn

from auxiliary import Auxiliary
from batches import loader, normalised
from checkpoint import load_weights, new_model, read, refuse_unless_alike, write
from losses import first_round, later_round
from photographs import Photographs
from prompts import add_correction

# share of the time from which on it holds, side of the frame, pictures a step relative to the largest, masks of each
STAGES = ((0.0, 256, 1.0, 3), (0.5, 384, 0.5, 3), (0.78, 512, 0.25, 4))
ROUNDS = (0.2, 0.35, 0.2, 0.15, 0.1)  # probability of 1…5 prompts in turn
AVERAGE = 0.998
# weight at the beginning of what auxiliary.py teaches
AUXILIARY = 0.5


def stage_of(done):
    return [s for s in STAGES if s[0] <= done][-1]


def freeze_statistics(model):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def follow(average, model, step):
    """Moving average of all weights and statistics."""
    decay = min(AVERAGE, (step + 1) / (step + 10))
    with torch.no_grad():
        for mine, theirs in zip(average.state_dict().values(), model.state_dict().values()):
            if mine.dtype.is_floating_point:
                mine.lerp_(theirs, 1 - decay)
            else:
                mine.copy_(theirs)


def step_losses(model, batch, device, rounds, auxiliary=None):
    """Loss of one batch, what `auxiliary` learns from it, and the mean IoU after each prompt. Between the first and the last round no gradient is kept."""
    masks, points, labels = (batch[k].to(device) for k in ("masks", "points", "labels"))
    ambiguous = batch["ambiguous"].to(device)
    n = len(masks)
    images = normalised(batch["frames"].to(device), batch["sizes"]).contiguous(memory_format=torch.channels_last)
    with torch.autocast(device.type, dtype=torch.bfloat16):
        embedding = model["encoder"](images)
        beside = auxiliary(embedding, batch["maps"].to(device)) if auxiliary is not None else 0.0
    each = torch.arange(n, device=device)
    mask_input, has_mask = None, torch.ones(1, 1, 1, 1, device=device)
    total, ious = 0.0, {}
    for number in range(rounds):
        learns = number in (0, rounds - 1)
        with torch.set_grad_enabled(learns), torch.autocast(device.type, dtype=torch.bfloat16):
            logits, predicted, outlines = model["decoder"](embedding, points, labels, mask_input, has_mask)
        if learns:
            loss, reached = first_round(logits, predicted, outlines, masks, ambiguous) if number == 0 else later_round(logits, predicted, outlines, masks)
            total = total + loss
        with torch.no_grad():
            shown = torch.where(ambiguous, predicted[:, 1:].argmax(1) + 1, torch.zeros_like(each)) if number == 0 else torch.zeros_like(each)
            if number == 0:
                ious["click best"], ious["click"] = reached[ambiguous, 1:].amax(1), reached[each, shown][ambiguous]
                ious["box"], ious["iou error"] = reached[~ambiguous, 0], (predicted - reached).abs().mean(1)
            elif learns:
                ious[f"after {rounds}"] = reached[:, 0]
            if number + 1 < rounds:
                previous = logits[each, shown].float()
                points, labels = add_correction(points, labels, previous, masks)
                mask_input = previous.clamp(-16, 16).unsqueeze(1)
    return total / min(rounds, 2), beside, ious


def train(pack, out, minutes, init=None, rate=6e-4, batch=8, workers=1, threads=1, seed=0, snapshot=15.0, save_every=90.0):
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    os.makedirs(out, exist_ok=True)
    photographs = Photographs(pack, "train")
    model = new_model()
    state_file = os.path.join(out, "state.pt")
    state = read(state_file, own=True) if os.path.exists(state_file) else None
    if state is not None:
        refuse_unless_alike(state_file, model, state["model"])
        model.load_state_dict(state["model"])
    elif init:
        load_weights(init, model)
    model = model.to(device, memory_format=torch.channels_last)
    average = copy.deepcopy(model).eval()
    auxiliary = Auxiliary().to(device)
    parameters = [*model.parameters(), *auxiliary.parameters()]
    decayed, plain = [p for p in parameters if p.ndim > 1], [p for p in parameters if p.ndim <= 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}], lr=rate, betas=(0.9, 0.98))
    step, before = 0, 0.0
    if state is not None:
        average.load_state_dict(state["average"])
        auxiliary.load_state_dict(state["auxiliary"])
        optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"])
        step, before = state["step"], state["seconds"]
        print(f"continuing at step {step}, {before / 60:.1f} of {minutes} minutes", flush=True)
    with open(os.path.join(out, "config.json"), "w") as file:
        json.dump({"minutes": minutes, "init": os.path.basename(init) if init else None, "rate": rate, "batch": batch, "seed": seed, "stages": STAGES, "rounds": ROUNDS, "average": AVERAGE, "auxiliary": AUXILIARY,
                   "photographs": len(photographs), "torch": torch.__version__, "device": device.type, "threads": threads}, file, indent=2)
    start = time.monotonic()

    def gone():
        return before + time.monotonic() - start

    def save():
        write(state_file, {"model": model.state_dict(), "average": average.state_dict(), "auxiliary": auxiliary.state_dict(), "optimiser": optimiser.state_dict(), "random": torch.get_rng_state(), "step": step, "seconds": gone()})

    plan = torch.zeros(3, dtype=torch.int64).share_memory_()

    def apply_stage(stage):
        plan.copy_(torch.tensor([stage[1], max(1, round(batch * stage[2])), stage[3]]))

    apply_stage(stage_of(gone() / 60 / minutes))
    batches = iter(loader(photographs, plan, seed, step, workers))
    seen, logged, saved, snapped = {}, gone(), gone(), math.floor(gone() / 60 / snapshot)
    log = open(os.path.join(out, "training.jsonl"), "a")
    while gone() / 60 < minutes:
        done = gone() / 60 / minutes
        stage = stage_of(done)
        apply_stage(stage)
        waited = time.monotonic()
        item = next(batches)
        waited = time.monotonic() - waited
        now = rate * min(1, (step + 1) / 150) * (0.5 * (1 + math.cos(math.pi * done)) * 0.98 + 0.02)
        for group in optimiser.param_groups:
            group["lr"] = now
        model.train()
        if init or stage[0] > 0:
            freeze_statistics(model)
        rounds = 1 + int(torch.multinomial(torch.tensor(ROUNDS), 1))
        loss, beside, ious = step_losses(model, item, device, rounds, auxiliary)
        optimiser.zero_grad(set_to_none=True)
        (loss + AUXILIARY * (1 - done) * beside).backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        if torch.isfinite(norm):
            optimiser.step()
        step += 1
        follow(average, model, step)
        for name, values in {**ious, "loss": loss.detach().view(1), "auxiliary": beside.detach().view(1), "waited": torch.tensor([waited])}.items():
            seen.setdefault(name, []).extend(values.tolist())
        if gone() - logged > 60:
            row = {"step": step, "minutes": round(gone() / 60, 2), "side": stage[1], "rate": round(now, 7)}
            row.update({name: round(sum(v) / len(v), 4) for name, v in sorted(seen.items()) if v})
            log.write(json.dumps(row) + "\n")
            log.flush()
            print(json.dumps(row), flush=True)
            seen, logged = {}, gone()
        if math.floor(gone() / 60 / snapshot) > snapped:
            snapped = math.floor(gone() / 60 / snapshot)
            write(os.path.join(out, f"average-{round(snapped * snapshot):03d}.pt"), average.state_dict())
        if gone() - saved > save_every:
            save()
            saved = gone()
    save()
    write(os.path.join(out, "average.pt"), average.state_dict())
    print(f"done: {step} steps", flush=True)
    return os.path.join(out, "average.pt")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack")
    parser.add_argument("out")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--init", help="weights to start from: of this network, of nano 2, or of the sketch in promptable-nano")
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--batch", type=int, default=8, help="pictures a step at 256")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--snapshot", type=float, default=15.0, help="minutes between averaged weights that are kept")
    parser.add_argument("--save-every", type=float, default=90.0, help="seconds between states to continue from")
    a = parser.parse_args()
    train(**vars(a))


if __name__ == "__main__":
    sys.exit(main())
