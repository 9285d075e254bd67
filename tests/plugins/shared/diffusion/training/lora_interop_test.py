"""lora_interop_test.py INTEROP MODEL...: a LoRA that this library writes does in diffusers and peft what it does here, and
one that they or others write does here what it does there. INTEROP is diffusion_interop. Skipped (exit status 77) where
this Python has no diffusers or no peft.

"It loads" says nothing: diffusers passes over a file whose names it does not know. So each output is compared with that
of weights to which the factors were added by hand, and has to lie far from that of the model alone.
"""
import importlib.util
import json
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
TOLERANCE = 2e-6
ROUNDED = 2e-4  # what rounding the factors to float16 may change
LEAST_EFFECT = 100  # times the tolerance
RANK = 4
LINEAR = ("to_q", "to_k", "to_v", "to_out.0", "proj_in", "proj_out", "ff.net.0.proj", "ff.net.2")
TEXT = ("q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")
OLD_NAMES = {"to_q": "to_q_lora", "to_k": "to_k_lora", "to_v": "to_v_lora", "to_out.0": "to_out_lora"}


def load(model):
    return diffusers.StableDiffusionPipeline.from_pretrained(model, safety_checker=None, local_files_only=True)


def given_for(pipe):
    generator = torch.Generator().manual_seed(1)
    width, side = pipe.unet.config.cross_attention_dim, pipe.unet.config.sample_size
    return {"sample": torch.randn((2, 4, side, side), generator=generator), "timestep": torch.tensor([7, 500]),
            "context": torch.randn((2, 5, width), generator=generator),
            "ids": torch.randint(0, 50, (2, 6), generator=generator)}


def outputs_of(pipe, given):
    with torch.no_grad():
        return {"unet": pipe.unet(given["sample"], given["timestep"], given["context"]).sample,
                "text": pipe.text_encoder(given["ids"])[0]}


def distance(a, b, name):
    return (a[name].double() - b[name].double()).abs().max().item()


def modules_of(pipe, targets="all"):
    """What a file may change of this test's models: part and module -> layer."""
    found = {}
    for name, layer in pipe.unet.named_modules():
        wanted = (name.endswith(LINEAR[:4]) if targets == "attention" else
                  name.endswith(LINEAR) or targets == "all" and isinstance(layer, (torch.nn.Linear, torch.nn.Conv2d)) and
                  (".resnets." in name or "samplers." in name))
        if wanted:
            found["unet." + name] = layer
    for name, layer in pipe.text_encoder.named_modules():
        if name.endswith(TEXT[:4] if targets == "attention" else TEXT):
            found["text_encoder.text_model." + name.removeprefix("text_model.")] = layer
    return found


def kohya(module, text="lora_te_"):
    part, name = module.split(".", 1)
    return ("lora_unet_" if part == "unet" else text) + name.replace(".", "_")


def merged(model, factors, given):
    """Outputs of a fresh model to whose weights scale * up @ down was added."""
    pipe = load(model)
    layers = modules_of(pipe)
    for module, (down, up, scale) in factors.items():
        weight = layers[module].weight
        weight.data += scale * (up.flatten(1).double() @ down.flatten(1).double()).reshape(weight.shape).float()
    return outputs_of(pipe, given)


def factors_in(file, format, layers):
    """{module: (down, up, scale)} of a file that this library wrote, read without it."""
    tensors, factors = load_file(file), {}
    with safe_open(file, "pt") as opened:
        settings = json.loads(opened.metadata().get("lora_adapter_metadata", "{}"))
    for module in layers:
        stem, ends = ((kohya(module), (".lora_down.weight", ".lora_up.weight")) if format == "kohya" else
                      (module, (".lora_A.weight", ".lora_B.weight")))
        if stem + ends[0] not in tensors:
            continue
        down, up = (tensors.pop(stem + end).float() for end in ends)
        alpha = tensors.pop(stem + ".alpha").item() if format == "kohya" else settings[module.split(".")[0] + ".lora_alpha"]
        factors[module] = down, up, alpha / down.shape[0]
    assert not tensors, f"{file} has also {list(tensors)[:3]}"
    return factors


class Interop:
    def __init__(self, interop, model, work):
        self.interop, self.model, self.work = interop, model, work
        pipe = load(model)
        self.layers, self.given = modules_of(pipe), given_for(pipe)
        self.base = outputs_of(pipe, self.given)
        save_file(self.given, work / "given.safetensors")
        self.compared = 0

    def run(self, *words):
        done = subprocess.run([self.interop, *map(str, words)], capture_output=True, text=True)
        assert done.returncode == 0, f"{words}: {done.stderr}"

    def same(self, what, found, expected, tolerance=TOLERANCE, parts=("unet", "text")):
        for part in parts:
            off, effect = distance(found, expected, part), distance(found, self.base, part)
            print(f"{what}, {part}: off by {off:.2g}, of an effect of {effect:.2g}")
            assert off <= tolerance, f"{what}, {part}: off by {off}"
            assert effect > LEAST_EFFECT * tolerance, f"{what}, {part}: changes only {effect}"
            self.compared += 1

    def theirs(self, file):
        pipe = load(self.model)
        pipe.load_lora_weights(str(file.parent), weight_name=file.name)
        return outputs_of(pipe, self.given)

    def ours(self, file):
        self.run("wear", self.model, file, self.work / "given.safetensors", self.work / "worn.safetensors")
        return load_file(self.work / "worn.safetensors")

    def written_here(self, targets, format, dtype):
        what, file = f"{targets}, {format}, {dtype}", self.work / "lora.safetensors"
        self.run("adapt", self.model, targets, format, dtype, self.work / "given.safetensors", file,
                 self.work / "trained.safetensors")
        factors, theirs = factors_in(file, format, self.layers), self.theirs(file)
        expected = set(modules_of(load(self.model), targets))
        assert set(factors) == expected, f"{what}: other layers {set(factors) ^ expected}"
        self.same(f"{what}, against merged weights", theirs, merged(self.model, factors, self.given))
        self.same(f"{what}, against what was trained", theirs, load_file(self.work / "trained.safetensors"),
                  TOLERANCE if dtype == "fp32" else ROUNDED)
        self.same(f"{what}, read here", self.ours(file), theirs)

    def random_factors(self, layers):
        generator, factors = torch.Generator().manual_seed(2), {}
        for module, layer in layers.items():
            shape, ones = layer.weight.shape, [1] * (layer.weight.ndim - 2)
            factors[module] = (torch.randn([RANK, *shape[1:]], generator=generator) * 0.1,
                               torch.randn([shape[0], RANK, *ones], generator=generator) * 0.03)
        return factors

    def saved_there(self, alpha, with_metadata):
        """By save_lora_weights() of a pipeline whose networks peft has adapted."""
        pipe, factors = load(self.model), self.random_factors(self.layers)
        saved, scale = {}, alpha / RANK if with_metadata else 1
        for part, network in (("unet", pipe.unet), ("text_encoder", pipe.text_encoder)):
            chosen = {id(layer): module for module, layer in modules_of(pipe).items() if module.startswith(part + ".")}
            own = {name: chosen[id(layer)] for name, layer in network.named_modules() if id(layer) in chosen}
            network.add_adapter(peft.LoraConfig(r=RANK, lora_alpha=alpha, target_modules=sorted(own)), "default")
            for name, module in own.items():
                layer = network.get_submodule(name)
                layer.lora_A["default"].weight.data.copy_(factors[module][0])
                layer.lora_B["default"].weight.data.copy_(factors[module][1])
            saved[part + "_lora_layers"] = peft.get_peft_model_state_dict(network, adapter_name="default")
            if with_metadata:
                saved[part + "_lora_adapter_metadata"] = network.peft_config["default"].to_dict()
        pipe.save_lora_weights(self.work / "saved", **saved)
        wanted = {module: (*pair, scale) for module, pair in factors.items()}
        found = self.ours(self.work / "saved/pytorch_lora_weights.safetensors")
        what = f"saved by peft, alpha {alpha}" + ("" if with_metadata else ", not said")
        self.same(f"{what}, against merged weights", found, merged(self.model, wanted, self.given))
        if with_metadata:
            self.same(f"{what}, against peft", found, outputs_of(pipe, self.given))

    def written_by_others(self):
        """Names and alphas that lie around, of layers that each can name."""
        factors, file = self.random_factors(self.layers), self.work / "other.safetensors"

        def stored(name_of, ends, alpha=None, layers=factors):
            tensors = {}
            for module in layers:
                stem = name_of(module)
                tensors |= {stem + end: factor for end, factor in zip(ends, factors[module])}
                if alpha is not None:
                    tensors[stem + ".alpha"] = torch.tensor(float(alpha))
            return tensors

        def processor(module):
            end = next(end for end in OLD_NAMES if module.endswith("." + end))
            head = module.removesuffix("." + end)
            return f"{head}.processor.{OLD_NAMES[end]}"

        attention = [module for module in factors if ".attn" in module and module.startswith("unet.")]
        unet = [module for module in factors if module.startswith("unet.")]
        down_up, a_b = (".lora_down.weight", ".lora_up.weight"), (".lora_A.weight", ".lora_B.weight")
        for what, tensors, scale, layers, read_there in (
                ("kohya, alpha = rank", stored(kohya, down_up, RANK), 1, factors, True),
                ("kohya, alpha 1", stored(kohya, down_up, 1), 1 / RANK, factors, True),
                ("kohya, no alpha", stored(kohya, down_up), 1, factors, True),
                ("kohya, lora_te1_", stored(lambda m: kohya(m, "lora_te1_"), down_up, RANK), 1, factors, True),
                ("peft, its alpha in tensors", stored(str, a_b, 1), 1 / RANK, factors, False),
                ("peft without prefix", stored(lambda m: m.removeprefix("unet."), a_b, layers=unet), 1, unet, False),
                ("attention processors", stored(processor, (".down.weight", ".up.weight"), layers=attention), 1, attention,
                 True)):
            save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, file)
            wanted = merged(self.model, {module: (*factors[module], scale) for module in layers}, self.given)
            parts = ("unet", "text") if layers is factors else ("unet",)
            found = self.ours(file)
            self.same(f"{what}, against merged weights", found, wanted, parts=parts)
            if read_there:
                self.same(f"{what}, against diffusers", found, self.theirs(file), parts=parts)


def main():
    interop, *models = sys.argv[1:]
    compared = 0
    for model in models:
        print(model)
        with tempfile.TemporaryDirectory() as work:
            test = Interop(interop, model, pathlib.Path(work))
            for format in ("kohya", "diffusers"):
                for targets, dtype in (("all", "fp32"), ("attention", "fp32"), ("linear", "fp16")):
                    test.written_here(targets, format, dtype)
            for alpha, with_metadata in ((RANK, True), (1, True), (1, False)):
                test.saved_there(alpha, with_metadata)
            test.written_by_others()
            compared += test.compared
    print(f"{compared} outputs are the same")


if __name__ == "__main__":
    if any(importlib.util.find_spec(name) is None for name in ("torch", "diffusers", "transformers", "peft")):
        print("skipped: this Python has no diffusers or no peft")
        sys.exit(SKIPPED)
    import diffusers
    import peft
    import torch
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file
    main()
