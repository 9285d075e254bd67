"""Bad input gets code, stage, cause and hint; the processes live, the next request is served, and
nothing is half-written."""
import pathlib
import struct
import sys
import unittest
import zlib

import program

sys.path.append(str(program.SOURCE / "examples" / "python"))

PICTURES = sorted((program.SOURCE / "examples/05_personalize/dog-a").glob("*.png"))
FEW = ["--max-train-steps", 2, "--num-class-images", 2, "--checkpointing-steps", 0]


def png(width, height, depth=8, colour=2, rows=None):
    """A PNG of one colour, written here so that its size may lie or explode."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    row_bytes = (width * depth * {0: 1, 2: 3}[colour] + 7) // 8
    packer = zlib.compressobj(9)
    row = b"\0" + bytes(row_bytes)
    data = b"".join(packer.compress(row) for _ in range(height if rows is None else rows))
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data + packer.flush()) +
            chunk(b"IEND", b""))


def bad_pictures():
    good = PICTURES[0].read_bytes()
    return {
        "text": b"this is no picture\n" * 20,
        "truncated": good[: len(good) // 2],
        "empty": b"",
        "one-pixel": png(1, 1),
        "bomb": png(20_000, 20_000, depth=1, colour=0),
        "lying-size": png(100_000, 100_000, rows=4),
        "too-wide": png(60_000, 1),
        "only-a-header": good[:33],
    }


class BadRequests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = program.Server()
        cls.server.__enter__()
        cls.pids = cls.pids_now()

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__(None)

    @classmethod
    def pids_now(cls):
        return {s["name"]: s["pid"] for s in cls.server.status()["stages"]}

    def tearDown(self):
        # Every process lives, nothing is booked or half-written, and the next request is served.
        self.assertEqual(self.pids_now(), self.pids)
        listed = self.server.run("identifiers", "--json")
        self.assertEqual(listed.code, 0, listed)
        self.assertEqual(listed.json()["identifiers"], self.expected)
        for folder in ("store/versions", "store/staging", "checkpoints"):
            at = self.server.home / folder
            left = [p.name for p in at.iterdir()] if at.is_dir() else []
            self.assertEqual(left, [], folder)

    expected = []

    def finetune(self, *arguments, pictures=None, category="dog", timeout=program.DEADLINE_S):
        return self.server.run("finetune", *(PICTURES if pictures is None else pictures), "--category",
                               category, *FEW, *arguments, "--json", timeout=timeout)

    def call_finetune(self, pictures):
        """The request as the server gets it, which the command has not looked at."""
        files = [word for picture in pictures for word in ("--file", picture)]
        return self.server.call("/finetune", "finetune.v1", {"category": "dog", "max_train_steps": 2}, *files)

    def assert_fault(self, result, codes=("bad_input",), exits=(2,)):
        self.assertIn(result.code, exits, result)
        error = result.error()
        self.assertEqual(set(error), {"code", "stage", "job", "cause", "hint"})
        self.assertIn(error["code"], codes, error)
        for key in ("stage", "cause", "hint"):
            self.assertTrue(error[key], (key, error))
        self.assertLess(len(error["cause"]) + len(error["hint"]), 2000, "an error quotes megabytes")
        return error

    def test_pictures_that_are_none(self):
        folder = pathlib.Path(program.new_folder())
        for name, data in bad_pictures().items():
            with self.subTest(name):
                file = folder / f"{name}.png"
                file.write_bytes(data)
                error = self.assert_fault(self.finetune(pictures=[*PICTURES[:3], file]))
                self.assertIn(str(file), error["cause"])
                error = self.assert_fault(self.call_finetune([*PICTURES[:3], file, *PICTURES[:1], file]))
                self.assertRegex(error["cause"], "picture 4 of 6 .*; picture 6 of 6 ")

    def test_the_bomb_is_small_and_costs_no_memory(self):
        bomb = bad_pictures()["bomb"]
        self.assertLess(len(bomb), 60_000)
        file = pathlib.Path(program.new_folder()) / "bomb.png"
        file.write_bytes(bomb)
        before = self.peak_kib("encoder")
        self.assert_fault(self.call_finetune([file] * 4))  # the command would not send it
        self.assertLess(self.peak_kib("encoder") - before, 100_000)

    def peak_kib(self, stage):
        status = pathlib.Path(f"/proc/{self.pids[stage]}/status").read_text()
        return int(next(l for l in status.splitlines() if l.startswith("VmHWM:")).split()[1])

    def test_a_number_of_pictures_that_is_not_taken(self):
        empty = program.new_folder()
        self.assert_fault(self.finetune(pictures=[empty]))
        self.assert_fault(self.finetune(pictures=[PICTURES[0]] * 31))
        self.assert_fault(self.finetune(pictures=[PICTURES[0]] * 500))

    def test_the_server_itself_counts_pictures(self):
        for count in (0, 31):
            self.assert_fault(self.call_finetune([PICTURES[0]] * count))

    def test_a_picture_that_is_not_there(self):
        self.assert_fault(self.finetune(pictures=["/nowhere/dog.png"]),
                          codes=("not_found", "bad_input"), exits=(2, 4))

    def test_categories(self):
        for category in ("../x", "x" * 10_000, "do\x07g", "dog\nsks", "", " ", "/etc/passwd", "a/b",
                         "$(reboot)", "'; drop table booking; --", "\u202egod", "."):
            with self.subTest(category=category[:20]):
                self.assert_fault(self.finetune(category=category))

    def test_numbers(self):
        for option, value in [("--max-train-steps", -1), ("--max-train-steps", 0),
                              ("--max-train-steps", 10**9), ("--max-train-steps", "many"),
                              ("--max-train-steps", 10**30), ("--learning-rate", "nan"),
                              ("--learning-rate", "inf"), ("--learning-rate", -1),
                              ("--prior-loss-weight", "nan"), ("--prior-loss-weight", -1),
                              ("--train-batch-size", 0), ("--train-batch-size", 10**9),
                              ("--num-class-images", -1), ("--num-class-images", 10**9),
                              ("--checkpointing-steps", -1), ("--seed", -1),
                              ("--max-grad-norm", "nan")]:
            with self.subTest(option=option, value=value):
                self.assert_fault(self.finetune(f"{option}={value}"))

    def test_the_server_itself_refuses_what_is_not_finite(self):
        try:
            import souvenir_client
        except ImportError:
            self.skipTest("the Python client needs pyzmq and msgpack")
        with souvenir_client.Client(f"ipc://{self.server.home}/run/gateway.sock") as client:
            for value in (float("nan"), float("inf")):
                with self.subTest(value=value), self.assertRaises(souvenir_client.Fault) as raised:
                    client.finetune(PICTURES, "dog", learning_rate=value)
                self.assertIn(raised.exception.code, ("bad_input", "protocol"))
                self.assertIn("learning_rate", raised.exception.cause)

    def test_the_server_itself_refuses_numbers(self):
        files = [word for picture in PICTURES for word in ("--file", picture)]
        for body in ({"max_train_steps": -1}, {"max_train_steps": 0}, {"max_train_steps": 10**9},
                     {"learning_rate": -1.0}, {"learning_rate": 1e300}, {"max_train_steps": "two"},
                     {"max_train_stepz": 2}):
            with self.subTest(body=body):
                self.assert_fault(self.server.call("/finetune", "finetune.v1",
                                                   {"category": "dog", **body}, *files),
                                  codes=("bad_input", "protocol"), exits=(1, 2, 7))

    def test_targets_and_identifiers(self):
        self.assert_fault(self.finetune("--target-model", "privat"))
        self.assert_fault(self.finetune("--target-model", "pretrained"))
        for identifier in ("../x", "dog", "two words", "x" * 1000, "sks\n"):
            with self.subTest(identifier=identifier[:20]):
                self.assert_fault(self.finetune("--identifier", identifier),
                                  codes=("bad_input", "exists"), exits=(1, 2, 7))

    def test_prompts(self):
        result = self.server.run("call", "/generate", "--type", "generate.v1", "--json",
                                 "--json-body", '{"prompt": "' + "x " * 60_000 + '"}')
        self.assert_fault(result, codes=("bad_input", "protocol"), exits=(1, 2, 7))
        for option, value in [("--num-images", 0), ("--num-images", 10**9), ("--width", -64),
                              ("--width", 10**9), ("--num-inference-steps", 0),
                              ("--num-inference-steps", 10**9), ("--guidance-scale", "nan"),
                              ("--target-model", "mine"), ("--seed", -5)]:
            with self.subTest(option=option, value=value):
                self.assert_fault(self.server.run("generate", "a dog", f"{option}={value}", "--json"),
                                  codes=("bad_input", "not_found"), exits=(2, 4))

    def test_a_prompt_of_a_megabyte(self):
        # Longer than one argument of a command may be (128 KiB), so it is sent as a message.
        try:
            import souvenir_client
        except ImportError:
            self.skipTest("the Python client needs pyzmq and msgpack")
        with souvenir_client.Client(f"ipc://{self.server.home}/run/gateway.sock") as client:
            for size in (1024 * 1024, 60_000):
                with self.assertRaises(souvenir_client.Fault) as raised:
                    client.generate("x" * size)
                self.assertIn(raised.exception.code, ("bad_input", "protocol"))
                self.assertLess(len(raised.exception.cause), 2000)


class TakenWithAWarning(unittest.TestCase):
    def test_pictures_outside_4_to_8_and_a_category_that_the_model_has_not_seen(self):
        with program.Server() as server:
            for pictures, category, words in [(1, "dog", ["1 picture;", "4 to 8"]),
                                              (30, "dog", ["30 pictures", "4 to 8"]),
                                              (5, "zeppelin", ["zeppelin"])]:
                with self.subTest(pictures=pictures, category=category):
                    # A server's own warnings come as progress, which a client prints on stderr.
                    learned = server.run("finetune", *(PICTURES * 6)[:pictures], "--category",
                                         category, *FEW, "--json")
                    self.assertEqual(learned.code, 0, learned)
                    for word in ["warning", *words]:
                        self.assertIn(word, learned.err)
            plain = server.run("finetune", *PICTURES[:4], "--category", "dog", *FEW, "--json")
            self.assertEqual(plain.code, 0, plain)
            self.assertNotIn("warning", plain.err)


class SomebodyElses(unittest.TestCase):
    def test_an_identifier_of_another_owner_is_not_found_and_strange_files_are_skipped(self):
        folder = pathlib.Path(program.new_folder())
        for picture in PICTURES:
            (folder / picture.name).write_bytes(picture.read_bytes())
        for name in ("notes.txt", ".hidden.png", "Thumbs.db"):
            (folder / name).write_bytes(b"strange")
        (folder / "sub").mkdir()
        with program.Server() as server:
            ann, bob = dict(env={"USER": "ann"}), dict(env={"USER": "bob"})
            learned = program.run("finetune", folder, "--category", "dog", *FEW, "--json",
                                  home=server.home, **ann)
            self.assertEqual(learned.code, 0, learned)
            self.assertIn("notes.txt", learned.err)
            name = learned.json()["identifier"]
            mine = program.run("generate", f"a {name} dog", "--num-inference-steps", 2, "--json",
                               home=server.home, **ann)
            self.assertEqual(mine.code, 0, mine)
            for arguments in ([f"a {name} dog", "--identifier", name],
                              [f"a {name} dog", "--target-model", "private"]):
                other = program.run("generate", *arguments, "--json", home=server.home, **bob)
                self.assertIn(other.code, (2, 4, 5), other)
                self.assertIn(other.error()["code"], ("not_found", "forbidden", "bad_input"))
                self.assertTrue(other.error()["hint"], other)
            again = program.run("finetune", folder, "--category", "dog", "--identifier", name, *FEW,
                                "--json", home=server.home, **ann)
            self.assertNotEqual(again.code, 0, again)
            self.assertEqual(again.error()["code"], "exists", again)


if __name__ == "__main__":
    unittest.main()
