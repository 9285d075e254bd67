"""A trainer on another host is taken over: with one ordinary job in hand it tries to be an administrator, to be
other owners, and to bring the server down. Registry, storage and sampler are the shipped ones; encoder,
generator and the trainer that it takes the place of have 16 weights instead of a network (tests/faults)."""
import pathlib
import random
import sys
import time
import unittest

import program
from raw_client import RawClient, msgpack
from raw_stage import (ACK, BEAT, BYE, CALL, DONE, EMIT, ENDED, FAILED, HELLO, LOADING, PROGRESS, READY, REFUSED, REPLY,
                       WELCOME, WORK, RawStage)

TOYS = pathlib.Path(sys.argv.pop())
sys.path.insert(0, str(program.SOURCE / "tests/faults"))
import cells  # noqa: E402

ENV = {"SOUVENIR_PLUGINS": str(TOYS)}
PICTURES = program.SOURCE / "examples/05_personalize/dog-a"
PACKETS = 10_000
CANCEL = 2
ROUTES = """
"/identifiers" = { path = "registry", accepts = ["identifiers.v1"] }
"/models" = { path = "registry", accepts = ["models.v1"] }
"/suggest" = { path = "registry", accepts = ["suggest.v1"] }
"/update_rare_identifiers" = { path = "registry", accepts = ["rare_identifiers.v1"], access = "admin" }
"/admin/reset_model" = { path = "registry", accepts = ["reset_model.v1"] }
"""


def flow_text(port):
    text = cells.flow_text().replace('name = "trainer"\n', 'name = "trainer"\nhost = "remote"\n')
    text = text.replace('beat = "100ms"\nlease = "1s"',
                        f'listen = ["ipc://${{var.run}}/gateway.sock", "tcp://*:{port}"]\nlease = "60s"')
    return text.replace("[route]\n", "[route]" + ROUTES)


class TakenOver(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = pathlib.Path(program.new_folder())
        port = program.free_port()
        cls.address = f"tcp://127.0.0.1:{port}"
        (cls.home / "flow.toml").write_text(flow_text(port))
        cls.key = cls.home / "far.key"
        made = program.run("keys", "make", "far", "--stage", "trainer", "--workers", 4, "--output", cls.key,
                           home=cls.home)
        assert made.code == 0, made
        cls.server = program.Server(cls.home / "flow.toml", env=ENV, home=cls.home)
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__, None)
        with program.remote_stage(cls.server, "trainer", TOYS / "toy_trainer.so", cls.address, "--key-file", cls.key):
            cls.bobs = [cls.learn("bob", target) for target in ("private", "private_meta", "meta")]
        program.wait_for(lambda: cls.server.stage("trainer")["state"] not in ("ready", "busy"),
                         "the true trainer is gone")

    @classmethod
    def as_owner(cls, owner, *arguments):
        return program.run(*arguments, "--json", home=cls.home, env={**ENV, "USER": owner})

    @classmethod
    def learn(cls, owner, target):
        learned = cls.as_owner(owner, "finetune", PICTURES, "--category", "dog", "--target-model", target, "--quiet",
                               "--max-train-steps", 4, "--num-class-images", 2, "--train-batch-size", 1,
                               "--no-train-text-encoder")
        assert learned.code == 0, learned
        return learned.json()

    def setUp(self):
        self.mallory = RawClient(f"ipc://{self.home}/run/gateway.sock", owner="mallory")
        self.stage = RawStage(self.address, self.key, "trainer", TOYS / "toy_trainer.so")
        self.stage.join()
        self.asked = 0
        self.ask()
        self.task = self.stage.next(WORK)[1]

    def tearDown(self):
        self.mallory.send({"v": 1, "k": CANCEL, "i": self.asked, "o": "mallory"}, {})
        program.wait_for(self.mallorys_job_is_over, "mallory's job is cancelled")
        self.stage.send(BYE)
        self.stage.close()
        self.mallory.close()
        self.assertIsNone(self.server.child.poll())
        for stage in self.server.status()["stages"]:
            self.assertEqual(stage["restarts"], 0, stage)
        self.others_have_what_they_had()

    def ask(self):
        self.asked += 1
        body = {"category": "dog", "max_train_steps": 4, "num_class_images": 2, "train_batch_size": 1,
                "train_text_encoder": False}
        self.mallory.request(self.asked, "/finetune", "finetune.v1", body,
                             blobs=[file.read_bytes() for file in sorted(PICTURES.iterdir())])

    def mallorys_job_is_over(self):
        over = False
        while (packet := self.mallory.receive(0)) is not None:
            over = over or packet[0] in ("ended", "refused") and packet[1]["i"] == self.asked
        return over

    def others_have_what_they_had(self):
        listed = self.as_owner("bob", "identifiers").json()["identifiers"]
        self.assertEqual({each["version"] for each in listed}, {each["version"] for each in self.bobs})
        for each in self.bobs:
            self.assertTrue((pathlib.Path(each["model"]) / "model_index.json").exists(), each)

    def test_what_its_table_does_not_name_is_refused_and_changes_nothing(self):
        bobs = self.bobs[0]
        settings = {"options": {"seed": 1, "max_train_steps": 4, "num_class_images": 2, "train_batch_size": 1},
                    "version": bobs["version"], "identifier": "zzq", "category": "dog", "target_model": "private",
                    "base": "pretrained"}
        trained = {"settings": settings, "steps": 1}
        words = self.as_owner("bob", "call", "/suggest", "--type", "suggest.v1", "--json-body",
                              '{"category": "dog"}').json()["answers"]
        for endpoint, type_, body in [
                ("/admin/reset_model", "reset_model.v1", {"target_model": "meta"}),
                ("/admin/reset_model", "reset_own.v1", {"target_model": "private_meta"}),
                ("/update_rare_identifiers", "rare_identifiers.v1", {"rare_identifiers": ["qqx"]}),
                ("/suggest", "rare_identifiers.v1", {"rare_identifiers": ["qqx"]}),
                ("/identifiers", "trained.v1", trained), ("/identifiers", "stored.v1", {"trained": trained}),
                ("/store", "trained.v1", trained), ("/offer", "stored.v1", {"trained": trained}),
                ("/finetune", "finetune.v1", {"category": "dog"}), ("/models", "models.v1", {}),
                ("/prior", "prior.v1", {}), ("/none", "x.v1", {}), ("", "", {})]:
            with self.subTest(endpoint=endpoint, type=type_):
                kind, fault = self.stage.call(self.task, endpoint, type_, body)
                self.assertEqual((kind, fault.get("code")), (FAILED, "forbidden"), fault)
        kind, answer = self.stage.call(self.task, "/store", "same_disk.v1", {"token": "abc"})
        self.assertEqual((kind, answer), (REPLY, {"token": "abc", "same": False}))
        again = self.as_owner("bob", "call", "/suggest", "--type", "suggest.v1", "--json-body",
                              '{"category": "dog"}').json()["answers"]
        self.assertEqual(again[0]["body"], words[0]["body"])
        refused = self.home / "access" / "refused.log"
        program.wait_for(lambda: refused.exists() and "no call of '/admin/reset_model'" in refused.read_text(),
                         "the audit tells", 5)

    def test_an_answer_that_its_table_does_not_name_fails_its_job_alone(self):
        self.stage.send(EMIT, {"trained": {}}, i=self.task["i"], j=self.task["j"], a=self.task["a"], t="stored.v1",
                        l=True)
        fault = self.stage.next(ENDED)[2]["fault"]
        self.assertEqual((fault["code"], fault["stage"]), ("protocol", "trainer"))

    def test_welcome_names_the_jobs_that_may_need_it(self):
        self.stage.send(BYE)
        self.stage.join()
        told = self.stage.next(WELCOME)[2]["open_jobs"]
        self.assertIn(self.task["j"], told)
        open_jobs = [job["id"] for job in self.server.status()["jobs"] if job["kind"] == "/finetune"]
        self.assertLessEqual(set(told), set(open_jobs))

    def test_10_000_packets_touch_nobody_else(self):
        forger = Forger(20261, self)
        slowest, answered = 0.0, 0
        carol = RawClient(f"ipc://{self.home}/run/gateway.sock", owner="carol")
        for number in range(PACKETS):
            if number % 50 == 0:
                self.drain()
            self.stage.socket.send_multipart(forger.packet())
            if number % 250 == 249:
                began = time.monotonic()
                carol.request(number, "/identifiers", "identifiers.v1", {})
                outcome = None
                while outcome is None:
                    packet = carol.receive(20)
                    self.assertIsNotNone(packet, "carol is not answered")
                    outcome = packet[2].get("outcome") if packet[0] == "ended" else None
                self.assertEqual(outcome, "done")
                slowest, answered = max(slowest, time.monotonic() - began), answered + 1
        carol.close()
        self.assertLess(slowest, 5)
        print(f"figure: {PACKETS} packets of a stage of another host that was taken over, with {self.asked} jobs of "
              f"its own one after another; {answered} requests of another client answered meanwhile, the slowest "
              f"within {slowest * 1000:.0f} ms; no stage started again, nothing of another owner changed")

    def drain(self):
        """What has come; the stage joins again, and has a job in hand."""
        self.stage.join()
        while (packet := self.stage.receive(0)) is not None:
            if packet[0] == WORK:
                self.task = packet[1]
        if self.mallorys_job_is_over():
            self.stage.send(BYE)  # with what it still has in hand of that one
            self.stage.join()
            self.ask()
            self.task = self.stage.next(WORK)[1]


class Forger:
    """Packets that are nearly right, as frames."""
    KINDS = [*range(1, 6), *range(16, 22), HELLO, LOADING, READY, DONE, FAILED, PROGRESS, PROGRESS, BEAT, WELCOME, WORK,
             REPLY, ACK, REFUSED] + [EMIT] * 3 + [CALL] * 6
    ENDPOINTS = ["/store", "/store", "/offer", "/identifiers", "/models", "/finetune", "/prior", "/admin/reset_model",
                 "/update_rare_identifiers", "/admin/updateApiKeys", "/none", ""]
    TYPES = ["same_disk.v1", "manifest_of.v1", "piece_of.v1", "piece.v1", "offer.v1", "trained.v1", "stored.v1",
             "reset_model.v1", "rare_identifiers.v1", "finetune.v1", "api_keys.v1", "x.v1", ""]
    NUMBERS = [0, 1, 2, 3, 64, 4096, 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1]

    def __init__(self, seed, test):
        self.random = random.Random(seed)
        self.test = test
        self.last = None

    def packet(self):
        chosen = self.random
        if self.last and chosen.random() < 0.05:
            return self.last
        if chosen.random() < 0.003:  # no packet at all, or the end of the connection: its job is lost
            return chosen.choice([[b"\xc1"], [msgpack.packb({"v": 1, "k": BYE})]])
        task = self.test.task
        own = chosen.random() < 0.7
        header = {"v": 1, "k": chosen.choice(self.KINDS),
                  "i": task["i"] if own else chosen.choice(self.NUMBERS),
                  "j": task["j"] if own else chosen.choice([each["job"] for each in self.test.bobs] + ["", "x" * 999]),
                  "a": task["a"] if own else chosen.choice(self.NUMBERS),
                  "e": chosen.choice(self.ENDPOINTS), "t": chosen.choice(self.TYPES),
                  "o": chosen.choice(["mallory", "bob", "root", ""])}
        for field in "shfdbgc":
            if chosen.random() < 0.3:
                header[field] = chosen.choice(self.NUMBERS)
        if chosen.random() < 0.3:
            header["l"] = True
        frames = [msgpack.packb(header), self.body(), *[chosen.randbytes(chosen.choice([0, 9, 9_000]))
                                                        for _ in range(chosen.randrange(3))]]
        self.last = frames
        return frames

    def body(self):
        chosen = self.random
        bobs = chosen.choice(self.test.bobs)
        return chosen.choice([
            lambda: msgpack.packb({"target_model": chosen.choice(["private", "private_meta", "meta"])}),
            lambda: msgpack.packb({"kind": chosen.choice(["version", "replay", "checkpoint", "x"]),
                                   "id": chosen.choice([bobs["version"], "v-0000000000000000", "../x", ""]),
                                   "job": bobs["job"], "epoch": chosen.choice(self.NUMBERS)}),
            lambda: msgpack.packb({"settings": {"version": bobs["version"], "target_model": "meta"}}),
            lambda: msgpack.packb({"trained": {"settings": {"version": bobs["version"]}}}),
            lambda: msgpack.packb({"code": chosen.choice(["stage_died", "no_checkpoint", "internal"]), "cause": "x"}),
            lambda: msgpack.packb({"text": "x" * 5_000, "checkpoint_step": chosen.choice(self.NUMBERS[:9])}),
            lambda: msgpack.packb({"name": chosen.choice(["registry", "trainer"]), "plugin": self.test.stage.table}),
            lambda: msgpack.packb({"rare_identifiers": ["q"] * chosen.choice([1, 4096, 4097, 100_000])}),
            lambda: chosen.randbytes(chosen.randrange(300)),
            lambda: b""])()


if __name__ == "__main__":
    unittest.main()
