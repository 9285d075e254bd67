"""How often the judge knows a thing in the true pictures of it in the learned style.

    souvenir up examples/07_memory/judge.toml
    .venv/bin/python examples/07_memory/true_compositions.py [ADDRESS]

The style of style-blueprint is a treatment of pictures: edges, white on blue. Here the real pictures of the seven
things go through the same, and the judge is asked as a suite asks it of generated compositions. What it does not
know here, no metamodel can make it know.
"""
import pathlib
import struct
import sys
import zlib

import numpy

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "python"))
import souvenir_client  # noqa: E402

THINGS = {"dog-a": HERE.parent / "05_personalize/dog-a", "dog-b": HERE / "dog-b", "flower-a": HERE / "flower-a",
          "flower-b": HERE / "flower-b", "glass": HERE / "glass", "bottle-a": HERE / "bottle-a",
          "chair": HERE / "chair"}
STYLE = "style-blueprint"
LINES = ((0.5, 60), (1.0, 60), (1.5, 40))  # (blur in pixels, contrast of a white edge): thin to thick lines
AT_ONCE = 32


def files_of(folder):
    return sorted(folder.glob("*.png")) + sorted((HERE / "held-out" / folder.name).glob("*.png"))


def read_png(file):
    """[height, width, 3] of an 8-bit RGB or RGBA file without interlacing, which those here are."""
    data, packed, at = file.read_bytes(), b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height, depth, colours, *_, interlaced = struct.unpack(">IIBBBBB", data[at + 8:at + 21])
            assert (depth, interlaced) == (8, 0) and colours in (2, 6), f"{file}: not 8-bit RGB"
        packed += data[at + 8:at + 8 + length] if kind == b"IDAT" else b""
        at += length + 12
    channels = 3 if colours == 2 else 4
    raw = numpy.frombuffer(zlib.decompress(packed), numpy.uint8).reshape(height, 1 + width * channels)
    rows = numpy.zeros((height + 1, width + 1, channels), numpy.int32)  # with a border above and to the left
    for y in range(height):
        kind, line = raw[y, 0], raw[y, 1:].reshape(width, channels).astype(numpy.int32)
        for x in range(width):
            left, up, corner = rows[y + 1, x], rows[y, x + 1], rows[y, x]
            rows[y + 1, x + 1] = (line[x] + predicted(kind, left, up, corner)) % 256
    return rows[1:, 1:, :3].astype(numpy.float32)


def predicted(kind, left, up, corner):
    """PNG's filters (https://www.w3.org/TR/png/#9Filters)."""
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    to_left, to_up, to_corner = abs(up - corner), abs(left - corner), abs(left + up - 2 * corner)
    return numpy.where((to_left <= to_up) & (to_left <= to_corner), left,
                       numpy.where(to_up <= to_corner, up, corner))


def write_png(picture):
    height, width, _ = picture.shape
    rows = b"".join(b"\0" + row.tobytes() for row in picture.astype(numpy.uint8))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def blurred(plane, pixels):
    reach = numpy.arange(-int(3 * pixels + 1), int(3 * pixels + 1) + 1)
    weights = numpy.exp(-0.5 * (reach / pixels) ** 2)
    weights /= weights.sum()
    for axis in (0, 1):
        padded = numpy.pad(plane, [(len(reach) // 2,) * 2 if a == axis else (0, 0) for a in (0, 1)], "edge")
        plane = numpy.apply_along_axis(numpy.convolve, axis, padded, weights, "valid")
    return plane


def as_blueprint(picture, blue, blur, contrast):
    """The strongest edge of the three channels (Sobel), white on the style's blue."""
    edges = numpy.zeros(picture.shape[:2])
    for channel in range(3):
        p = numpy.pad(blurred(picture[..., channel], blur), 1, "edge")
        across = (p[:-2, 2:] + 2 * p[1:-1, 2:] + p[2:, 2:]) - (p[:-2, :-2] + 2 * p[1:-1, :-2] + p[2:, :-2])
        down = (p[2:, :-2] + 2 * p[2:, 1:-1] + p[2:, 2:]) - (p[:-2, :-2] + 2 * p[:-2, 1:-1] + p[:-2, 2:])
        edges = numpy.maximum(edges, numpy.hypot(across, down))
    share = numpy.clip(edges / contrast, 0, 1)[..., None]
    return blue * (1 - share) + 255 * share


def looks(client, pictures):
    """[pictures, dim]: the judge's embeddings, each of length 1."""
    rows = []
    for first in range(0, len(pictures), AT_ONCE):
        _, body, blobs = client.call("/judge", "judge.v1", {"tensors": True}, pictures[first:first + AT_ONCE])[0]
        tensor = next(t for t in body["tensors"] if t["name"] == "embeddings")
        rows.append(numpy.frombuffer(blobs[tensor["blob"]], numpy.float32).reshape(tensor["shape"]))
    return numpy.concatenate(rows)


def centre(rows):
    mean = rows.mean(0)
    return mean / numpy.linalg.norm(mean)


def main():
    with souvenir_client.Client(*sys.argv[1:2]) as client:
        style_files = files_of(HERE / STYLE)
        style = centre(looks(client, [file.read_bytes() for file in style_files]))
        blue = numpy.median(numpy.concatenate([read_png(f).reshape(-1, 3) for f in style_files]), 0)
        bare = [looks(client, [f.read_bytes() for f in files_of(folder)]) for folder in THINGS.values()]
        centres = numpy.stack([centre(rows) for rows in bare])
        pictures = [[read_png(f) for f in files_of(folder)] for folder in THINGS.values()]
        for blur, contrast in LINES:
            thing, styled, both, count = 0, 0, 0, 0
            for place, rows in enumerate(bare):
                treated = looks(client, [write_png(as_blueprint(p, blue, blur, contrast)) for p in pictures[place]])
                known = (treated @ centres.T).argmax(1) == place
                in_style = treated @ style > rows @ style
                thing, styled = thing + known.sum(), styled + in_style.sum()
                both, count = both + (known & in_style).sum(), count + len(rows)
            print(f"lines of {blur} px: of {count} true compositions the judge knows the thing in {thing / count:.0%}, "
                  f"the style in {styled / count:.0%}, both in {both / count:.0%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
