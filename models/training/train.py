"""train.py PACK.zip OUT --minutes M: trains, scores on held-out photographs of the pack, writes the weights.

Everything is a function of the time that is left: S=256 first, then S=512 with a falling rate. OUT/state.pt lets
`--resume` go on after a stop; OUT/weights-*.pt (half floats of the averaged weights) are what export.py reads.
"""
import argparse, copy, json, math, os, time
import torch
import torch.nn as nn
import torch.nn.functional as F
from data import Photographs, boxes_of, choose_labels, colour, depth, normalise, paste, points_in
from model import Decoder, Encoder


def mask_losses(logits, target):
    """logits [n,4,h,w], target [n,h,w] → loss [n,4] (weighted cross entropy + dice) and the IoU reached [n,4]."""
    g = target.unsqueeze(1)
    logits = logits.float()
    p = logits.sigmoid()
    ce = F.binary_cross_entropy_with_logits(logits, g.expand_as(logits), reduction="none")
    focal = (ce * (0.25 + (p - g).abs().detach())).mean((2, 3))
    dice = 1 - (2 * (p * g).sum((2, 3)) + 1) / (p.sum((2, 3)) + g.sum((2, 3)) + 1)
    with torch.no_grad():
        b = (logits > 0).float()
        iou = (b * g).sum((2, 3)) / ((b + g) > 0).float().sum((2, 3)).clamp(min=1)
    return 4 * focal + dice, iou


def first_prompt(targets, kind, d):
    """(points, labels, one mask wanted?) for `click`, `box` or `box and click`."""
    n = targets.shape[0]
    click, _ = points_in(targets, torch.rand(n, device=d) < 0.6)
    if kind == "click":
        return torch.stack([click, torch.zeros_like(click)], 1), torch.tensor([[1.0, -1.0]], device=d).repeat(n, 1)
    box = boxes_of(targets, 0.1)
    if kind == "box":
        return box, torch.tensor([[2.0, 3.0]], device=d).repeat(n, 1)
    return torch.cat([click.unsqueeze(1), box], 1), torch.tensor([[1.0, 2.0, 3.0]], device=d).repeat(n, 1)


def add_correction(points, labels, logits, targets):
    """One more click, deep in the larger error; drops the padding point that a first click carries."""
    wrong_out, wrong_in = (targets > 0) & (logits <= 0), (targets <= 0) & (logits > 0)
    larger = depth(wrong_out, 24).flatten(1).amax(1) >= depth(wrong_in, 24).flatten(1).amax(1)
    error = torch.where(larger.view(-1, 1, 1), wrong_out, wrong_in)
    fallback = ~error.flatten(1).any(1)
    error = torch.where(fallback.view(-1, 1, 1), targets > 0, error).float()
    label = (larger | fallback).float()
    click, _ = points_in(error, torch.rand(len(error), device=error.device) < 0.7)
    if (labels[:, -1] == -1).all():
        points, labels = points[:, :-1], labels[:, :-1]
    # points come before a box's corners
    at = int((labels[0] < 2).sum())
    points = torch.cat([points[:, :at], click.unsqueeze(1), points[:, at:]], 1)
    labels = torch.cat([labels[:, :at], label.unsqueeze(1), labels[:, at:]], 1)
    if (labels[0] < 2).all():
        points = torch.cat([points, torch.zeros_like(points[:, :1])], 1)
        labels = torch.cat([labels, torch.full_like(labels[:, :1], -1)], 1)
    return points, labels


def loss_of_round(logits, iou, targets, ambiguous):
    losses, reached = mask_losses(logits, targets)
    if ambiguous:
        best = losses[:, 1:].min(1)[0]
        loss = best.mean() + 0.05 * losses[:, 1:].mean() + 0.3 * losses[:, 0].mean()
    else:
        loss = losses[:, 0].mean() + 0.05 * losses[:, 1:].mean()
    return loss + F.mse_loss(iou.float(), reached), reached


@torch.no_grad()
def score(encoder, decoder, photos, d):
    """Mean IoU on whole held-out photographs: box, first click selected and best of three, error of the predicted IoU."""
    rows = []
    for i in range(len(photos.names)):
        h, w = (int(v) for v in photos.sizes[i])
        k = 512 / max(h, w)
        oh, ow = round(h * k), round(w * k)
        picture = F.interpolate(photos.pictures[i : i + 1, :, :h, :w].float(), (oh, ow), mode="bilinear", align_corners=False)
        frame = torch.zeros(1, 3, 512, 512, device=d)
        valid = torch.zeros(1, 512, 512, device=d)
        frame[:, :, :oh, :ow], valid[:, :oh, :ow] = picture, 1
        labels = F.interpolate(photos.labels[photos.maps_of[i][0], :h, :w][None, None].float(), (oh, ow), mode="nearest")[0, 0].long()
        present, count = labels.unique(return_counts=True)
        good = [int(l) for l, c in zip(present, count) if l > 0 and 0.001 < c / (oh * ow) < 0.8][:12]
        if not good:
            continue
        t = torch.zeros(len(good), 512, 512, device=d)
        t[:, :oh, :ow] = torch.stack([(labels == l).float() for l in good])
        with torch.autocast(d.type, dtype=torch.bfloat16, enabled=d.type == "cuda"):
            e = encoder(normalise(frame, valid)).repeat(len(good), 1, 1, 1)
            out = []
            deep = depth(t, 200).flatten(1).argmax(1)
            click = torch.stack([(deep % 512 + 0.5) / 512, (deep.div(512, rounding_mode="floor") + 0.5) / 512], -1)
            for points, tags in ((boxes_of(t, 0.0), [2.0, 3.0]), (torch.stack([click, click * 0], 1), [1.0, -1.0])):
                masks, iou = decoder(e, points, torch.tensor([tags], device=d).repeat(len(good), 1), torch.zeros(len(good), 1, 256, 256, device=d), torch.zeros(1, 1, 1, 1, device=d))
                full = F.interpolate(masks.float(), (512, 512), mode="bilinear", align_corners=False)[:, :, :oh, :ow] > 0
                g = t[:, None, :oh, :ow] > 0
                out.append(((full & g).sum((2, 3)) / (full | g).sum((2, 3)).clamp(min=1), iou.float()))
        (box, box_iou), (one, one_iou) = out
        pick = one_iou[:, 1:].argmax(1, keepdim=True) + 1
        for k in range(len(good)):
            rows.append((box[k, 0].item(), one[k, pick[k]].item(), one[k, 1:].max().item(), (box_iou[k, 0] - box[k, 0]).abs().item()))
    mean = [sum(r[j] for r in rows) / len(rows) for j in range(4)]
    return dict(zip(("box", "click selected", "click best of three", "predicted IoU error"), (round(v, 4) for v in mean)), segments=len(rows))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("pack")
    p.add_argument("out")
    p.add_argument("--minutes", type=float, default=25)
    p.add_argument("--batch", type=int, default=64, help="pictures a step at 256; a third of them at 512")
    p.add_argument("--prompts", type=int, default=6)
    p.add_argument("--rate", type=float, default=1.5e-3)
    p.add_argument("--resume", action="store_true")
    a = p.parse_args()
    os.makedirs(a.out, exist_ok=True)
    d = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(0)
    torch.backends.cudnn.benchmark = True
    torch.set_float32_matmul_precision("high")
    photos, held = Photographs(a.pack, d), Photographs(a.pack, d, "validation")
    encoder = Encoder().to(d, memory_format=torch.channels_last)
    decoder = Decoder().to(d)
    print(f"{len(photos.names)} photographs, {len(held.names)} held out, {sum(x.numel() for x in encoder.parameters()) / 1e6:.2f} + {sum(x.numel() for x in decoder.parameters()) / 1e6:.2f} M parameters, {d}", flush=True)
    both = nn.ModuleList([encoder, decoder])
    average = copy.deepcopy(both).eval()
    parameters = list(both.parameters())
    groups = [{"params": [x for x in parameters if x.ndim > 1], "weight_decay": 0.05}, {"params": [x for x in parameters if x.ndim <= 1], "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=a.rate, betas=(0.9, 0.98))
    step, before = 0, 0.0
    state_file = os.path.join(a.out, "state.pt")
    if a.resume and os.path.exists(state_file):
        state = torch.load(state_file, map_location=d, weights_only=False)
        unknown = both.load_state_dict(state["model"], strict=False)
        if unknown.missing_keys or unknown.unexpected_keys:
            raise SystemExit(f"{state_file} is of another architecture: missing {unknown.missing_keys[:5]}, surplus {unknown.unexpected_keys[:5]}")
        average.load_state_dict(state["average"]); optimiser.load_state_dict(state["optimiser"])
        step, before = state["step"], state["seconds"]
    start, seen, saved = time.time(), [], time.time()
    elapsed = lambda: before + time.time() - start

    def save():
        torch.save({"model": both.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict(), "step": step, "seconds": elapsed()}, state_file + ".part")
        os.replace(state_file + ".part", state_file)

    while True:
        done = elapsed() / 60 / a.minutes
        if done >= 1:
            break
        big = done > 0.6
        side, batch = (512, max(2, a.batch // 3)) if big else (256, a.batch)
        rate = a.rate * min(1, (step + 1) / 500) * (0.5 * (1 + math.cos(math.pi * done)) + 0.01) * (0.6 if big else 1)
        for g in optimiser.param_groups:
            g["lr"] = rate
        both.train()
        with torch.no_grad():
            pictures, labels, valid = photos.crops(batch, side)
            pictures, labels = paste(pictures, labels, valid)
            x = normalise(colour(pictures), valid)
            chosen = choose_labels(labels, a.prompts)
            full = ((labels.unsqueeze(1) == chosen.view(batch, -1, 1, 1)) & (chosen.view(batch, -1, 1, 1) > 0)).flatten(0, 1).float()
            targets = (F.avg_pool2d(full.unsqueeze(1), 2)[:, 0] >= 0.5).float()
            keep = targets.sum((1, 2)) > 8
            keep[0] = True
            targets = targets[keep]
        kind = ("click", "box", "box and click")[int(torch.multinomial(torch.tensor([0.5, 0.4, 0.1]), 1))]
        rounds = 1 + int(torch.multinomial(torch.tensor([0.35, 0.35, 0.2, 0.1]), 1))
        points, tags = first_prompt(targets, kind, d)
        low = side // 2
        previous, has = torch.zeros(len(targets), 1, low, low, device=d), torch.zeros(1, 1, 1, 1, device=d)
        total, reached_all = 0.0, []
        with torch.autocast(d.type, dtype=torch.bfloat16, enabled=d.type == "cuda"):
            embedding = encoder(x.contiguous(memory_format=torch.channels_last))
            embedding = embedding.repeat_interleave(a.prompts, 0)[keep]
            for r in range(rounds):
                ambiguous = r == 0 and kind == "click"
                logits, iou = decoder(embedding, points, tags, previous, has)
                loss, reached = loss_of_round(logits, iou, targets, ambiguous)
                total = total + loss
                index = iou[:, 1:].argmax(1) + 1 if ambiguous else torch.zeros(len(targets), dtype=torch.long, device=d)
                reached_all.append((kind if r == 0 else f"round {r + 1}", (reached[:, 1:].amax(1) if ambiguous else reached[:, 0]).mean().item() if step % 10 == 0 else None))
                if r + 1 < rounds:
                    with torch.no_grad():
                        shown = logits[torch.arange(len(targets), device=d), index].float().detach()
                        points, tags = add_correction(points, tags, shown, targets)
                        previous, has = shown.clamp(-16, 16).unsqueeze(1), torch.ones(1, 1, 1, 1, device=d)
        optimiser.zero_grad(set_to_none=True)
        (total / rounds).backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        step += 1
        with torch.no_grad():
            decay = min(0.999, (step + 1) / (step + 10))
            for mine, theirs in zip(average.state_dict().values(), both.state_dict().values()):
                if mine.dtype.is_floating_point:
                    mine.lerp_(theirs, 1 - decay)
                else:
                    mine.copy_(theirs)
        seen += [r for r in reached_all if r[1] is not None]
        if step % 500 == 0 or step == 20:
            kinds = {}
            for k, v in seen:
                kinds.setdefault(k, []).append(v)
            row = {k: round(sum(v) / len(v), 3) for k, v in sorted(kinds.items())}
            print(json.dumps({"step": step, "minutes": round(elapsed() / 60, 2), "side": side, "loss": round(float(total) / rounds, 3), "rate": round(rate, 6), "train": row, "held": score(*average, held, d) if step > 20 else None}), flush=True)
            seen = []
        if time.time() - saved > 60:
            save(); saved = time.time()
    save()
    print(json.dumps({"step": step, "final": score(*average.eval(), held, d)}), flush=True)
    for name, module in (("encoder", average[0]), ("decoder", average[1])):
        items = list(module.state_dict().items())
        half = {k: v.half().cpu() if v.dtype.is_floating_point else v.cpu() for k, v in items}
        keys, parts, size = list(half), [{}], 0
        for k in keys:
            if size > 12e6:
                parts.append({}); size = 0
            parts[-1][k] = half[k]; size += half[k].numel() * 2
        for i, part in enumerate(parts):
            torch.save(part, os.path.join(a.out, f"weights-{name}-{i}.pt"))


if __name__ == "__main__":
    main()
