"""Stages and a client in other languages, written from schemas/wire.md alone: Python with pyzmq and msgpack, and
JavaScript with nothing but node."""
import json
import pathlib
import shutil
import subprocess
import sys
import unittest

import program

HERE = pathlib.Path(__file__).parent / "foreign"
EXAMPLE = program.SOURCE / "examples" / "python"
FLOW = EXAMPLE / "louder.toml"
SEED = 2**64 - 1


def has_zmq():
    return subprocess.run([sys.executable, "-c", "import zmq, msgpack"], capture_output=True).returncode == 0


class Foreign:
    """The same of every stage; `command` starts one."""

    def setUp(self):
        # /helped is what stages call, and not for clients: they have /back.
        folder = pathlib.Path(program.new_folder())
        shutil.copy(EXAMPLE / "louder.json", folder)
        flow = folder / "flow.toml"
        flow.write_text(FLOW.read_text().replace('[route]', '[route]\n"/back" = "reverse"'))
        self.server = self.enterContext(program.Server(flow))
        self.address = f"ipc://{self.server.home}/run/gateway.sock"
        self.stage = subprocess.Popen([*self.command, self.address, *self.arguments])
        self.addCleanup(self.end)
        program.wait_for(lambda: self.shown()["state"] == "ready", "the stage has joined")

    def end(self):
        self.stage.kill()
        self.stage.wait()

    def shown(self):
        return next(s for s in self.server.status()["stages"] if s["name"] == "louder")

    def test_it_answers_with_its_parameter_calls_a_route_and_leaves_in_order(self):
        self.assertEqual(self.server.text("/loud", "a dog"), "A DOG?")
        self.assertEqual(self.server.text("/loud", "call god"), "dog?")
        self.assertEqual(self.shown()["plugin"], "./louder.json")
        self.assertEqual(self.shown()["with"], {"suffix": "?"})
        self.stage.terminate()
        self.assertEqual(self.stage.wait(program.DEADLINE_S), 0)
        program.wait_for(lambda: self.shown()["state"] != "ready", "its leaving is seen")


@unittest.skipUnless(has_zmq(), "no pyzmq and msgpack here; ./run build installs them")
class InPython(Foreign, unittest.TestCase):
    command = [sys.executable, EXAMPLE / "louder.py"]
    arguments = []


@unittest.skipUnless(shutil.which("node"), "no node here")
class InJavaScript(Foreign, unittest.TestCase):
    command = ["node", HERE / "stage.mjs"]
    arguments = [EXAMPLE / "louder.json"]

    def client(self, endpoint, type_, body):
        ran = subprocess.run(["node", HERE / "client.mjs", self.address, endpoint, type_, json.dumps(body)],
                             capture_output=True, text=True, timeout=program.DEADLINE_S)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def test_a_client_hears_accepted_result_and_end(self):
        came = self.client("/loud", "text.v1", {"text": "a dog"})
        self.assertEqual([each["kind"] for each in came], ["accepted", "result", "ended"])
        self.assertEqual(came[1]["body"], {"text": "A DOG?"})
        self.assertEqual(came[2]["body"]["outcome"], "done")

    def test_a_wrong_field_is_named_and_a_call_without_its_epoch_is_a_fault(self):
        failed = self.client("/back", "text.v1", {"text": 7})[-1]
        self.assertIn("'text' is a whole number, expected text", failed["body"].get("fault", failed["body"])["cause"])
        ended = self.client("/loud", "text.v1", {"text": "call without"})[-1]
        self.assertEqual(ended["body"]["fault"]["code"], "protocol", ended)
        self.assertIn("`a`", ended["body"]["fault"]["cause"])


@unittest.skipUnless(shutil.which("node"), "no node here")
class Numbers(unittest.TestCase):
    def test_numbers_above_two_to_53_stay_what_they_are(self):
        script = (f"import {{ pack, unpack }} from '{HERE / 'msgpack.mjs'}';"
                  f"const back = unpack(pack({{ seed: {SEED}n, small: -5, x: 1.5, list: [1, 'a', null, true] }}));"
                  "console.log(JSON.stringify(back, (_, v) => typeof v === 'bigint' ? `${v}` : v));")
        ran = subprocess.run(["node", "--input-type=module", "-e", script], capture_output=True, text=True)
        self.assertEqual(json.loads(ran.stdout or "null"),
                         {"seed": str(SEED), "small": -5, "x": 1.5, "list": [1, "a", None, True]}, ran.stderr)


if __name__ == "__main__":
    if not has_zmq() and not shutil.which("node"):
        sys.exit(77)
    unittest.main()
