"""Runs the built program as a user does: a server in a home folder of its own, commands beside it.

Nothing here sleeps for a fixed time and hopes: every wait has a condition and a deadline.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PROGRAM = pathlib.Path(os.environ["SOUVENIR_PROGRAM"]).resolve()
SOURCE = pathlib.Path(os.environ["SOUVENIR_SOURCE"]).resolve()
PLUGINS = PROGRAM.parent / "plugins"
DEADLINE_S = int(os.environ.get("SOUVENIR_TEST_DEADLINE_S", "120"))
_folders = []


def new_folder():
    """A folder that goes away with this process. Short: the path of a socket has 107 bytes."""
    folder = tempfile.TemporaryDirectory(prefix="sv-")
    _folders.append(folder)
    return folder.name


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, deadline_s=DEADLINE_S):
    """Returns the first true value of `condition`."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s} s: {what}")
        time.sleep(0.01)  # between two looks at the condition


def alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def processes_of(home):
    """Live processes whose environment names this home folder."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"SOUVENIR_HOME={home}".encode() in environment and alive(int(entry.name)):
            found.append(int(entry.name))
    return found


def sockets_in(home):
    return [p for p in pathlib.Path(home).rglob("*") if p.is_socket()]


class Result:
    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    def json(self):
        """The object on the last line of standard output."""
        return json.loads(self.out.strip().splitlines()[-1])

    def error(self):
        return self.json()["error"]

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.out[-3000:]}\nstderr: {self.err[-3000:]}"


def run(*arguments, home, env=None, timeout=DEADLINE_S):
    """Runs `souvenir ARGUMENTS` to its end."""
    return Result(subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                                 errors="replace", timeout=timeout,
                                 env=environment(home, env)))


def environment(home, env=None):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SOUVENIR_")}
    return {**kept, "SOUVENIR_HOME": str(home), **(env or {})}


class Server:
    """`souvenir up --foreground` as a child, in a home folder of its own; `prefix` is the command that
    starts it on another host (hosts.py)."""

    def __init__(self, flow=None, env=None, wait=True, home=None, prefix=()):
        self.prefix = prefix
        self.home = pathlib.Path(home or new_folder())
        self.env = env
        self.flow = flow
        self.wait = wait
        self.child = None

    def __enter__(self):
        self.log = open(self.home / "test-server.log", "w+")
        command = [*self.prefix, PROGRAM, "up", "--foreground", "--with-parent", str(os.getpid())]
        command += [str(self.flow)] if self.flow else []
        self.child = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT,
                                      env=environment(self.home, self.env))
        try:
            wait_for(lambda: self._answers(), "the server answers")
            if self.wait:
                wait_for(self.is_ready, "every stage of this host is ready")
        except BaseException:
            self._kill()
            raise
        return self

    def _answers(self):
        if self.child.poll() is not None:
            raise AssertionError(f"the server ended ({self.child.returncode}):\n{self.printed()}")
        return self.run("status", "--json").code == 0

    def printed(self):
        return (self.home / "test-server.log").read_text(errors="replace")[-4000:]

    def __exit__(self, kind, *_):
        if kind is not None:
            print(self.printed())
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
            try:
                self.child.wait(60)
            except subprocess.TimeoutExpired:
                self._kill()
                if kind is None:
                    raise AssertionError("the server does not stop on SIGTERM")
        self.log.close()

    def _kill(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()

    def run(self, *arguments, **options):
        return run(*arguments, home=self.home, env=self.env, **options)

    def start(self, *arguments):
        """Starts a command beside the server."""
        return subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True,
                                env=environment(self.home, self.env))

    def status(self):
        result = self.run("status", "--json")
        assert result.code == 0, result
        return result.json()

    def stage(self, name):
        return next(s for s in self.status()["stages"] if s["name"] == name)

    def is_ready(self):
        """What `souvenir up` waits for: stages of other hosts may be absent."""
        return all(s["state"] in ("ready", "busy", "absent") for s in self.status()["stages"])

    def kill_stage(self, name, number=signal.SIGKILL):
        """Sends a signal to the process of a stage, once it has one: between two it is 0, and to 0 the signal would
        go to the tests themselves."""
        pid = wait_for(lambda: self.stage(name)["pid"], f"{name} has a process")
        os.kill(pid, number)
        return pid

    def call(self, endpoint, type_, body, *options, **more):
        return self.run("call", endpoint, "--type", type_, "--json-body", json.dumps(body), "--json",
                        *options, **more)

    def text(self, endpoint, text, *options):
        """Sends a line of text and returns the text of the one answer."""
        result = self.call(endpoint, "text.v1", {"text": text}, *options)
        assert result.code == 0, result
        return result.json()["answers"][0]["body"]["text"]


@contextlib.contextmanager
def remote_stage(server, name, library, address, *options, home=None, env=None):
    """A stage that joins `server` at `address`, as from another host, and is ready; it is killed at the end."""
    command = [PROGRAM, "stage", name, "--plugin", library, "--connect", address, *options]
    stage = subprocess.Popen(command, env=environment(home or new_folder(), env), stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: server.stage(name)["state"] == "ready", f"{name} joins")
        yield stage
    finally:
        stage.kill()
        stage.wait()


def base_model():
    return SOURCE / "examples" / "base-model"


def copy_of_base_model():
    folder = pathlib.Path(new_folder()) / "model"
    shutil.copytree(base_model(), folder)
    return folder
