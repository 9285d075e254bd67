"""interop_test.py INTEROP CONVERT SHIPPED MODEL...: what this library writes, diffusers loads and draws the
same picture from, and the other way round. INTEROP and CONVERT are diffusion_interop and diffusion_convert,
SHIPPED is the base model that comes with Souvenir. Skipped (exit status 77) where this Python has no
diffusers."""
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

STEPS, GUIDANCE, SKIPPED = 6, 4.0, 77
TOLERANCE = 2e-3  # of a picture in [0, 1], float32
LEAST_MOVED = 1e-4  # by the weight that moves most: two steps of Adam at 1e-3
SCHEDULERS = {"ddim": "DDIMScheduler", "ddim-trailing": "DDIMScheduler", "pndm": "PNDMScheduler",
              "dpmsolver++": "DPMSolverMultistepScheduler",
              "dpmsolver++-karras": "DPMSolverMultistepScheduler", "euler": "EulerDiscreteScheduler"}
EXTRA = {"ddim-trailing": {"timestep_spacing": "trailing"},
         "dpmsolver++-karras": {"use_karras_sigmas": True}}


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def load(folder, **options):
    pipe = diffusers.StableDiffusionPipeline.from_pretrained(
        folder, safety_checker=None, local_files_only=True, **options)
    pipe.set_progress_bar_config(disable=True)
    pipe.own_scheduler = dict(pipe.scheduler.config)
    return pipe


def weights_sum(pipe):
    return sum(p.double().abs().sum().item() for p in pipe.unet.parameters())


def strip_types(model):
    """As models lie around: transformers 4 wrote the type that it was saved in, or none at all."""
    file = model / "text_encoder/config.json"
    config = json.loads(file.read_text())
    for key in ("dtype", "torch_dtype"):
        config.pop(key, None)
    file.write_text(json.dumps(config))


class Interop:
    def __init__(self, interop, convert, work):
        self.interop, self.convert, self.work = interop, convert, work
        self.drawn = 0

    def given(self, pipe):
        """Noise and prompts for a picture that is not square."""
        side, channels = pipe.unet.config.sample_size, pipe.unet.config.in_channels
        noise = torch.randn((1, channels, side, side + 4), generator=torch.Generator().manual_seed(1))
        ids = [pipe.tokenizer([p], padding="max_length", truncation=True, return_tensors="pt",
                              max_length=pipe.tokenizer.model_max_length).input_ids
               for p in ("a sks dog on the beach", "a painting")]
        return {"noise": noise, "cond": ids[0], "uncond": ids[1]}

    def theirs(self, pipe, given, scheduler):
        """The picture that diffusers draws."""
        kind = getattr(diffusers, SCHEDULERS[scheduler])
        pipe.scheduler = kind.from_config({**pipe.own_scheduler, **EXTRA.get(scheduler, {})})
        embeddings = [pipe.text_encoder(given[name])[0] for name in ("cond", "uncond")]
        height, width = (s * pipe.vae_scale_factor for s in given["noise"].shape[2:])
        return torch.from_numpy(pipe(
            prompt_embeds=embeddings[0], negative_prompt_embeds=embeddings[1],
            latents=given["noise"].clone(), num_inference_steps=STEPS, guidance_scale=GUIDANCE,
            height=height, width=width, output_type="np").images)

    def ours(self, model, given, scheduler):
        """The picture that this library draws."""
        source, target = self.work / "given.safetensors", self.work / "picture.safetensors"
        save_file(given, source)
        run(self.interop, "draw", model, scheduler, source, target)
        return load_file(target)["image"]

    def same(self, what, a, b):
        error = (a.double() - b.double()).abs().max().item()
        assert a.shape == b.shape and error <= TOLERANCE, f"{what}: pictures differ by {error}"
        self.drawn += 1
        print(f"{what}: largest difference {error:.2g}")

    def trained(self, base):
        version = self.work / "version"
        said = float(run(self.interop, "train", base, version))
        pipe, found = load(version), None
        found = weights_sum(pipe)
        assert abs(found - said) <= 1e-6 * said, (found, said)
        pairs = zip(pipe.unet.parameters(), load(base).unet.parameters())
        moved = max((ours - before).abs().max().item() for ours, before in pairs)
        assert moved > LEAST_MOVED, f"the weights were not trained: they moved by {moved}"
        given = self.given(pipe)
        self.same("a trained version", self.theirs(pipe, given, "ddim"),
                  self.ours(version, given, "ddim"))
        shutil.rmtree(version)

    def schedulers(self, base):
        pipe = load(base)
        given = self.given(pipe)
        for name in SCHEDULERS:
            self.same(f"scheduler {name}", self.theirs(pipe, given, name),
                      self.ours(base, given, name))

    def single_file(self, base):
        """Ours -> theirs, and back through our conversion -> theirs."""
        file, folder = self.work / "single.safetensors", self.work / "again"
        run(self.convert, base, file, "--title", "interop")
        pipe = load(base)
        given = self.given(pipe)
        wanted = self.theirs(pipe, given, "ddim")
        single = diffusers.StableDiffusionPipeline.from_single_file(
            str(file), config=str(base), local_files_only=True, safety_checker=None)
        single.set_progress_bar_config(disable=True)
        single.own_scheduler = pipe.own_scheduler
        for name in ("unet", "vae", "text_encoder"):
            a, b = (getattr(p, name).state_dict() for p in (pipe, single))
            assert a.keys() == b.keys() and all(a[k].equal(b[k]) for k in a), f"{name} differs"
        self.same("a single file", wanted, self.theirs(single, given, "ddim"))
        run(self.convert, file, folder, "--config", base)
        self.same("a single file, converted, here", wanted, self.ours(folder, given, "ddim"))
        self.same("a single file, converted, there", wanted,
                  self.theirs(load(folder), given, "ddim"))
        shutil.rmtree(folder)

    def half(self, base):
        folder = self.work / "half"
        run(self.convert, base, folder, "--dtype", "fp16")
        pipe = load(folder, torch_dtype=torch.float32)
        given = self.given(pipe)
        self.same("an export in float16", self.theirs(pipe, given, "ddim"),
                  self.ours(folder, given, "ddim"))
        shutil.rmtree(folder)

    def saved_there(self, base):
        """Every way in which diffusers saves."""
        for what, dtype, options in (
                ("as it is", torch.float32, {}), ("in parts", torch.float32, {"max_shard_size": "60KB"}),
                ("fp16", torch.float16, {"variant": "fp16"}),
                ("bf16 in parts", torch.bfloat16, {"variant": "bf16", "max_shard_size": "40KB"})):
            folder = self.work / "saved"
            load(base, torch_dtype=dtype).save_pretrained(folder, safe_serialization=True, **options)
            pipe = load(folder, torch_dtype=torch.float32, variant=options.get("variant"))
            given = self.given(pipe)
            self.same(f"saved by diffusers {what}", self.theirs(pipe, given, "ddim"),
                      self.ours(folder, given, "ddim"))
            shutil.rmtree(folder)


    def opens_as_a_user_opens_it(self, what, folder):
        """from_pretrained(path) and a prompt, no other argument."""
        pipe = diffusers.StableDiffusionPipeline.from_pretrained(folder)
        pipe.set_progress_bar_config(disable=True)
        given = self.given(pipe)
        pipe.own_scheduler = dict(pipe.scheduler.config)
        picture = torch.from_numpy(pipe("a dog", num_inference_steps=2, output_type="np").images)
        assert picture.isfinite().all() and picture.std() > 0, f"{what}: draws nothing"
        self.same(f"{what}, opened without arguments", self.theirs(pipe, given, "ddim"),
                  self.ours(folder, given, "ddim"))

    def as_a_user(self, base):
        """The model itself is opened so where it is shipped; what is made of it always, also of one
        in float16 whose text encoder does not say what it is loaded as."""
        half, version, single, again = (self.work / name for name in (
            "half", "version", "single.safetensors", "again"))
        if base.name == "base-model":
            self.opens_as_a_user_opens_it("the shipped model", base)
        run(self.convert, base, half, "--dtype", "fp16")
        self.opens_as_a_user_opens_it("an export in float16", half)
        strip_types(half)
        run(self.interop, "train", half, version)
        self.opens_as_a_user_opens_it("a trained version of float16", version)
        run(self.convert, half, single)
        run(self.convert, single, again, "--config", half)
        self.opens_as_a_user_opens_it("a single file, converted", again)
        for folder in (half, version, again):
            shutil.rmtree(folder)


def main():
    interop, convert, shipped, *models = sys.argv[1:]
    with tempfile.TemporaryDirectory() as work:
        test = Interop(interop, convert, pathlib.Path(work))
        for model in models:
            print(model)
            for part in (test.trained, test.schedulers, test.single_file, test.half,
                         test.saved_there, test.as_a_user):
                part(pathlib.Path(model))
        test.as_a_user(pathlib.Path(shipped))
        print(f"{test.drawn} pictures are the same")


if __name__ == "__main__":
    if any(importlib.util.find_spec(name) is None for name in ("torch", "diffusers", "transformers")):
        print("skipped: this Python has no diffusers")
        sys.exit(SKIPPED)
    import diffusers
    import torch
    from safetensors.torch import load_file, save_file
    main()
