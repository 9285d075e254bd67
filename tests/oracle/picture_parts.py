"""The parts that odd pictures are put together from: EXIF, chunks of PNG and WebP, segments of JPEG."""
import io
import random
import struct
import zlib

from PIL import Image

ORIENTATION = 0x0112
BYTE, SHORT, LONG, SBYTE, SSHORT, SLONG = 1, 3, 4, 6, 8, 9
_CODES = {BYTE: "B", SHORT: "H", LONG: "I", SBYTE: "b", SSHORT: "h", SLONG: "i"}


def scene(seed, size=(48, 32)):
    """A picture that looks different each way round: four corners of four colours, a ramp and some noise."""
    chance = random.Random(seed)
    corners = [[chance.randrange(256) for _ in range(3)] for _ in range(4)]
    picture = Image.new("RGB", size)
    for y in range(size[1]):
        for x in range(size[0]):
            corner = corners[(x >= size[0] // 2) + 2 * (y >= size[1] // 2)]
            ramp = 60 * x // size[0] - 30 * y // size[1]
            picture.putpixel((x, y), tuple(min(255, max(0, c + ramp + chance.randrange(-6, 7))) for c in corner))
    return picture


def saved(picture, container, **options):
    stream = io.BytesIO()
    picture.save(stream, container, **options)
    return stream.getvalue()


def tiff(orientation, kind=SHORT, order=">", count=1, before=0):
    """A TIFF header and one directory: `before` entries of text, then the orientation, `count` times."""
    code = order + _CODES[kind] * count
    value = struct.pack(code, *[orientation] * count).ljust(4, b"\0")
    entries = [struct.pack(order + "HHI", ORIENTATION - before + i, 2, 2) + b"x\0\0\0" for i in range(before)]
    entries.append(struct.pack(order + "HHI", ORIENTATION, kind, count) + value[:4])
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(entries))
    return head + b"".join(entries) + bytes(4)


def xmp(orientation):
    return (b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            b'<rdf:Description tiff:Orientation="%d" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"/></rdf:RDF></x:xmpmeta>'
            % orientation)


def segment(marker, data):
    return bytes([0xff, marker]) + struct.pack(">H", len(data) + 2) + data


def exif_segment(data):
    return segment(0xe1, b"Exif\0\0" + data)


def xmp_segment(data):
    return segment(0xe1, b"http://ns.adobe.com/xap/1.0/\0" + data)


def icc_segments(profile, size=65519, numbered=None):
    parts = [profile[at:at + size] for at in range(0, len(profile), size)] or [b""]
    return [segment(0xe2, b"ICC_PROFILE\0" + bytes([i + 1, numbered or len(parts)]) + part)
            for i, part in enumerate(parts)]


def in_jpeg(jpeg, *segments):
    """Behind the JFIF segment, where there is one."""
    at = 2 + (2 + struct.unpack(">H", jpeg[4:6])[0] if jpeg[3] == 0xe0 else 0)
    return jpeg[:at] + b"".join(segments) + jpeg[at:]


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def _packed(values, depth):
    if depth == 16:
        return b"".join(struct.pack(">H", value) for value in values)
    bits = "".join(format(value, f"0{depth}b") for value in values)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def png(size, colour, depth, pixels, before=(), after=(), interlaced=False):
    """A PNG from `pixels[y][x]`, tuples of samples; `before` and `after`: chunks around the pixels' chunk."""
    raw = b""
    for left, top, right, down in _PASSES if interlaced else ((0, 0, 1, 1),):
        for row in pixels[top::down]:
            samples = [sample for pixel in row[left::right] for sample in pixel]
            raw += b"\0" + _packed(samples, depth) if samples else b""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, int(interlaced))
    chunks = [chunk(b"IHDR", header), *before, chunk(b"IDAT", zlib.compress(raw, 9)), *after, chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def in_png(png_bytes, *chunks, behind=False):
    at = png_bytes.rindex(b"IEND") - 4 if behind else 33
    return png_bytes[:at] + b"".join(chunks) + png_bytes[at:]


def raw_profile(data):
    """As ImageMagick keeps EXIF in a text of a PNG."""
    digits = data.hex()
    lines = [digits[i:i + 72] for i in range(0, len(digits), 72)]
    return b"\nexif\n%8d\n" % len(data) + "\n".join(lines).encode() + b"\n"


def webp_chunk(name, data):
    return name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def webp(*chunks):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _three(value):
    return struct.pack("<I", value)[:3]


def webp_head(size, flags):
    return webp_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + _three(size[0] - 1) + _three(size[1] - 1))


def image_chunks(webp_bytes):
    """What a WebP has of its pixels: VP8, VP8L, or ALPH and VP8."""
    result, at = b"", 12
    while at < len(webp_bytes):
        name, length = webp_bytes[at:at + 4], struct.unpack("<I", webp_bytes[at + 4:at + 8])[0]
        end = at + 8 + length + length % 2
        result += webp_bytes[at:end] if name in (b"VP8 ", b"VP8L", b"ALPH") else b""
        at = end
    return result


def frame(webp_bytes, size, at=(0, 0)):
    place = _three(at[0] // 2) + _three(at[1] // 2) + _three(size[0] - 1) + _three(size[1] - 1)
    return webp_chunk(b"ANMF", place + _three(100) + b"\0" + image_chunks(webp_bytes))
