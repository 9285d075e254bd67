"""ICC profiles by hand (ICC.1:2010), small: display profiles of a matrix and a gamma, grey ones, and one for CMYK."""
import struct

D50 = (0.9642, 1.0, 0.8249)
# Colourants as their profiles have them, adapted to D50.
PRIMARIES = {
    "srgb": ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)),
    "adobe": ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446)),
    "p3": ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)),
    "prophoto": ((0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249)),
}


def _fixed(*values):
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values):
    return b"XYZ " + bytes(4) + _fixed(*values)


def _curve(gamma):
    return b"curv" + struct.pack(">IIH", 0, 1, round(gamma * 256))


def _description(text):
    return b"desc" + struct.pack(">II", 0, len(text) + 1) + text.encode() + bytes(1 + 4 + 4 + 2 + 1 + 67)


def _profile(device, space, connection, tags):
    table, data = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, tag in tags:
        tag += bytes(-len(tag) % 4)
        table += name + struct.pack(">II", start + len(data), len(tag))
        data += tag
    header = (struct.pack(">I4sI", start + len(data), b"none", 0x02400000) + device + space + connection +
              struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + _fixed(*D50))
    return header + bytes(128 - len(header)) + table + data


def _named(name):
    return [(b"desc", _description(name)), (b"cprt", b"text" + bytes(4) + b"none\0"), (b"wtpt", _xyz(D50))]


def rgb(primaries, gamma, padding=0):
    """`primaries`: a name of PRIMARIES. `padding`: bytes more, for profiles larger than one segment of a JPEG."""
    tags = [(name, _xyz(values)) for name, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), PRIMARIES[primaries])]
    tags += [(name, _curve(gamma)) for name in (b"rTRC", b"gTRC", b"bTRC")]
    tags += [(b"padd", b"text" + bytes(4 + padding))] if padding else []
    return _profile(b"mntr", b"RGB ", b"XYZ ", _named(primaries) + tags)


def grey(gamma):
    return _profile(b"mntr", b"GRAY", b"XYZ ", _named("grey") + [(b"kTRC", _curve(gamma))])


def cmyk():
    """Inks a little lighter than pure ones, mixed by multiplication: a grid of 2 x 2 x 2 x 2 colours in Lab."""
    inks = ((62, -30, -42), (54, 70, -4), (90, -6, 84), (22, 0, 0))
    grid = b""
    for mixture in range(16):
        light, a, b = 1.0, 0.0, 0.0
        for i, ink in enumerate(inks):
            if mixture >> (3 - i) & 1:
                light, a, b = light * ink[0] / 96, a + ink[1], b + ink[2]
        grid += bytes([round(light * 96 * 2.55), *(min(255, max(0, round(value * light) + 128)) for value in (a, b))])
    identity = bytes(range(256))
    table = (b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1) + identity * 4 + grid +
             identity * 3)
    return _profile(b"prtr", b"CMYK", b"Lab ", _named("inks") + [(b"A2B0", table)])
