"""Makes the corpus of odd pictures anew, with what Pillow makes of each: the oracle of tests/plugins/shared/pictures.

    .venv/bin/python tests/oracle/pictures.py

The corpus is one file, so that 300 small ones do not lie about: `corpus.json` names each picture with its place in
`corpus.bin` and Pillow's verdict; `corpus.ppm` has the squares of those that Pillow opens, below each other.
Where Souvenir is meant to do otherwise, DIFFERENCES says why.
"""
import fnmatch
import io
import json
import pathlib
import struct
import sys

from PIL import Image, ImageCms

from odd_pictures import FAMILIES
from picture_parts import ORIENTATION

SIDE = 16
FOLDER = pathlib.Path(__file__).parents[1] / "plugins/shared/pictures"
CONTAINER = "no container that Souvenir takes: JPEG, PNG, WebP"
CLEAR = "Pillow compares the transparent colour with samples of 8 bits that it has made of the file's, and finds another"
HARMLESS = "damage in a chunk that the pixels do not need counts as if the chunk were not there"
DIFFERENCES = {
    "integer-1-*": "Pillow takes an orientation of the type BYTE for a text and leaves the picture on its side",
    "grey2-clear*": CLEAR,
    "grey4-clear*": CLEAR,
    "rgb16-clear*": CLEAR,
    "palette-missing.png": "there are no colours in the file; Pillow makes a ramp of greys",
    "grey-clear-too-short.png": HARMLESS,
    "bad-sum-of-text.png": HARMLESS,
    "bad-sum-of-pixels.png": "pixels whose checksum is wrong are damaged; Pillow does not look at it",
    "animated-misstated.webp": "the frame has another size than the file says",
    "cut-1-byte.png": "a cut file is refused, also when nothing but a part of the end mark is cut off",
    "animated.gif": CONTAINER,
    "other.*": CONTAINER,
}
TURNS = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
         5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
         8: Image.Transpose.ROTATE_90}
SPACES = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK"}


def to_srgb(picture, profile):
    """Colours of the embedded profile as sRGB. A profile for other colours, or a damaged one, counts as none."""
    alpha = picture.getchannel("A") if picture.mode in ("RGBA", "LA") else None
    colours = picture.convert({"RGBA": "RGB", "LA": "L"}.get(picture.mode, picture.mode))
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space == SPACES[colours.mode]:
            colours = ImageCms.profileToProfile(colours, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):
        pass
    colours = colours.convert("RGB")
    if alpha:
        colours.putalpha(alpha)
    return colours


def plain_mode(picture):
    """8 bits, no palette. Pillow itself clips 16 bits of grey instead of scaling them, and says so of no pixel."""
    clear = picture.info.get("transparency")
    if picture.mode.startswith("I"):
        grey = picture.point(lambda value: value / 257).convert("L")
        if clear is None:
            return grey
        alpha = Image.frombytes("L", picture.size, bytes(
            0 if value == clear else 255 for value in picture.get_flattened_data()))
        return Image.merge("LA", (grey, alpha))
    if clear is not None or picture.mode in ("PA", "RGBa", "La"):
        return picture.convert("RGBA")
    return picture.convert({"1": "L", "P": "RGB", "RGBX": "RGB"}.get(picture.mode, picture.mode))


def upright(picture):
    """As ImageOps.exif_transpose(), which also writes the rest of EXIF anew, and fails at what is odd in it."""
    try:
        orientation = picture.getexif().get(ORIENTATION, 1)
    except (ValueError, SyntaxError, struct.error):
        return picture
    method = TURNS.get(orientation)
    return picture if method is None else picture.transpose(method)


def square(bytes_):
    """As Souvenir's encoder wants it: upright, sRGB, over white, the centre, SIDE pixels wide."""
    with Image.open(io.BytesIO(bytes_)) as opened:
        opened.load()
        profile = opened.info.get("icc_profile")
        picture = plain_mode(upright(opened))
    picture = to_srgb(picture, profile) if profile else picture.convert("RGBA" if "A" in picture.mode else "RGB")
    if picture.mode == "RGBA":
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture).convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.Resampling.BOX)


def reason_of(name):
    return next((reason for pattern, reason in DIFFERENCES.items() if fnmatch.fnmatch(name, pattern)), "")


def main():
    listed, corpus, squares = [], b"", b""
    for name, bytes_ in (item for family in FAMILIES for item in family()):
        entry = {"name": name, "at": len(corpus), "size": len(bytes_), "opens": True, "differs": reason_of(name)}
        corpus += bytes_
        try:
            squares += square(bytes_).tobytes()
        except Exception as error:  # Pillow refuses by many kinds
            entry["opens"] = False
            entry["why"] = f"{type(error).__name__}: {error}".split(" <_io")[0]
        listed.append(entry)
    unused = [pattern for pattern in DIFFERENCES if not fnmatch.filter([entry["name"] for entry in listed], pattern)]
    assert not unused, f"listed differences of no picture: {unused}"
    names = [entry["name"] for entry in listed]
    assert len(set(names)) == len(names) >= 200, "names of the corpus"
    opened = sum(entry["opens"] for entry in listed)
    (FOLDER / "corpus.bin").write_bytes(corpus)
    (FOLDER / "corpus.ppm").write_bytes(b"P6\n%d %d\n255\n" % (SIDE, SIDE * opened) + squares)
    lines = ",\n".join("  " + json.dumps(entry) for entry in listed)
    (FOLDER / "corpus.json").write_text("[\n" + lines + "\n]\n", encoding="utf-8")
    print(f"{len(listed)} pictures, {opened} opened by Pillow {Image.__version__}, {len(corpus)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
