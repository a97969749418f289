"""Losses of masks and of the predicted IoU."""
import torch
import torch.nn.functional as F

IOU_WEIGHT, OUTLINE_WEIGHT = 2.0, 0.3


def reached_iou(logits, masks):
    """IoU of thresholded logits [n,k,h,w] with masks [n,h,w]: [n,k]."""
    with torch.no_grad():
        shown, truth = logits > 0, masks.unsqueeze(1) > 0
        common = (shown & truth).sum((2, 3)).float()
        return common / (shown | truth).sum((2, 3)).clamp(min=1).float()


def mask_losses(logits, masks):
    """Cross entropy weighted by the error (4 ×) + dice, of logits [n,k,h,w] against masks [n,h,w]: [n,k]."""
    x, truth = logits.float(), masks.unsqueeze(1)
    p = x.sigmoid()
    entropy = F.softplus(x) - x * truth
    entropy = (entropy * (0.25 + (p - truth).abs())).mean((2, 3))
    dice = 1 - (2 * (p * truth).sum((2, 3)) + 1) / (p.sum((2, 3)) + truth.sum((2, 3)) + 1)
    return 4 * entropy + dice


def outline_loss(outlines, logits):
    """Cross entropy of coarse masks [n,4,h,w] against the masks they stand for, [n,4,4h,4w] logits, averaged in each cell."""
    with torch.no_grad():
        target = F.avg_pool2d((logits.float() > 0).float(), 4)
    return F.binary_cross_entropy_with_logits(outlines.float(), target)


def first_round(logits, predicted, outlines, masks, ambiguous):
    """Of a click, the best of the three candidates learns, and a little the one that the predicted IoU would show, and
    mask 0; of a box, mask 0. `ambiguous` [n]. The predicted IoU of all four learns."""
    losses, reached = mask_losses(logits, masks), reached_iou(logits, masks)
    candidates = losses[:, 1:]
    shown = candidates.gather(1, predicted[:, 1:].argmax(1, keepdim=True))[:, 0]
    click = candidates.min(1)[0] + 0.15 * shown + 0.05 * candidates.mean(1) + 0.3 * losses[:, 0]
    box = losses[:, 0] + 0.05 * candidates.mean(1)
    judging = IOU_WEIGHT * F.mse_loss(predicted, reached) + OUTLINE_WEIGHT * outline_loss(outlines, logits)
    return torch.where(ambiguous, click, box).mean() + judging, reached


def later_round(logits, predicted, outlines, masks):
    """Mask 0 learns; the predicted IoU of all four does."""
    reached = reached_iou(logits, masks)
    judging = IOU_WEIGHT * F.mse_loss(predicted, reached) + OUTLINE_WEIGHT * outline_loss(outlines, logits)
    return mask_losses(logits[:, :1], masks).mean() + judging, reached
