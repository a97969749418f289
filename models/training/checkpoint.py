"""Reading and writing of weights; a checkpoint of another architecture is refused by the names of its keys."""
import os
import re

import torch
import torch.nn as nn

from model import Decoder, Encoder

# names in the sketch that this network grew out of → names here; what is not listed is called alike
SKETCH = {
    "encoder": [
        (r"^s\.(\d)\.", r"stages.\1."), (r"^out\.2\.", "coarse."), (r"^out\.", "mix."), (r"\.a\.(\d)", r".first.\1"), (r"\.b\.(\d)", r".second.\1"),
        (r"^att\.(\d)\.n1", r"attention.\1.norm_attention"), (r"^att\.(\d)\.n2", r"attention.\1.norm_mlp"), (r"^att\.(\d)\.p\.", r"attention.\1.projection."),
        (r"^att\.(\d)\.m\.", r"attention.\1.mlp."), (r"^att\.", "attention."),
        (r"^lat\.0", "lateral32"), (r"^lat\.1", "lateral16"), (r"^lat\.2", "lateral8"), (r"^lat\.3", "lateral4"),
    ],
    "decoder": [
        (r"^g$", "frequencies"), (r"^lab\.", "labels."), (r"^pad\.", "not_a_point."), (r"^iou\.", "iou_token."), (r"^msk\.", "mask_tokens."),
        (r"^nomask\.", "no_mask."), (r"^mdown\.", "mask_encoder."), (r"^l\.(\d)\.sa", r"layers.\1.among"), (r"^l\.(\d)\.ti", r"layers.\1.to_image"),
        (r"^l\.(\d)\.it", r"layers.\1.to_tokens"), (r"^l\.(\d)\.m\.", r"layers.\1.mlp."), (r"^l\.(\d)\.n\.", r"layers.\1.norms."), (r"^fin\.", "final."),
        (r"^fn\.", "final_norm."), (r"\.o\.", ".out."), (r"^up1", "enlarge4"), (r"^up2", "enlarge2"), (r"^hyp", "kernels"), (r"^ious", "iou"),
    ],
}
# what the network has learnt to have since: all of one line or nothing of it is in a checkpoint, and it starts as nothing
GROWN = (
    ("encoder.enlarge.", "encoder.fine.", "decoder.fine4.", "decoder.smooth4.", "decoder.outline.", "decoder.iou_of_masks."),
    ("encoder.stages.1.3.", "encoder.stages.2.3.", "encoder.stages.2.4.", "encoder.stages.3.3.", "encoder.attention.2.", "encoder.attention.3.", "decoder.near8.", "decoder.near4.", "decoder.near2."),
)


def new_model():
    return nn.ModuleDict({"encoder": Encoder(), "decoder": Decoder()})


def from_sketch(state):
    """{"e": …, "d": …} of the sketch in ../../../shared/promptable-nano as keys of this network."""
    renamed = {}
    for part, key in (("encoder", "e"), ("decoder", "d")):
        for name, value in state[key].items():
            for old, new in SKETCH[part]:
                name = re.sub(old, new, name)
            renamed[f"{part}.{name}"] = value
    return renamed


def read(file, own=False):
    """What a file holds. Of a file that this program did not write (`own`), nothing but tensors and plain values is unpickled."""
    try:
        return torch.load(file, map_location="cpu", weights_only=not own)
    except Exception as error:  # whatever unpickling of a foreign file raises
        raise SystemExit(f"{file} cannot be read as a PyTorch checkpoint: {error}") from error


def refuse_unless_alike(file, model, weights, may_miss=()):
    """Ends the program with the names of the keys when `weights` are not those of this architecture."""
    own = model.state_dict()
    missing = [k for k in own if k not in weights and not k.startswith(may_miss or ("\0",))]
    surplus = [k for k in weights if k not in own]
    shaped = [f"{k} {list(weights[k].shape)} instead of {list(own[k].shape)}" for k in own if k in weights and weights[k].shape != own[k].shape]
    if missing or surplus or shaped:
        told = [f"{what}: {', '.join(names[:6])}{' …' if len(names) > 6 else ''}" for what, names in (("missing", missing), ("surplus", surplus), ("of another shape", shaped)) if names]
        raise SystemExit(f"{file} holds weights of another architecture. {'; '.join(told)}. Name a checkpoint of this network, or start without one.")


def load_weights(file, model):
    """Into `model`, the average weights of a training state, weights alone, or those of an earlier, smaller network (new parts
    stay as they start)."""
    state = read(file)
    if not isinstance(state, dict):
        raise SystemExit(f"{file} holds no weights. Name a checkpoint of this network, or start without one.")
    weights = from_sketch(state) if set(state) >= {"e", "d"} else state.get("average", state)
    lacked = tuple(part for grown in GROWN if not any(k.startswith(grown) for k in weights) for part in grown)
    refuse_unless_alike(file, model, weights, lacked)
    model.load_state_dict(weights, strict=False)
    return model


def write(file, content):
    """Replaces `file` at once: a kill leaves the old one or the new one."""
    torch.save(content, file + ".part")
    os.replace(file + ".part", file)
