"""A model folder that is damaged stops `up` with a text that names what is wrong."""
import json
import pathlib
import struct
import unittest

import program

UNET = "unet/diffusion_pytorch_model.safetensors"


def read(file):
    data = file.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + length]), data[8 + length:]


def write(file, header, data):
    text = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


def change(file, key, value):
    config = json.loads(file.read_text())
    config[key] = value
    file.write_text(json.dumps(config))


def last_tensor(header):
    return max((n for n in header if n != "__metadata__"),
               key=lambda n: header[n]["data_offsets"][1])


class BadModels(unittest.TestCase):
    def up_fails(self, model, *words):
        home = program.new_folder()
        result = program.run("up", "--json", home=home, env={"SOUVENIR_MODEL": str(model)})
        self.assertEqual(result.code, 3, result)
        self.assertNotIn("server ended", result.out)  # nothing was started
        error = result.error()
        for word in words:
            self.assertIn(word, error["cause"] + error["hint"])
        program.wait_for(lambda: not program.processes_of(home), "every process has ended")
        self.assertEqual(program.sockets_in(home), [])

    def test_no_such_folder(self):
        self.up_fails("/nowhere/model", "/nowhere/model")

    def test_a_missing_tensor(self):
        model = program.copy_of_base_model()
        header, data = read(model / UNET)
        name = last_tensor(header)
        begin, _ = header.pop(name)["data_offsets"]
        write(model / UNET, header, data[:begin])
        self.up_fails(model, name)

    def test_a_tensor_of_another_shape(self):
        model = program.copy_of_base_model()
        header, data = read(model / UNET)
        name = next(n for n in header if n != "__metadata__" and len(header[n]["shape"]) == 2)
        header[name]["shape"].reverse()
        header[name]["shape"] = [1] + header[name]["shape"]
        write(model / UNET, header, data)
        self.up_fails(model, name)

    def test_a_cut_file(self):
        model = program.copy_of_base_model()
        data = (model / UNET).read_bytes()
        (model / UNET).write_bytes(data[: len(data) // 2])
        self.up_fails(model, "diffusion_pytorch_model.safetensors")

    def test_a_missing_file(self):
        for name in ("vae/diffusion_pytorch_model.safetensors", "tokenizer/vocab.json", UNET):
            with self.subTest(name):
                model = program.copy_of_base_model()
                (model / name).unlink()
                self.up_fails(model, pathlib.PurePath(name).parent.name)

    def test_parts_that_do_not_fit(self):
        for file, key, value, word in (("unet/config.json", "in_channels", 9, "inpainting"),
                                       ("unet/config.json", "cross_attention_dim", 768, "hidden_size"),
                                       ("vae/config.json", "latent_channels", 16, "latent_channels"),
                                       ("text_encoder/config.json", "vocab_size", 100, "vocab_size")):
            with self.subTest(key):
                model = program.copy_of_base_model()
                change(model / file, key, value)
                self.up_fails(model, word, str(value))

    def test_doctor_and_a_dry_run_say_the_same(self):
        model = program.copy_of_base_model()
        change(model / "unet/config.json", "in_channels", 9)
        env, home = {"SOUVENIR_MODEL": str(model)}, program.new_folder()
        checks = program.run("doctor", "--json", home=home, env=env).json()["checks"]
        said = next(c for c in checks if c["name"] == "model")
        self.assertFalse(said["ok"])
        self.assertIn("inpainting", said["detail"])
        picture = program.SOURCE / "examples/05_personalize/dog-a"
        dry = program.run("finetune", picture, "--category", "dog", "--dry-run", "--json", home=home, env=env)
        self.assertEqual(dry.code, 3, dry)
        self.assertIn("inpainting", dry.error()["cause"])

    def test_doctor_has_a_hint_for_each_fault(self):
        broken = program.copy_of_base_model()
        text = (broken / "unet/config.json").read_text()
        (broken / "unet/config.json").write_text(text[: len(text) // 2])
        pickled = program.copy_of_base_model()
        (pickled / UNET).rename((pickled / UNET).with_suffix(".bin"))
        lora = pathlib.Path(program.new_folder()) / "lora.safetensors"
        write(lora, {"lora_unet_x.lora_down.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, bytes(4))
        for model, cause, hint in ((broken, "unet/config.json: not JSON: line ", "fetch it again"),
                                   (pickled, "pickle", "from_pretrained"), (lora, "is a LoRA", "made for"),
                                   ("/nowhere/model", "/nowhere/model", "correct the path")):
            with self.subTest(cause):
                env = {"SOUVENIR_MODEL": str(model)}
                checks = program.run("doctor", "--json", home=program.new_folder(), env=env).json()["checks"]
                said = next(c for c in checks if c["name"] == "model")
                self.assertFalse(said["ok"])
                self.assertIn(cause, said["detail"])
                self.assertIn(hint, said["hint"])
                self.assertNotIn("json.exception", said["detail"])
                drawn = program.run("generate", "a dog", "--json", home=program.new_folder(), env=env)
                self.assertEqual(drawn.code, 3, drawn)
                self.assertIn(cause, drawn.error()["cause"])
                self.assertNotIn("\n", drawn.error()["cause"])
                self.assertIn("server.log", drawn.error()["hint"])

    def test_what_is_odd_is_told_once_and_does_not_hinder(self):
        model = program.copy_of_base_model()
        change(model / "unet/config.json", "decay", 0.9999)
        change(model / "model_index.json", "safety_checker", ["stable_diffusion", "StableDiffusionSafetyChecker"])
        header, data = read(model / UNET)
        header["stranger"] = {"dtype": "F32", "shape": [1], "data_offsets": [len(data), len(data) + 4]}
        write(model / UNET, header, data + bytes(4))
        home = program.new_folder()
        checks = program.run("doctor", "--json", home=home, env={"SOUVENIR_MODEL": str(model)}).json()["checks"]
        said = next(c for c in checks if c["name"] == "model")
        self.assertTrue(said["ok"], said)
        for word in ("decay", "safety_checker", "stranger"):
            self.assertEqual(said["detail"].count(word), 1, said)
        try:
            result = program.run("up", home=home, env={"SOUVENIR_MODEL": str(model)})
            self.assertEqual(result.code, 0, result)
            for word in ("decay", "safety_checker", "stranger"):
                self.assertEqual(result.err.count(word), 1, result)
        finally:
            program.run("down", home=home)


if __name__ == "__main__":
    unittest.main()
