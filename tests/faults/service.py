"""A server that somebody watches, and clients that ask until they are answered."""
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import cells
import program

PICTURES = program.SOURCE / "examples/05_personalize/dog-a"
STEPS, CHECKPOINT = 12, 4
PATIENCE_S = 180
STALL_S = 2  # how long a stopped server stands still: longer than the lease
ENDS = ("done", "failed", "cancelled")


class Service:
    """`souvenir up`, started again whenever it ends and continued when it stands still."""

    def __init__(self, plugins, process="", fault="", step_ms=0, elsewhere=False, home=None):
        self.home = pathlib.Path(home or program.new_folder())
        self.trainers_home = pathlib.Path(program.new_folder()) if elsewhere else None
        self.files = pathlib.Path(program.new_folder())  # not on the disk that the service uses
        self.flow = self.files / "flow.toml"
        self.flow.write_text(cells.flow_text(process, fault, step_ms, self.trainers_home))
        self.env = {"SOUVENIR_PLUGINS": plugins}
        if process == "gateway":
            self.env["SOUVENIR_FAULT"] = fault
        self.log_file = self.files / "server.log"
        self.log = open(self.log_file, "w")
        self.starts = 0
        self.pid = None
        self.ending = threading.Event()
        self.watcher = threading.Thread(target=self._watch)

    def __enter__(self):
        self.watcher.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.watcher.join()
        for pid in program.processes_of(self.home):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.log.close()

    def _watch(self):
        child, stopped_at = None, None
        while not self.ending.wait(0.02):
            if child is None or child.poll() is not None:
                child = self._start()
                self.pid = child.pid
            if self._stands_still(child.pid):
                stopped_at = stopped_at or time.monotonic()
                if time.monotonic() - stopped_at > STALL_S:
                    os.kill(child.pid, signal.SIGCONT)
                    stopped_at = None
        child.kill()
        child.wait()

    def kill(self):
        """The server; its watcher starts it again."""
        os.kill(self.pid, signal.SIGKILL)

    def _start(self):
        self.starts += 1
        command = [program.PROGRAM, "up", "--foreground", "--with-parent", str(os.getpid()), self.flow]
        return subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT,
                                env=program.environment(self.home, self.env))

    @staticmethod
    def _stands_still(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
        except OSError:
            return False

    def ask(self, *arguments, owner="ann"):
        """One try: the lines that a command prints, as JSON."""
        done = subprocess.run(
            [program.PROGRAM, *map(str, arguments), "--json", "--server",
             f"ipc://{self.home}/run/gateway.sock"],
            capture_output=True, text=True, timeout=PATIENCE_S,
            env={**program.environment(self.home), "USER": owner})
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]

    def jobs(self, owner):
        """Those that are there; none while the server does not answer."""
        return [row for row in self.ask("jobs", "list", owner=owner) if "id" in row]

    def wait_for_step(self, step, owner):
        def there():
            rows = self.jobs(owner)
            return rows and rows[0].get("stage") == "trainer" and rows[0].get("step", 0) >= step
        program.wait_for(there, f"{owner}'s job is at step {step}")

    def lose_trainers_disk(self):
        """The trainer of another host dies, and what it kept is gone."""
        for pid in program.processes_of(self.trainers_home):
            os.kill(pid, signal.SIGSTOP)  # it starts again only when the folder is gone
            shutil.rmtree(self.trainers_home / "checkpoints")
            os.kill(pid, signal.SIGKILL)

    def run(self, *arguments, owner="ann"):
        """The last line of what a command prints, asked until the server answers."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and not self.ending.is_set():
            last = (self.ask(*arguments, owner=owner) or [{}])[-1]
            error = last.get("error", {})
            if last and (error.get("code") != "unavailable" or error.get("stage") in cells.STAGES):
                return last
            time.sleep(0.05)  # between two tries
        return {"error": {"code": "hangs", "cause": f"no answer in {PATIENCE_S} s"}}

    def finetune(self, owner):
        return self.run("finetune", PICTURES, "--category", "dog", "--seed", 5, "--quiet",
                        "--max-train-steps", STEPS, "--checkpointing-steps", CHECKPOINT,
                        "--num-class-images", 4, "--train-batch-size", 2,
                        "--no-train-text-encoder", "--key", owner, owner=owner)

    def ends_of(self, job, owner):
        shown = self.run("jobs", "show", job, owner=owner)
        return [note["what"] for note in shown.get("history", []) if note["what"] in ENDS]

    def retry(self, job, owner):
        """The answer of a new job with the same request."""
        fresh = self.run("jobs", "retry", job, owner=owner)
        if "error" in fresh:
            return fresh
        watched = self.run("jobs", "watch", fresh["job"], owner=owner)
        if "error" in watched:
            return watched
        return {**watched["answers"][-1]["body"], "job": fresh["job"]}

    def published(self, job=None):
        """Versions that the registry has committed, of one job or of all."""
        with sqlite3.connect(f"file:{self.home}/registry.db?mode=ro", uri=True, timeout=10) as tables:
            rows = tables.execute("SELECT version, job FROM versions").fetchall()
        return {version for version, by in rows if job in (None, by)}

    def left_over(self):
        """What lies in the store, or as a checkpoint, and belongs to nothing."""
        def names(folder, home=self.home):
            path = home / folder
            return {entry.name for entry in path.iterdir()} if path.is_dir() else set()
        left = names("store/versions") ^ self.published()
        for home in filter(None, (self.home, self.trainers_home)):
            left |= names("store/staging", home) | names("checkpoints", home) | names("removed", home)
        return sorted(left)


def digest(model):
    whole = hashlib.sha256()
    for file in sorted(pathlib.Path(model).rglob("*.safetensors")):
        whole.update(file.name.encode() + file.read_bytes())
    return whole.hexdigest()
