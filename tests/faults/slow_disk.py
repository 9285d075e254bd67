"""A version is published while the disk stands still: whoever else asks the registry is answered as ever, and the
process that waits for the disk is not taken for hung.

slow_disk.py PLUGINS [--mib N]

--mib N: instead, a version of N MiB is published, then one that comes from a trainer with a disk of its own; what a
request to the registry takes meanwhile, beside what it takes when nothing goes on.
"""
import argparse
import json
import pathlib
import sys
import time

import cells
import program
import raw_client
import service

# Longer than the lease, and than four times what storage says of itself (plugins/storage/storage.h).
STANDS_STILL_S = 6
ASKED = 100
DRAWING = '"/drawing" = { path = "registry", accepts = ["generate.v1"] }\n'  # the head of /generate alone
PATIENCE_S = 30


def flow_of(folder, fault="", mib=0, trainers_home=None):
    text = cells.flow_text("storage" if fault else "", fault, trainers_home=trainers_home)
    text = text.replace("[route]\n", "[route]\n" + DRAWING)
    text = text.replace("step_ms = 0", f"step_ms = 0, ballast_mib = {mib}")
    flow = pathlib.Path(folder) / "flow.toml"
    flow.write_text(text)
    return flow


class Asker:
    """Asks the registry for the plan of a picture, one request after another."""

    def __init__(self, server):
        self.client = raw_client.RawClient(f"ipc://{server.home}/run/gateway.sock")
        self.number = 0

    def ask_ms(self):
        self.number += 1
        began = time.monotonic()
        self.client.request(self.number, "/drawing", "generate.v1", {"prompt": "a dog"})
        took_ms = None
        while True:
            answer = self.client.receive(PATIENCE_S)
            assert answer is not None, f"the registry has not answered within {PATIENCE_S} s"
            kind, _, body = answer
            if kind == "result":
                took_ms = (time.monotonic() - began) * 1000
            elif kind in ("ended", "refused"):
                assert took_ms is not None, body
                return took_ms

    def ask_while(self, goes_on):
        times_ms = []
        while goes_on():
            times_ms.append(self.ask_ms())
        return times_ms


def p99(times_ms):
    return sorted(times_ms)[int(len(times_ms) * 0.99)]


def counted(count):
    left = iter(range(count))
    return lambda: next(left, None) is not None


def learn(server):
    return server.start("finetune", service.PICTURES, "--category", "dog", "--seed", 5, "--quiet", "--json",
                        "--max-train-steps", 4, "--num-class-images", 4, "--train-batch-size", 2,
                        "--no-train-text-encoder")


def result(caller):
    out, err = caller.communicate(timeout=program.DEADLINE_S)
    assert caller.returncode == 0, out + err
    return json.loads(out.strip().splitlines()[-1])


def stands_still(plugins):
    folder = pathlib.Path(program.new_folder())
    reached = folder / "reached"
    flow = flow_of(folder, f"publish.begin,1,hang,{reached}")
    with program.Server(flow, env={"SOUVENIR_PLUGINS": plugins}) as server:
        asker = Asker(server)
        quiet = asker.ask_while(counted(ASKED))
        pid = server.stage("storage")["pid"]
        caller = learn(server)
        program.wait_for(reached.exists, "storage stands still")
        began = time.monotonic()
        busy = asker.ask_while(lambda: time.monotonic() - began < STANDS_STILL_S)
        assert caller.poll() is None, "the version was published all the same"
        assert server.stage("storage")["pid"] == pid, "storage was taken for hung"
        pathlib.Path(f"{reached}.go").touch()
        answer = result(caller)
        history = server.run("jobs", "show", answer["job"], "--json").json()["history"]
        assert len([note for note in history if note["what"] == "started"]) == 1, history
    print(f"figure: while a version waits {STANDS_STILL_S} s for the disk, {len(busy)} requests of the registry "
          f"are answered, 99 of 100 within {p99(busy):.1f} ms; quiet {p99(quiet):.1f} ms")


def of_size(plugins, mib, elsewhere):
    trainers_home = program.new_folder() if elsewhere else None
    flow = flow_of(program.new_folder(), mib=mib, trainers_home=trainers_home)
    with program.Server(flow, env={"SOUVENIR_PLUGINS": plugins}) as server:
        asker = Asker(server)
        quiet = asker.ask_while(counted(10 * ASKED))
        store = server.home / "store"
        caller = learn(server)
        comes = (store / "incoming").glob if elsewhere else (store / "staging").glob

        def ended():  # it should not: result() says why
            return caller.poll() is not None
        program.wait_for(lambda: ended() or list(comes("*/version/files" if elsewhere else "*/model_index.json")),
                         "the version comes", 600)
        began = time.monotonic()
        busy = asker.ask_while(lambda: not ended() and not list((store / "versions").glob("*/model_index.json")))
        took_s = time.monotonic() - began
        result(caller)
    print(f"figure: a version of {mib} MiB, trained {'elsewhere' if elsewhere else 'here'}, is published in "
          f"{took_s:.1f} s; meanwhile 99 of {len(busy)} requests of 100 are answered within {p99(busy):.2f} ms, "
          f"all within {max(busy):.2f} ms; quiet {p99(quiet):.2f} ms and {max(quiet):.2f} ms", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("plugins")
    parser.add_argument("--mib", type=int)
    options = parser.parse_args()
    if options.mib is None:
        stands_still(options.plugins)
    else:
        for elsewhere in (False, True):
            of_size(options.plugins, options.mib, elsewhere)
    return 0


if __name__ == "__main__":
    sys.exit(main())
