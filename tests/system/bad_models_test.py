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


def last_tensor(header):
    return max((n for n in header if n != "__metadata__"),
               key=lambda n: header[n]["data_offsets"][1])


class BadModels(unittest.TestCase):
    def up_fails(self, model, *words):
        home = program.new_folder()
        result = program.run("up", "--json", home=home, env={"SOUVENIR_MODEL": str(model)})
        self.assertNotEqual(result.code, 0, result)
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


if __name__ == "__main__":
    unittest.main()
