"""`cmake --install` into an empty folder, which is then moved; a plugin is built outside the tree against it with
find_package(souvenir), and its flow runs with the installed program.

    installed_plugin_test.py BUILD
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1])
SOURCE = pathlib.Path(os.environ["SOUVENIR_SOURCE"]).resolve()
TEXT = "a dog on the moon"


def quietly(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def names_of_the_build(prefix):
    """Installed programs, libraries and CMake files that name a folder of the build or the source. LibTorch with CUDA is
    not carried: plugins name the folder that they were built with."""
    with_cuda = (prefix / "lib/souvenir/plugins/trainer.so").exists() and not (prefix / "lib/souvenir/libtorch_cpu.so").exists()
    for file in sorted(prefix.rglob("*")):
        if file.suffix == ".cmake":
            text = file.read_text()
        elif file.parent.name == "bin" or (file.suffix == ".so" and not with_cuda):
            text = " ".join(re.findall(r"(?:RUNPATH|RPATH).*", quietly("readelf", "-d", file)))
        else:
            continue
        if str(BUILD) in text or str(SOURCE) in text:
            yield file


def install(folder):
    quietly("cmake", "--install", BUILD, "--prefix", folder / "made-here")
    prefix = (folder / "made-here").rename(folder / "moved")
    assert not list(names_of_the_build(prefix)), list(names_of_the_build(prefix))
    plugins = {file.stem for file in (prefix / "lib/souvenir/plugins").glob("*.so")}
    assert plugins == {file.name.split(".")[0] for file in (prefix / "lib/souvenir/plugins").glob("*.json")}, plugins
    assert "registry" in plugins and "polite" not in plugins, plugins
    for name in ["bin/souvenir-decode", "bin/souvenir-model", "share/souvenir/souvenir.toml", "share/souvenir/base-model/model_index.json",
                 "share/souvenir/base-model/ATTRIBUTION.md", "share/doc/souvenir/LICENSE"]:
        assert (prefix / name).is_file(), name
    for name in ["recipe", "figures", "train.toml"]:
        assert not (prefix / "share/souvenir/base-model" / name).exists(), name
    return prefix


def build_outside(folder, prefix):
    shutil.copytree(SOURCE / "examples" / "02_your_plugin", folder / "polite")
    quietly("cmake", "-S", folder / "polite", "-B", folder / "polite/build", f"-DCMAKE_PREFIX_PATH={prefix}")
    quietly("cmake", "--build", folder / "polite/build")
    return folder / "polite" / "build" / "plugins"


def run(prefix, plugins, flow):
    os.environ["SOUVENIR_PROGRAM"] = str(prefix / "bin" / "souvenir")
    import program
    env = {"SOUVENIR_PLUGINS": str(plugins)}
    shipped = program.run("plan", "--json", home=program.new_folder())
    if (prefix / "lib/souvenir/plugins/trainer.so").exists():
        assert shipped.code == 0, shipped
    else:  # built without LibTorch: the flow is found all the same
        assert "there is no plugin 'encoder'" in shipped.error()["cause"], shipped
    described = program.run("describe", "polite", "--json", home=program.new_folder(), env=env)
    assert described.json()["help"] == "Asks politely", described
    with program.Server(flow, env=env) as server:
        assert server.text("/ask", TEXT) == TEXT + ", s'il vous plait"


def main():
    with tempfile.TemporaryDirectory(prefix="sv-") as name:
        folder = pathlib.Path(name)
        prefix = install(folder)
        run(prefix, build_outside(folder, prefix), folder / "polite" / "flow.toml")


if __name__ == "__main__":
    main()
