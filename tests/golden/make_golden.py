"""Writes a golden case: a tiny Stable Diffusion folder with random weights, and what diffusers and
transformers compute with it, in float32 on the CPU.

    make_golden.py OUT [--seed 0] [--old] [--prediction-type epsilon|v_prediction|sample]

OUT/model is a diffusers folder; OUT/case.json names the parts and their parameters; each part has a
safetensors file of inputs and expected outputs. Without --old the model is built and written like
Stable Diffusion 2 (v_prediction, gelu, linear projections, padding "!", names of today), with it
like the published Stable Diffusion 1 folders (epsilon, quick_gelu, 1x1 convolutions, names of
then). Needs torch, diffusers, transformers, numpy.
"""
import argparse
import collections
import json
import pathlib

import torch
import torch.nn.functional as F
from diffusers import (AutoencoderKL, DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler,
                       EulerDiscreteScheduler, PNDMScheduler, StableDiffusionPipeline,
                       UNet2DConditionModel)
from diffusers.optimization import get_scheduler
from diffusers.training_utils import EMAModel, compute_snr
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

LENGTH = 24  # not CLIP's 77, so that nothing can have it built in
NOISE = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear",
             num_train_timesteps=1000)
CORPUS = """a photo of a dog on the beach. a painting of the cat in a red house. the sks dog and a
teapot standing near the old bridge; another painting, another photograph of toys and flowers."""
PROMPTS = ["a dog", "a sks dog", "", "A PAINTING of  the\tcat", "don't 12345 they'll we've i'm",
           "çé漢字 😀 naïve İstanbul e\u0301", "dog!!! (red); <|endoftext|> after <|ENDOFTEXT|>",
           "one very long prompt " * 20, "a\u00a0b\u2003c\u200bd", "½ x² Ⅷ ٣"]


def byte_alphabet():
    """GPT-2's printable stand-ins for the 256 bytes."""
    prints = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in prints]
    return {**{b: chr(b) for b in prints}, **{b: chr(256 + i) for i, b in enumerate(rest)}}


def learn_merges(count):
    words = [[*w[:-1], w[-1] + "</w>"] for w in CORPUS.split()]
    merges = []
    while len(merges) < count:
        pairs = collections.Counter(p for w in words for p in zip(w, w[1:]))
        best = max(sorted(pairs), key=pairs.get)
        merges.append(best)
        for w in words:
            i = 0
            while i + 1 < len(w):
                if (w[i], w[i + 1]) == best:
                    w[i:i + 2] = ["".join(best)]
                i += 1
    return merges


def make_tokenizer(folder, old):
    letters = list(byte_alphabet().values())
    merges = learn_merges(70)
    names = letters + [c + "</w>" for c in letters] + ["".join(m) for m in merges]
    names += ["<|startoftext|>", "<|endoftext|>"]
    vocab = {name: i for i, name in enumerate(dict.fromkeys(names))}
    tokenizer = CLIPTokenizer(vocab=vocab, merges=merges, model_max_length=LENGTH)
    if not old:
        tokenizer.pad_token = "!"  # set late, so that it stays a word within a prompt
    tokenizer.save_pretrained(folder)
    if old:
        (folder / "tokenizer.json").unlink()
        (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False))
        (folder / "merges.txt").write_text(
            "#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    return tokenizer, vocab


def make_networks(vocab, old, generator):
    eos = vocab["<|endoftext|>"]
    width, heads = (16, 2) if old else (24, 3)
    text = CLIPTextModel(CLIPTextConfig(
        vocab_size=len(vocab), hidden_size=width, intermediate_size=2 * width + 16,
        num_hidden_layers=2, num_attention_heads=heads, max_position_embeddings=LENGTH,
        hidden_act="quick_gelu" if old else "gelu", bos_token_id=eos - 1, eos_token_id=eos,
        pad_token_id=eos if old else vocab["!"]))
    unet = UNet2DConditionModel(
        sample_size=8, in_channels=4, out_channels=4, layers_per_block=1,
        block_out_channels=(8, 16) if old else (16, 24), cross_attention_dim=width,
        attention_head_dim=4 if old else [2, 3], norm_num_groups=4 if old else 8,
        use_linear_projection=not old,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"))
    vae = AutoencoderKL(
        in_channels=3, out_channels=3, latent_channels=4,
        block_out_channels=(4, 8) if old else (8, 16), layers_per_block=1, norm_num_groups=4,
        sample_size=16, scaling_factor=0.18215 if old else 0.7,
        down_block_types=("DownEncoderBlock2D",) * 2, up_block_types=("UpDecoderBlock2D",) * 2)
    with torch.no_grad():  # fresh norms and biases are 1 and 0, which would hide mistakes
        for network in (text, unet, vae):
            network.eval()
            for parameter in network.parameters():
                if parameter.ndim == 1:
                    parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return text, unet, vae


class Case:
    def __init__(self, folder):
        self.folder, self.parts = folder, {}

    def add(self, name, parameters, file=None, **tensors):
        kept = {k: v.detach().clone().contiguous() for k, v in tensors.items()}
        save_file(kept, self.folder / f"{file or name}.safetensors")
        if file is None:
            self.parts[name] = parameters
        else:
            self.parts.setdefault("schedulers", {})[name] = parameters


@torch.no_grad()
def add_networks(case, tokenizer, text, unet, vae, generator):
    ids = tokenizer(PROMPTS, padding="max_length", max_length=LENGTH, truncation=True,
                    return_tensors="pt").input_ids
    context = text(ids)[0]
    case.add("text", {"prompts": PROMPTS, "max_length": LENGTH}, ids=ids, embedding=context)
    image = torch.rand((2, 3, 16, 20), generator=generator) * 2 - 1
    posterior = vae.encode(image).latent_dist
    latent = torch.randn(posterior.mean.shape, generator=generator)
    case.add("vae", {"scaling_factor": vae.config.scaling_factor}, image=image,
             mean=posterior.mean, logvar=posterior.logvar, latent=latent,
             decoded=vae.decode(latent).sample)
    sample = torch.randn((3, 4, 8, 6), generator=generator)
    timestep = torch.tensor([0, 357, 999])
    case.add("unet", {}, sample=sample, timestep=timestep, context=context[:3],
             output=unet(sample, timestep, context[:3]).sample)
    return context


@torch.no_grad()
def add_scheduler(case, name, scheduler, unet, context, generator, steps=5, guidance=3.5):
    scheduler.save_pretrained(case.folder / "schedulers" / name)
    scheduler.set_timesteps(steps)
    start = torch.randn((1, 4, 8, 8), generator=generator)
    latents, both = start * scheduler.init_noise_sigma, torch.cat([context[2:3], context[:1]])
    trajectory = []
    for t in scheduler.timesteps:
        scaled = scheduler.scale_model_input(torch.cat([latents] * 2), t)
        u, c = unet(scaled, t, both).sample.chunk(2)
        latents = scheduler.step(u + guidance * (c - u), t, latents).prev_sample
        trajectory.append(latents)
    case.add(name, {"config": f"schedulers/{name}/scheduler_config.json", "steps": steps,
                    "guidance": guidance}, file=f"scheduler-{name}", start=start, context=both,
             trajectory=torch.stack(trajectory), timesteps=scheduler.timesteps.double())


def add_pipeline(case, pipe, generator):
    noise = torch.randn((1, 4, 8, 12), generator=generator)
    parameters = dict(prompt="a sks dog", negative_prompt="a painting", steps=4, guidance=3.0,
                      scheduler="ddim", height=16, width=24, image="float in [0,1], NHWC")
    image = pipe(parameters["prompt"], negative_prompt=parameters["negative_prompt"],
                 latents=noise.clone(), num_inference_steps=4, guidance_scale=3.0, height=16,
                 width=24, output_type="np").images
    case.add("pipeline", parameters, noise=noise, image=torch.from_numpy(image))


def add_training(case, unet, context, prediction, generator, steps=3, rows=3, weight=0.6):
    schedule = DDPMScheduler(**NOISE, prediction_type=prediction, clip_sample=False)
    latent = torch.randn((steps, rows, 4, 8, 8), generator=generator)
    noise = torch.randn(latent.shape, generator=generator)
    timestep = torch.randint(0, 1000, (steps, rows), generator=generator)
    context = torch.cat([context[1:2], context[0:1].expand(rows - 1, -1, -1)]).detach()
    named = dict(unet.named_parameters())
    watched = ["conv_in.weight", "time_embedding.linear_1.weight", "conv_out.bias",
               "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight",
               "up_blocks.0.attentions.1.proj_out.weight", "mid_block.resnets.0.norm1.bias"]
    optimizer = torch.optim.AdamW(unet.parameters(), lr=2e-4, weight_decay=1e-2)
    losses, norms, tensors = [], [], {}
    for k in range(steps):
        args = latent[k], noise[k], timestep[k]
        target = {"epsilon": lambda: noise[k], "sample": lambda: latent[k],
                  "v_prediction": lambda: schedule.get_velocity(*args)}[prediction]()
        output = unet(schedule.add_noise(*args), timestep[k], context).sample
        loss = F.mse_loss(output[:1], target[:1]) + weight * F.mse_loss(output[1:], target[1:])
        optimizer.zero_grad()
        loss.backward()
        if k == 0:
            tensors = {"grad." + w: named[w].grad.clone() for w in watched}
        norms.append(torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0).item())
        losses.append(loss.item())
        optimizer.step()
    tensors |= {"weight." + w: named[w] for w in watched}
    case.add("training", dict(steps=steps, optimizer="AdamW", lr=2e-4, betas=[0.9, 0.999],
                              weight_decay=1e-2, eps=1e-8, max_grad_norm=1.0,
                              prior_loss_weight=weight, instance_rows=[0],
                              prior_rows=list(range(1, rows)), train="unet"),
             latent=latent, noise=noise, timestep=timestep, context=context,
             loss=torch.tensor(losses), grad_norm=torch.tensor(norms), **tensors)


OPTIONS = {"accumulation": dict(gradient_accumulation_steps=2),
           "checkpointing": dict(gradient_checkpointing=True),
           "bf16": dict(mixed_precision="bf16"),
           "min-snr": dict(snr_gamma=5.0),
           "warm-up": dict(lr_scheduler="constant_with_warmup", lr_warmup_steps=2),
           "linear": dict(lr_scheduler="linear"),
           "cosine": dict(lr_scheduler="cosine", lr_warmup_steps=1),
           "ema": dict(ema_decay=0.2),
           "all": dict(gradient_accumulation_steps=2, gradient_checkpointing=True, snr_gamma=3.0,
                       lr_scheduler="cosine", ema_decay=0.2)}
KEPT = ["conv_out.bias", "mid_block.resnets.0.norm1.bias"]


def train_with(option, unet, batch, schedule, weight, lr=2e-4):
    """The steps of `batch` (each of N instance rows, then N prior rows) under one option."""
    prediction, rows = schedule.config.prediction_type, batch["latent"].shape[1]
    steps, n = len(batch["latent"]), rows // 2
    parts = option.get("gradient_accumulation_steps", 1)
    if option.get("gradient_checkpointing"):
        unet.enable_gradient_checkpointing()
    optimizer = torch.optim.AdamW(unet.parameters(), lr=lr, weight_decay=1e-2)
    lr_scheduler = get_scheduler(option.get("lr_scheduler", "constant"), optimizer,
                                 num_warmup_steps=option.get("lr_warmup_steps", 0),
                                 num_training_steps=steps)
    ema = EMAModel(unet.parameters(), decay=option["ema_decay"]) if "ema_decay" in option else None
    losses, norms = [], []
    for k in range(steps):
        total = 0
        for part in range(parts):
            m = n // parts
            pick = [*range(part * m, part * m + m), *range(n + part * m, n + part * m + m)]
            latent, noise, timestep = (batch[name][k][pick] for name in ("latent", "noise", "timestep"))
            noisy = schedule.add_noise(latent, noise, timestep)
            with torch.autocast("cpu", torch.bfloat16, "mixed_precision" in option):
                output = unet(noisy, timestep, batch["context"][pick]).sample
            target = {"epsilon": lambda: noise, "sample": lambda: latent,
                      "v_prediction": lambda: schedule.get_velocity(latent, noise, timestep)}
            target = target[prediction]()
            error = F.mse_loss(output.float(), target, reduction="none").mean((1, 2, 3))
            if "snr_gamma" in option:
                snr = compute_snr(schedule, timestep)
                least = snr.clamp(max=option["snr_gamma"])
                error = error * least / {"epsilon": snr, "sample": 1,
                                         "v_prediction": snr + 1}[prediction]
            loss = (error[:m].mean() + weight * error[m:].mean()) / parts
            loss.backward()
            total += loss.item()
        losses.append(total)
        norms.append(torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0).item())
        optimizer.step()
        lr_scheduler.step()
        optimizer.zero_grad()
        if ema:
            ema.step(unet.parameters())
    if ema:
        ema.copy_to(unet.parameters())
    return losses, norms


def add_training_options(case, context, prediction, generator, steps=3, rows=4, weight=0.6):
    batch = {"latent": torch.randn((steps, rows, 4, 8, 8), generator=generator),
             "noise": torch.randn((steps, rows, 4, 8, 8), generator=generator),
             "timestep": torch.randint(0, 1000, (steps, rows), generator=generator),
             "context": torch.cat([context[1:2].expand(rows // 2, -1, -1),
                                   context[0:1].expand(rows // 2, -1, -1)]).detach()}
    schedule = DDPMScheduler(**NOISE, prediction_type=prediction, clip_sample=False)
    tensors = {}
    for name, option in OPTIONS.items():
        unet = UNet2DConditionModel.from_pretrained(case.folder / "model/unet").train()
        losses, norms = train_with(option, unet, batch, schedule, weight)
        tensors |= {f"{name}.loss": torch.tensor(losses), f"{name}.grad_norm": torch.tensor(norms)}
        tensors |= {f"{name}.weight.{w}": unet.get_parameter(w) for w in KEPT}
    case.add("training-options", {"lr": 2e-4, "weight_decay": 1e-2, "max_grad_norm": 1.0,
                                  "prior_loss_weight": weight, "options": OPTIONS},
             **batch, **tensors)


def write_as_of_old(model):
    """Names of the published Stable Diffusion 1 weights."""
    file = model / "text_encoder/model.safetensors"
    weights = {"text_model." + k.removeprefix("text_model."): v for k, v in load_file(file).items()}
    weights["text_model.embeddings.position_ids"] = torch.arange(LENGTH)[None]
    save_file(weights, file, {"format": "pt"})
    file = model / "vae/diffusion_pytorch_model.safetensors"
    spelling = [(".to_q.", ".query."), (".to_k.", ".key."), (".to_v.", ".value."),
                (".to_out.0.", ".proj_attn.")]
    weights = {}
    for name, value in load_file(file).items():
        for new, old in spelling:
            name = name.replace(new, old)
        weights[name] = value
    save_file(weights, file, {"format": "pt"})
    file = model / "vae/config.json"
    config = json.loads(file.read_text())
    del config["scaling_factor"]
    file.write_text(json.dumps(config, indent=2))


def schedulers_for(base, prediction, old):
    """The six of Stable Diffusion's published pipelines, and further settings of theirs."""
    ddim, dpm, euler = DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler
    two = prediction != "sample"  # PNDM does not predict from the sample
    six = {"ddim": ddim.from_config(base),
           "ddim-trailing": ddim.from_config(base, timestep_spacing="trailing"),
           **({"pndm": PNDMScheduler.from_config(base, skip_prk_steps=True)} if two else {}),
           "dpmsolverpp": dpm.from_config(base, timestep_spacing="linspace"),
           "dpmsolverpp-karras": dpm.from_config(base, timestep_spacing="linspace",
                                                 use_karras_sigmas=True),
           "euler": euler.from_config(base)}
    return six if old else {
        **six,
        "ddim-linspace": ddim.from_config(base, timestep_spacing="linspace"),
        "ddim-clipped": ddim.from_config(base, clip_sample=True, steps_offset=0,
                                         set_alpha_to_one=True),
        "ddim-zero-snr": ddim.from_config(base, rescale_betas_zero_snr=True),
        "ddim-cosine": ddim.from_config(base, beta_schedule="squaredcos_cap_v2"),
        **({"pndm-runge-kutta": PNDMScheduler.from_config(base, set_alpha_to_one=True)}
           if two else {}),
        "dpmsolverpp-leading": dpm.from_config(base, final_sigmas_type="sigma_min",
                                               lower_order_final=False, solver_type="heun"),
        "dpmsolverpp-trailing": dpm.from_config(base, timestep_spacing="trailing",
                                                rescale_betas_zero_snr=True, solver_order=1),
        "dpmsolverpp-cosine": dpm.from_config(base, timestep_spacing="linspace",
                                              beta_schedule="squaredcos_cap_v2",
                                              lambda_min_clipped=-5.1),
        "euler-karras": euler.from_config(base, use_karras_sigmas=True),
        "euler-linspace": euler.from_config(base, timestep_spacing="linspace",
                                            final_sigmas_type="sigma_min"),
        "euler-trailing": euler.from_config(base, timestep_spacing="trailing",
                                            rescale_betas_zero_snr=True)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("out", type=pathlib.Path)
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--old", action="store_true")
    arguments.add_argument("--prediction-type")
    a = arguments.parse_args()
    a.prediction_type = a.prediction_type or ("epsilon" if a.old else "v_prediction")
    torch.manual_seed(a.seed)
    generator = torch.Generator().manual_seed(a.seed)
    model = a.out / "model"
    (model / "tokenizer").mkdir(parents=True)
    tokenizer, vocab = make_tokenizer(model / "tokenizer", a.old)
    text, unet, vae = make_networks(vocab, a.old, generator)
    ddim = DDIMScheduler(**NOISE, prediction_type=a.prediction_type, clip_sample=False,
                         set_alpha_to_one=False, steps_offset=1)
    pipe = StableDiffusionPipeline(vae=vae, text_encoder=text, tokenizer=tokenizer, unet=unet,
                                   scheduler=ddim, safety_checker=None, feature_extractor=None,
                                   requires_safety_checker=False)
    pipe.set_progress_bar_config(disable=True)
    for name in ("vae", "text_encoder", "unet", "scheduler"):
        getattr(pipe, name).save_pretrained(model / name)
    pipe.save_config(model)

    case = Case(a.out)
    context = add_networks(case, tokenizer, text, unet, vae, generator)
    for name, scheduler in schedulers_for(ddim.config, a.prediction_type, a.old).items():
        add_scheduler(case, name, scheduler, unet, context, generator)
    add_pipeline(case, pipe, generator)
    add_training(case, unet.train(), context, a.prediction_type, generator)
    add_training_options(case, context, a.prediction_type, generator)
    if a.old:
        write_as_of_old(model)
    (a.out / "case.json").write_text(json.dumps(
        {"seed": a.seed, "prediction_type": a.prediction_type, "parts": case.parts}, indent=1))


if __name__ == "__main__":
    main()
