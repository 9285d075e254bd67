"""The unit of the package is one that systemd takes without a word, and its exposure is low."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

UNIT = pathlib.Path(os.environ["SOUVENIR_SOURCE"]) / "packaging" / "souvenir.service"
MOST_EXPOSED = 2.0  # of 10, by systemd-analyze security


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True)


def main():
    if not shutil.which("systemd-analyze"):
        print("there is no systemd-analyze here")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / "souvenir.service"
        # The program of this build stands for the installed one, which verify wants to find.
        unit.write_text(UNIT.read_text().replace("/usr/bin/souvenir ", os.environ["SOUVENIR_PROGRAM"] + " "))
        verified = analyze("verify", "--man=no", str(unit))
        said = [line for line in verified.stderr.splitlines() if "souvenir.service" in line]
        assert verified.returncode == 0 and not said, verified
        broken = pathlib.Path(folder) / "broken.service"
        broken.write_text(unit.read_text().replace("DynamicUser=yes", "DynamicUsr=yes"))
        assert "DynamicUsr" in analyze("verify", "--man=no", str(broken)).stderr
        rated = analyze("security", "--offline=true", str(unit))
        exposure = re.search(r"exposure level for souvenir.service: ([\d.]+)", rated.stdout)
        assert exposure and float(exposure[1]) <= MOST_EXPOSED, rated.stdout
        # Of the groups that the unit allows none has the calls by which the decoder and the stages close themselves; without
        # the first no picture is decoded.
        allowed = re.search("^SystemCallFilter=(.*)", UNIT.read_text(), re.MULTILINE)[1].split()
        groups = analyze("syscall-filter", *(name for name in allowed if name.startswith("@"))).stdout.split()
        for call in ["seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"]:
            assert call in allowed + groups, call
        print(f"exposure {exposure[1]} of 10")
    return 0


if __name__ == "__main__":
    sys.exit(main())
