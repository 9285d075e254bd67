"""Variants of a model as it might lie around: made from a good one by a seeded program, one change each.

make(base, folder) yields NAME and the folder of each variant in turn; the folder is used again for the next. Without
numpy, so that the test needs Python alone.
"""
import json
import pathlib
import random
import shutil
import struct

SEED = 23
UNET = "unet/diffusion_pytorch_model.safetensors"
VAE = "vae/diffusion_pytorch_model.safetensors"
TEXT = "text_encoder/model.safetensors"
WEIGHTS = (UNET, VAE, TEXT)
SCHEDULER = "scheduler/scheduler_config.json"
# (file, key, value): None takes the key away.
SETTINGS = [
    ("unet/config.json", key, value) for key, value in [
        ("in_channels", 9), ("in_channels", 5), ("out_channels", 8), ("cross_attention_dim", 32), ("decay", 0.9999),
        ("a_setting_of_tomorrow", [1, 2]), ("note", "mine"), ("act_fn", "gelu"), ("act_fn", None), ("norm_eps", 1e-6),
        ("norm_num_groups", 7), ("layers_per_block", 2), ("layers_per_block", None), ("block_out_channels", [16, 64]),
        ("block_out_channels", "wide"), ("down_block_types", ["DownBlock2D", "DownBlock2D"]), ("sample_size", None),
        ("sample_size", 16), ("upcast_attention", True), ("class_embed_type", "timestep"), ("dropout", 0.0),
        ("mid_block_type", "UNetMidBlock2D"), ("use_linear_projection", True), ("flip_sin_to_cos", None),
        ("attention_head_dim", 5), ("dual_cross_attention", True), ("time_embedding_type", "fourier"),
        ("_diffusers_version", "9.9.9")]
] + [
    ("vae/config.json", key, value) for key, value in [
        ("latent_channels", 16), ("in_channels", 4), ("out_channels", 4), ("scaling_factor", 0.2),
        ("scaling_factor", None), ("force_upcast", True), ("x", 1), ("act_fn", "gelu"), ("norm_num_groups", 5),
        ("layers_per_block", 3), ("sample_size", None), ("shift_factor", None), ("use_quant_conv", False),
        ("mid_block_add_attention", False), ("block_out_channels", [16])]
] + [
    ("text_encoder/config.json", key, value) for key, value in [
        ("hidden_size", 48), ("vocab_size", 9), ("max_position_embeddings", 4), ("num_hidden_layers", 9),
        ("num_attention_heads", 5), ("hidden_act", "gelu"), ("hidden_act", "nothing"), ("projection_dim", 7),
        ("torch_dtype", "float16"), ("mystery", 3), ("intermediate_size", 10), ("layer_norm_eps", 1e-6)]
] + [
    (SCHEDULER, key, value) for key, value in [
        ("_class_name", "PNDMScheduler"), ("_class_name", "EulerDiscreteScheduler"), ("mystery", 3),
        ("prediction_type", "v_prediction"), ("prediction_type", "flow"), ("beta_schedule", "linear"),
        ("beta_schedule", "sigmoid"), ("timestep_spacing", "trailing"), ("timestep_spacing", "odd"),
        ("thresholding", True), ("steps_offset", None), ("clip_sample", True), ("num_train_timesteps", 500)]
] + [
    ("tokenizer/tokenizer_config.json", "model_max_length", 100), ("tokenizer/tokenizer_config.json", "mystery", 1),
    ("model_index.json", "safety_checker", ["stable_diffusion", "StableDiffusionSafetyChecker"]),
    ("model_index.json", "_diffusers_version", None), ("model_index.json", "mystery", [None, None]),
    ("model_index.json", "requires_safety_checker", True)]
FOREIGN = {"lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
           "html": b"<!DOCTYPE html><html><body>Sign in</body></html>", "json": b'{"error": "gated"}',
           "zeros": bytes(4096), "empty": b""}


def read(file):
    data = file.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    body = data[8 + length:]
    return {name: [entry["dtype"], entry["shape"], body[slice(*entry["data_offsets"])]]
            for name, entry in header.items()}


def write(file, tensors):
    header, body = {"__metadata__": {"format": "pt"}}, []
    at = 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        body.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    file.unlink()  # it may be a link to the base's
    file.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(body))


def drop(tensors, name):
    del tensors[name]


def rename(tensors, name):
    tensors[name + "_"] = tensors.pop(name)


def add(tensors, name):
    tensors["extra." + name] = ["F32", [1], struct.pack("<f", 1)]


def flatten(tensors, name):
    dtype, shape, data = tensors[name]
    tensors[name] = [dtype, [1, *shape], data]


def turn(tensors, name):
    dtype, shape, data = tensors[name]
    tensors[name] = [dtype, shape[::-1], data]


def halve(tensors, name):
    dtype, shape, data = tensors[name]
    tensors[name] = [dtype, [shape[0] // 2, *shape[1:]], data[:len(data) // shape[0] * (shape[0] // 2)]]


def as_half(tensors, name):
    shape, data = tensors[name][1:]
    values = struct.unpack(f"<{len(data) // 4}f", data)
    tensors[name] = ["F16", shape, struct.pack(f"<{len(values)}e", *values)]


def as_bfloat(tensors, name):
    shape, data = tensors[name][1:]
    tensors[name] = ["BF16", shape, b"".join(data[i + 2:i + 4] for i in range(0, len(data), 4))]


CHANGES = {"drop": drop, "rename": rename, "add": add, "flatten": flatten, "turn": turn, "halve": halve,
           "as_half": as_half, "as_bfloat": as_bfloat}
EACH = 3  # tensors of each file for each change


def fit(change, entry):
    """Whether the change makes another tensor of this one."""
    shape = entry[1]
    if change == "turn":
        return shape != shape[::-1]
    return change not in ("flatten", "halve") or len(shape) > 1


def fresh(base, folder):
    """A copy of links: a variant changes one file."""
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("unet", "vae", "text_encoder", "tokenizer", "scheduler"):
        shutil.copytree(base / part, folder / part)
    shutil.copy(base / "model_index.json", folder)


def make(base, folder):
    base, folder, chance = pathlib.Path(base), pathlib.Path(folder), random.Random(SEED)
    fresh(base, folder)
    yield "as it is"
    for file in WEIGHTS:
        tensors = read(base / file)
        for change, act in CHANGES.items():
            names = [name for name in sorted(tensors) if fit(change, tensors[name])]
            for name in chance.sample(names, EACH):
                fresh(base, folder)
                changed = dict(tensors)
                act(changed, name)
                write(folder / file, changed)
                yield f"{change} {name} of {file}"
    for file, key, value in SETTINGS:
        fresh(base, folder)
        config = json.loads((folder / file).read_text())
        config[key] = value
        if value is None:
            del config[key]
        (folder / file).write_text(json.dumps(config))
        yield f"{key} of {file} is {json.dumps(value)}"
    for file in (*WEIGHTS, "unet/config.json", "vae/config.json", "text_encoder/config.json", SCHEDULER,
                 "tokenizer/tokenizer_config.json", "model_index.json"):
        fresh(base, folder)
        (folder / file).unlink()
        yield f"{file} is gone"
    for file in WEIGHTS:
        whole = (base / file).read_bytes()
        for name, data in {**FOREIGN, "cut": whole[:len(whole) // 2], "tail": whole + b"tail"}.items():
            fresh(base, folder)
            (folder / file).write_bytes(data)
            yield f"{file} is {name}"
