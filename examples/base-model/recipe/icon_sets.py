"""The icon sets: pinned npm packages, fetched once, checked, and read in memory."""

import base64
import hashlib
import io
import json
import re
import tarfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

REGISTRY = "https://registry.npmjs.org/@iconify-json"


@dataclass(frozen=True)
class IconSet:
    name: str
    style: str
    icons: dict  # icon name -> SVG document

    def drawings(self, icon):
        """The names under which this set holds `icon`; Streamline numbers its variants."""
        if self.name != "streamline-emojis":
            return [icon] if icon in self.icons else []
        pattern = re.compile(re.escape(icon) + r"(-\d+)?")
        return sorted(name for name in self.icons if pattern.fullmatch(name))


def load(pins_file, cache):
    """Every set that `pins_file` names, from `cache` or from the npm registry."""
    pins = json.loads(Path(pins_file).read_text())
    return [_load_one(name, pin, Path(cache)) for name, pin in pins.items()]


def _load_one(name, pin, cache):
    archive = _fetch(name, pin, cache)
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        info = json.load(package.extractfile("package/info.json"))
        table = json.load(package.extractfile("package/icons.json"))
    if info["license"]["spdx"] != pin["licence"]:
        raise SystemExit(f"{name}: licence {info['license']['spdx']}, expected {pin['licence']}")
    icons = {key: _svg(icon, table) for key, icon in table["icons"].items() if not icon.get("hidden")}
    return IconSet(name, pin["style"], icons)


def _fetch(name, pin, cache):
    file = f"{name}-{pin['version']}.tgz"
    path = cache / file
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(f"{REGISTRY}/{name}/-/{file}", timeout=120) as answer:
            path.write_bytes(answer.read())
    data = path.read_bytes()
    digest = "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()
    if digest != pin["integrity"]:
        path.unlink()
        raise SystemExit(f"{file}: {digest} is not the pinned {pin['integrity']}; run again")
    return data


def _svg(icon, table):
    width = icon.get("width", table.get("width", 16))
    height = icon.get("height", table.get("height", 16))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}">{icon["body"]}</svg>'
    )
