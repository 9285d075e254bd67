"""Adds to a golden case what peft computes with its model: a step of LoRA training, in float32 on the CPU.

    make_lora_golden.py CASE [--seed 25]

CASE is a folder that make_golden.py wrote. CASE/lora.safetensors gets the factors at the start, a batch, and for each
variant the losses, the gradients of the first step and the factors after the last; case.json the variants. Which layers
are targets is found as sd-scripts finds them, by the classes of modules. Needs torch, diffusers, transformers, peft.
"""
import argparse
import json
import pathlib

import peft
import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextModel

STEPS, ROWS, RANK, WEIGHT = 2, 4, 2, 0.6
OPTIMIZER = dict(lr=2e-4, betas=(0.9, 0.999), weight_decay=1e-2, eps=1e-8)
VARIANTS = {"attention": dict(targets="attention", alpha=2.0, train_text_encoder=False),
            "linear": dict(targets="linear", alpha=1.0, train_text_encoder=True),
            "all": dict(targets="all", alpha=3.0, train_text_encoder=True)}
TARGETS = {"attention": ["Attention", "CLIPAttention"],
           "linear": ["Transformer2DModel", "CLIPAttention", "CLIPMLP"],
           "all": ["Transformer2DModel", "ResnetBlock2D", "Downsample2D", "Upsample2D", "CLIPAttention", "CLIPMLP"]}
LAYERS = (torch.nn.Linear, torch.nn.Conv2d)
# Of the factors whose gradients and results are kept: a few of every kind.
KEPT = ("mid_block.attentions.0.", "resnets.0.conv1", "resnets.0.time_emb_proj", "conv_shortcut", "samplers.0.conv",
        "layers.1.self_attn.q_proj", "layers.1.mlp.fc1")


def modules_of(network, targets):
    """Linear layers and convolutions within modules of the targets' classes, by name."""
    found = {}
    for name, module in network.named_modules():
        if type(module).__name__ in TARGETS[targets]:
            found |= {f"{name}.{child}": layer for child, layer in module.named_modules() if isinstance(layer, LAYERS)}
    return found


def layer_name(part, module):
    return f"{part}." + module.removeprefix("text_model.")


def drawn_factors(networks, generator):
    """Factors for every layer; `up` is not 0, so that both have gradients at once."""
    tensors = {}
    for part, network in networks.items():
        for name, layer in sorted(modules_of(network, "all").items()):
            shape, ones = list(layer.weight.shape), [1] * (layer.weight.ndim - 2)
            down = (torch.rand([RANK, *shape[1:]], generator=generator) * 2 - 1) * (layer.weight[0].numel()) ** -0.5
            up = torch.randn([shape[0], RANK, *ones], generator=generator) * 0.1
            tensors |= {layer_name(part, name) + ".down": down, layer_name(part, name) + ".up": up}
    return tensors


def with_adapter(network, part, targets, alpha, start):
    """The factors in training, by their names in the file."""
    names = sorted(modules_of(network, targets))
    peft.inject_adapter_in_model(peft.LoraConfig(r=RANK, lora_alpha=alpha, target_modules=names), network)
    factors = {}
    for name in names:
        module = network.get_submodule(name)
        for half, own in (("down", module.lora_A), ("up", module.lora_B)):
            parameter = own["default"].weight
            parameter.data.copy_(start[f"{layer_name(part, name)}.{half}"])
            factors[f"{layer_name(part, name)}.{half}"] = parameter
    wanted = {id(parameter) for parameter in factors.values()}
    assert all(p.requires_grad == (id(p) in wanted) for p in network.parameters())
    return factors


def train(case, variant, start, batch, schedule, prediction):
    unet = UNet2DConditionModel.from_pretrained(case / "model/unet").train()
    factors = with_adapter(unet, "unet", variant["targets"], variant["alpha"], start)
    if variant["train_text_encoder"]:
        text = CLIPTextModel.from_pretrained(case / "model/text_encoder").train()
        factors |= with_adapter(text, "text_encoder", variant["targets"], variant["alpha"], start)
    optimizer = torch.optim.AdamW(factors.values(), **OPTIMIZER)
    losses, norms, kept = [], [], {}
    for k in range(STEPS):
        arguments = batch["latent"][k], batch["noise"][k], batch["timestep"][k]
        context = text(batch["ids"])[0] if variant["train_text_encoder"] else batch["context"]
        target = {"epsilon": lambda: batch["noise"][k], "v_prediction": lambda: schedule.get_velocity(*arguments)}
        target = target[prediction]()
        output = unet(schedule.add_noise(*arguments), batch["timestep"][k], context).sample
        n = ROWS // 2
        loss = F.mse_loss(output[:n], target[:n]) + WEIGHT * F.mse_loss(output[n:], target[n:])
        optimizer.zero_grad()
        loss.backward()
        if k == 0:
            kept = {"grad." + name: p.grad.clone() for name, p in factors.items() if any(w in name for w in KEPT)}
        losses.append(loss.item())
        norms.append(torch.nn.utils.clip_grad_norm_(factors.values(), 1.0).item())
        optimizer.step()
    kept |= {"factor." + name: p.detach() for name, p in factors.items() if any(w in name for w in KEPT)}
    return {"loss": torch.tensor(losses), "grad_norm": torch.tensor(norms), **kept}, len(factors) // 2


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("case", type=pathlib.Path)
    arguments.add_argument("--seed", type=int, default=25)
    a = arguments.parse_args()
    generator = torch.Generator().manual_seed(a.seed)
    case = json.loads((a.case / "case.json").read_text())
    networks = {"unet": UNet2DConditionModel.from_pretrained(a.case / "model/unet"),
                "text_encoder": CLIPTextModel.from_pretrained(a.case / "model/text_encoder")}
    start = drawn_factors(networks, generator)
    ids = load_file(a.case / "text.safetensors")["ids"][[1, 1, 0, 0]]
    batch = {"latent": torch.randn((STEPS, ROWS, 4, 8, 8), generator=generator),
             "noise": torch.randn((STEPS, ROWS, 4, 8, 8), generator=generator),
             "timestep": torch.randint(0, 1000, (STEPS, ROWS), generator=generator),
             "ids": ids, "context": networks["text_encoder"](ids)[0].detach()}
    schedule = DDPMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
                             prediction_type=case["prediction_type"], clip_sample=False)
    tensors, variants = batch | {"start." + name: factor for name, factor in start.items()}, {}
    for name, variant in VARIANTS.items():
        found, layers = train(a.case, variant, start, batch, schedule, case["prediction_type"])
        tensors |= {f"{name}.{key}": value for key, value in found.items()}
        variants[name] = {**variant, "layers": layers}
    save_file({key: value.detach().clone().contiguous() for key, value in tensors.items()},
              a.case / "lora.safetensors")
    case["parts"]["lora"] = {"seed": a.seed, "rank": RANK, "prior_loss_weight": WEIGHT, "max_grad_norm": 1.0,
                             **OPTIMIZER, "variants": variants}
    (a.case / "case.json").write_text(json.dumps(case, indent=1))


if __name__ == "__main__":
    main()
