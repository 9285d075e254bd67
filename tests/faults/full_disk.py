"""The disk of SOUVENIR_HOME fills up and gets room again: nothing is lost, and whoever asks meanwhile hears why.

full_disk.py PLUGINS

The home folder is a small tmpfs in a mount namespace of this process's own; without the right to make one the
test is skipped (exit code 77).
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

import program
import service
import verdict

DISK = "24m"
STEP_MS = 150
SKIPPED = 77


class SmallDisk:
    """A tmpfs, and a file that fills it."""

    def __init__(self):
        self.path = pathlib.Path(program.new_folder())
        self.filler = self.path / "filler"

    def __enter__(self):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=700", "tmpfs", self.path], check=True)
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.path], check=True)

    def fill(self):
        with open(self.filler, "ab", buffering=0) as file:
            for block in (1 << 20, 1 << 12):
                try:
                    while True:
                        file.write(b"x" * block)
                except OSError:
                    pass
        assert os.statvfs(self.path).f_bavail == 0, "the disk is not full"

    def make_room(self):
        self.filler.unlink()


def require_done(server, answer, owner, expected):
    assert "error" not in answer, answer
    wrong = verdict.wrong_with(server, answer, answer["job"], server.ends_of(answer["job"], owner), expected)
    assert not wrong, wrong


def unbroken(plugins):
    with service.Service(plugins) as server:
        return service.digest(server.finetune("a")["model"])


def a_request_that_cannot_be_written_down_waits(plugins, pool, expected):
    with SmallDisk() as disk, service.Service(plugins, home=disk.path) as server:
        require_done(server, server.finetune("first"), "first", expected)
        disk.fill()
        waiting = pool.submit(server.finetune, "ann")
        program.wait_for(lambda: "the disk is full" in server.log_file.read_text(), "the journal says so")
        refused = server.ask("finetune", service.PICTURES, "--category", "dog", "--key", "bob", "--quiet",
                             "--num-class-images", 4, owner="bob")[-1].get("error", {})
        assert refused.get("code") == "unavailable" and "make room" in refused.get("hint", ""), refused
        assert server.ask("identifiers", owner="first"), "what needs no room is not answered"
        assert not waiting.done(), waiting.result()
        disk.make_room()
        require_done(server, waiting.result(), "ann", expected)
        require_done(server, server.finetune("bob"), "bob", expected)
        assert not verdict.wait_until_tidy(server)


def a_training_goes_on_without_room_for_a_checkpoint(plugins, pool, expected):
    with SmallDisk() as disk, service.Service(plugins, home=disk.path, step_ms=STEP_MS) as server:
        asked = pool.submit(server.finetune, "ann")
        server.wait_for_step(2, "ann")
        disk.fill()
        program.wait_for(lambda: any("waiting" in json.dumps(row) for row in server.jobs("ann")),
                         "the version waits for room")
        assert not asked.done(), asked.result()
        disk.make_room()
        require_done(server, asked.result(), "ann", expected)
        assert not verdict.wait_until_tidy(server)


def a_server_that_dies_on_a_full_disk_comes_back(plugins, pool, expected):
    with SmallDisk() as disk, service.Service(plugins, home=disk.path, step_ms=STEP_MS) as server:
        asked = pool.submit(server.finetune, "ann")
        server.wait_for_step(5, "ann")
        disk.fill()
        starts = server.starts
        server.kill()
        program.wait_for(lambda: server.starts > starts + 1 or server.jobs("ann"), "it starts again")
        disk.make_room()
        require_done(server, asked.result(), "ann", expected)
        assert not verdict.wait_until_tidy(server)


CASES = (a_request_that_cannot_be_written_down_waits, a_training_goes_on_without_room_for_a_checkpoint,
         a_server_that_dies_on_a_full_disk_comes_back)


def in_a_namespace(plugins):
    """Runs this script where it may mount; None when that cannot be had."""
    apart = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    probe = [*apart, "mount", "-t", "tmpfs", "tmpfs", program.new_folder()]
    try:
        if subprocess.run(probe, capture_output=True).returncode != 0:
            return None
    except FileNotFoundError:
        return None
    return subprocess.run([*apart, sys.executable, __file__, plugins, "--apart"]).returncode


def main():
    plugins = sys.argv[1]
    if "--apart" not in sys.argv:
        code = in_a_namespace(plugins)
        if code is None:
            print("skipped: no small disk can be mounted here")
        return SKIPPED if code is None else code
    expected = unbroken(plugins)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for case in CASES:
            case(plugins, pool, expected)
            print("figure: full disk:", case.__name__.replace("_", " "), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
