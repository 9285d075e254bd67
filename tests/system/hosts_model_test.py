"""The shipped flow with its trainer, and its generator, on another host with a disk of its own: what is learned
and drawn there is what one host learns and draws, bit for bit."""
import hashlib
import json
import pathlib
import sys
import unittest

import hosts
import program

PICTURES = program.SOURCE / "examples/05_personalize/dog-a"
SHIPPED = program.SOURCE / "flow/souvenir.toml"
STEPS, MIRROR = 24, 9  # the server has seen enough steps to know how long one takes


def digest(model):
    whole = hashlib.sha256()
    for file in sorted(pathlib.Path(model).rglob("*.safetensors")):
        whole.update(file.name.encode() + file.read_bytes())
    return whole.hexdigest()


def pixels(png):
    """What a PNG file shows, without the texts in it."""
    data, at, shown = pathlib.Path(png).read_bytes(), 8, b""
    while at < len(data):
        length, kind = int.from_bytes(data[at:at + 4], "big"), data[at + 4:at + 8]
        shown += data[at + 8:at + 8 + length] if kind in (b"IHDR", b"IDAT") else b""
        at += length + 12
    return shown


def moved(mirror, *executors):
    text = SHIPPED.read_text()
    for name in executors:
        text = hosts.elsewhere(text, name, mirror if name == "trainer" else None)
    return hosts.listening(text).replace('lease = "5s"', 'lease = "15s"')


def learn(server, target, steps=3):
    return server.start("finetune", PICTURES, "--category", "dog", "--seed", 5, "--json", "--target-model",
                        target, "--max-train-steps", steps, "--num-class-images", 2, "--train-batch-size", 1,
                        "--no-train-text-encoder")


def result(caller):
    out, err = caller.communicate(timeout=600)
    assert caller.returncode == 0, out + err
    return json.loads(out.strip().splitlines()[-1])


def draw(server):
    done = server.run("generate", "a dog", "--target-model", "private_meta", "--seed", 3,
                      "--num-inference-steps", 4, "--output-dir", program.new_folder(), "--json", timeout=600)
    assert done.code == 0, done
    return pixels(done.json()["images"][0])


def learn_two_and_draw(server):
    """A metamodel learns two things; the second is trained on from the first, whose pictures it replays."""
    models = [digest(result(learn(server, "private_meta"))["model"]) for _ in range(2)]
    return models, draw(server)


class HostsModel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hosts = hosts.Hosts().__enter__()
        cls.addClassCleanup(cls.hosts.__exit__)

    def one_host(self, work):
        with program.Server(home=program.new_folder()) as server:
            return work(server)

    def test_a_metamodel_learns_and_draws_elsewhere_as_on_one_host(self):
        with hosts.Site(self.hosts, moved(0, "trainer", "generator")) as site:
            second_disk = program.new_folder()
            for name in ("trainer", "generator"):
                site.join(name, program.PLUGINS / f"{name}.so", home=second_disk)
            seen = learn_two_and_draw(site.server)
            self.assertEqual(len(list((pathlib.Path(second_disk) / "cache/versions").iterdir())), 2)
            notes = list((site.home / "store/replay").rglob("retention.json"))
            self.assertEqual(len(notes), 2, "what the trainer noted has come back")
        self.assertEqual(seen, self.one_host(learn_two_and_draw))

    def test_a_private_model_goes_on_on_a_third_disk_from_the_mirrored_checkpoint(self):
        with hosts.Site(self.hosts, moved(MIRROR, "trainer")) as site:
            lost = site.join("trainer", program.PLUGINS / "trainer.so")
            caller = learn(site.server, "private", STEPS)
            program.wait_for(lambda: self.step_of(site) > MIRROR, "the first mirrored checkpoint", 300)
            lost.kill()
            site.join("trainer", program.PLUGINS / "trainer.so")
            answer = result(caller)
            seen = digest(answer["model"])
            started = [note for note in site.notes(answer["job"]) if note.startswith("started")]
            self.assertIn(f"from step {MIRROR}", started[-1])
        self.assertEqual(seen, self.one_host(
            lambda server: digest(result(learn(server, "private", STEPS))["model"])))

    @staticmethod
    def step_of(site):
        listed = site.jobs()
        jobs = [json.loads(line) for line in listed.out.splitlines()] if listed.code == 0 else []
        return jobs[0]["step"] if jobs and jobs[0]["stage"] == "trainer" else 0


if __name__ == "__main__":
    if not hosts.can_be_made():
        sys.exit(hosts.NO_NAMESPACES)
    unittest.main()
