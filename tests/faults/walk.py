"""A walk through what can go wrong while somebody learns a dog, on two hosts, recorded as text.

walk.py [--steps N] [--record FILE]

The server runs on one host, the trainer on another with a disk of its own (network namespaces). During one
`souvenir finetune` the trainer is killed, the link between the hosts is cut for a minute and healed, and the
server is killed and started again. The answer is compared with that of a run on one host to which nothing
happened. Exit code 0: the bytes are the same.
"""
import argparse
import json
import pathlib
import sys
import time

import hosts
import program
import service

FLOW = program.SOURCE / "flow/souvenir.toml"
STEPS, MIRROR = 160, 20
KILL_AT, CUT_S = 100, 60
PATIENCE_S = 3600


class Recording:
    """What was typed and what was seen, with minutes and seconds since the beginning."""

    def __init__(self):
        self.began = time.monotonic()
        self.names = []
        self.lines = []

    def say(self, text, mark=" "):
        for path, name in self.names:
            text = text.replace(path, name)
        seconds = int(time.monotonic() - self.began)
        for line in text.rstrip().splitlines():
            self.lines.append(f"{seconds // 60:02}:{seconds % 60:02} {mark} {line}".rstrip())
            print(self.lines[-1], flush=True)

    def typed(self, host, command):
        self.say(f"{host}$ {command}")

    def note(self, text):
        self.say(text, "#")


def options(steps):
    return ["--category", "dog", "--seed", "5", "--max-train-steps", str(steps), "--checkpointing-steps", "0",
            "--num-class-images", "4", "--train-batch-size", "1", "--no-train-text-encoder"]


def flow_text():
    text = hosts.listening(hosts.elsewhere(FLOW.read_text(), "trainer", MIRROR))
    return text.replace('beat = "500ms"\nlease = "5s"', 'beat = "1s"\nlease = "20s"')


class Walk:
    def __init__(self, site, record, steps):
        self.site, self.record, self.steps = site, record, steps

    def job(self):
        listed = self.site.jobs()
        jobs = [json.loads(line) for line in listed.out.splitlines()] if listed.code == 0 else []
        return jobs[0] if jobs else {"step": 0, "stage": "", "attempt": 0, "epoch": 0}

    def reach(self, step, epoch):
        def there():
            job = self.job()
            if job.get("state") == "failed":
                raise AssertionError(job)
            return job["stage"] == "trainer" and job["step"] >= step and job["epoch"] >= epoch and job
        return program.wait_for(there, f"step {step} of run {epoch}", PATIENCE_S)

    def ask(self, *words):
        self.record.typed("first", "souvenir " + " ".join(words))
        done = self.site.server.run(*words)
        self.record.say(done.out if done.code == 0 else done.err)
        return done

    def join(self, why):
        self.record.note(why)
        self.record.typed("second", f"souvenir stage trainer --plugin trainer.so --connect "
                                    f"tcp://{hosts.FIRST}:{hosts.PORT} --key-file second.key")
        return self.site.join("trainer", program.PLUGINS / "trainer.so")

    def kill_trainer(self, trainer, job):
        self.record.note(f"The trainer is killed at step {job['step']}, and its disk is lost with it.")
        self.record.typed("second", "kill -9 $(pgrep -f 'souvenir stage trainer')")
        trainer.kill()
        trainer.wait()
        return self.join("Another trainer joins, with an empty disk. The server saw the first one's connection close.")

    def cut_link(self, trainer, job):
        self.record.note(f"The link is cut at step {job['step']}, for {CUT_S} s. Nobody is told.")
        self.record.typed("second", "ip link set cable down")
        self.site.hosts.cut()
        cut_at = time.monotonic()
        program.wait_for(lambda: not self.site.is_ready("trainer", trainer.pid), "the silence is noticed")
        self.record.note(f"{time.monotonic() - cut_at:.0f} s later the server has noticed.")
        self.ask("status")
        program.wait_for(lambda: time.monotonic() - cut_at >= CUT_S, "a minute", CUT_S + 10)
        self.record.typed("second", "ip link set cable up")
        self.site.hosts.heal()
        program.wait_for(lambda: self.site.is_ready("trainer", trainer.pid), "it joins again")
        self.record.note(f"{time.monotonic() - cut_at - CUT_S:.0f} s later the trainer has joined again.")

    def kill_server(self, trainer, job):
        self.record.note(f"The server is killed at step {job['step']}, and started again.")
        self.record.typed("first", "kill -9 $(pgrep -f 'souvenir up')")
        self.site.kill_server()
        self.record.typed("first", "souvenir up flow.toml")
        self.site.start()
        program.wait_for(lambda: self.site.is_ready("trainer", trainer.pid), "the trainer joins again")
        self.record.note("The trainer has joined again by itself.")

    def go(self):
        trainer = self.join("The flow says of the trainer: host = \"remote\". It runs on the second host.")
        words = ["finetune", "dog-a", *options(self.steps)]
        self.record.typed("first", "souvenir " + " ".join(words))
        caller = self.site.server.start("finetune", service.PICTURES, *options(self.steps), "--json")
        trainer = self.kill_trainer(trainer, self.reach(KILL_AT, 1))
        self.cut_link(trainer, self.reach(KILL_AT + MIRROR // 2, 2))
        self.kill_server(trainer, self.reach(KILL_AT + MIRROR + MIRROR // 2, 3))
        out, err = caller.communicate(timeout=PATIENCE_S)
        self.record.note("The command of the beginning, which waited all the while, ends:")
        self.record.say(out.splitlines()[-1] if caller.returncode == 0 else out + err)
        answer = json.loads(out.splitlines()[-1])
        self.ask("jobs", "show", answer["job"])
        self.ask("identifiers")
        return answer


def unbroken(steps):
    with program.Server(home=program.new_folder()) as server:
        done = server.run("finetune", service.PICTURES, *options(steps), "--json", timeout=PATIENCE_S)
        assert done.code == 0, done
        return service.digest(done.json()["model"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--record")
    given = parser.parse_args()
    if not hosts.can_be_made():
        return hosts.NO_NAMESPACES
    expected = unbroken(given.steps)
    record = Recording()
    with hosts.Hosts() as two, hosts.Site(two, flow_text()) as site:
        record.names = [(str(site.home), "HOME"), (str(service.PICTURES), "dog-a"), (str(program.SOURCE), ".")]
        record.note("Two hosts, first and second, each with a disk of its own.")
        record.typed("first", "souvenir up flow.toml")
        answer = Walk(site, record, given.steps).go()
        same = service.digest(answer["model"]) == expected
    record.note(f"The identifier is {answer['identifier']}. Its model is on the first host, "
                f"{'bit for bit' if same else 'NOT'} that of a run on one host to which nothing happened:")
    record.say(f"SHA-256 {expected}")
    if given.record:
        pathlib.Path(given.record).write_text("\n".join(record.lines) + "\n")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
