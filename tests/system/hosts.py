"""Two hosts on one machine: a network namespace each, a cable between them, a disk (home folder) each."""
import os
import pathlib
import subprocess
import tomllib

import program

FIRST, SECOND = "10.98.0.1", "10.98.0.2"
PORT = 7871
NO_NAMESPACES = 77  # the exit code of a test that cannot be run here


class Hosts:
    """The first has the server, the second stages that join it. Needs the right to make namespaces."""

    def __enter__(self):
        self.holders = []
        try:
            for _ in range(2):
                self.holders.append(subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE,
                                                     stderr=subprocess.DEVNULL))
            for holder in self.holders:
                program.wait_for(lambda h=holder: self._is_apart(h), "a namespace is there", 10)
            first, second = (h.pid for h in self.holders)
            self._ip(0, "link", "add", "name", "cable", "type", "veth", "peer", "name", "cable",
                     "netns", str(second))
            for number, address in enumerate((FIRST, SECOND)):
                self._ip(number, "addr", "add", f"{address}/24", "dev", "cable")
                self._ip(number, "link", "set", "lo", "up")
                self._ip(number, "link", "set", "cable", "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for holder in self.holders:
            holder.kill()
            holder.wait()

    @staticmethod
    def _is_apart(holder):
        if holder.poll() is not None:
            raise PermissionError("network namespaces cannot be made here")
        return os.readlink(f"/proc/{holder.pid}/ns/net") != os.readlink("/proc/self/ns/net")

    def on(self, number):
        """The command before a command that runs on that host, 0 or 1."""
        return ["nsenter", "--target", str(self.holders[number].pid), "--net"]

    def _ip(self, number, *words):
        subprocess.run([*self.on(number), "ip", *words], check=True, capture_output=True)

    def cut(self):
        """Nothing passes the cable any more, and nobody is told."""
        self._ip(1, "link", "set", "cable", "down")

    def heal(self):
        self._ip(1, "link", "set", "cable", "up")


def can_be_made():
    try:
        with Hosts():
            return True
    except (OSError, subprocess.CalledProcessError, AssertionError) as error:
        print(f"skipped: two hosts need network namespaces, which cannot be had here ({error})")
        return False


class Site:
    """A server on the first host, and stages of its flow that run on the second, each with a home folder of
    its own, which stands for a disk."""

    def __init__(self, hosts, flow_text, env=None):
        self.hosts = hosts
        self.home = pathlib.Path(program.new_folder())
        self.env = env
        self.flow = self.home / "flow.toml"
        self.flow.write_text(flow_text)
        self.key = self.home / "second.key"
        stages = [word for name in remote_stages(flow_text) for word in ("--stage", name)]
        made = program.run("keys", "make", "second", *stages, "--workers", "16", "--output", self.key, home=self.home)
        assert made.code == 0, made
        self.stages = []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        for stage in self.stages:
            if stage.poll() is None:
                stage.kill()
            stage.wait()
        if kind is not None:
            for log in sorted(self.home.glob("stage-*.log")):
                print(log.name, log.read_text(errors="replace")[-2000:])
        self.server.__exit__(kind)

    def start(self):
        self.server = program.Server(self.flow, env=self.env, wait=False, home=self.home,
                                     prefix=self.hosts.on(0)).__enter__()

    def kill_server(self):
        self.server.child.kill()
        self.server.child.wait()
        self.server.log.close()

    def join(self, name, library, home=None):
        """A stage on the second host; with a fresh disk unless `home` is given."""
        home = pathlib.Path(home or program.new_folder())
        command = [*self.hosts.on(1), program.PROGRAM, "stage", name, "--plugin", library,
                   "--connect", f"tcp://{FIRST}:{PORT}", "--key-file", self.key]
        with open(self.home / f"stage-{len(self.stages)}.log", "w") as log:
            stage = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT,
                                     env=program.environment(home, self.env))
        stage.home = home
        self.stages.append(stage)
        program.wait_for(lambda: self.is_ready(name, stage.pid), f"{name} joins")
        return stage

    def is_ready(self, name, pid):
        return any(s["name"] == name and s["pid"] == pid and s["state"] in ("ready", "busy")
                   for s in self.server.status()["stages"])

    def jobs(self):
        return self.server.run("jobs", "list", "--json")

    def notes(self, job):
        """The history of a job, as lines of "what: text"."""
        shown = self.server.run("jobs", "show", job, "--json")
        assert shown.code == 0, shown
        return [f"{note['what']}: {note['text']}" for note in shown.json()["history"]]


def remote_stages(flow_text):
    return [e["name"] for e in tomllib.loads(flow_text)["executor"] if e.get("host") == "remote"]


def listening(flow_text):
    """The flow at an address that the other host reaches."""
    listen = f'listen = ["ipc://${{var.run}}/gateway.sock", "tcp://{FIRST}:{PORT}"]\n'
    if "[gateway]\n" in flow_text:
        return flow_text.replace("[gateway]\n", "[gateway]\n" + listen)
    return flow_text.replace("\n[var]\n", f'\n[gateway]\n{listen}beat = "500ms"\nlease = "5s"\n\n[var]\n')


def elsewhere(flow_text, executor, mirror=None):
    """The flow with one executor moved: by one word, and its mirror."""
    moved = flow_text.replace(f'name = "{executor}"\n', f'name = "{executor}"\nhost = "remote"\n')
    if mirror is None:
        return moved
    before, after = moved.split(f'name = "{executor}"\n')
    with_it = after.replace("with = { ", f"with = {{ mirror = {mirror}, ", 1)
    return before + f'name = "{executor}"\n' + with_it
