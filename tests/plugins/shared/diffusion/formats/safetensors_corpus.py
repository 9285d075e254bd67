"""Files that are safetensors, nearly so, or not at all: the same every time.

    safetensors_corpus.py judge > safetensors_verdicts.txt   what PyPI `safetensors` says of each

safetensors_verdicts_test.py compares this library's verdicts with those.
"""
import json
import random
import struct
import sys

F32 = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
DTYPES = {"BOOL": 1, "U8": 1, "I8": 1, "F8_E5M2": 1, "F8_E4M3": 1, "F8_E8M0": 1, "I16": 2, "U16": 2,
          "F16": 2, "BF16": 2, "I32": 4, "U32": 4, "F32": 4, "F64": 8, "I64": 8, "U64": 8, "C64": 8,
          "F8_E4M3FNUZ": 1, "F8_E5M2FNUZ": 1}
MUTATIONS = 1500


def file_of(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def one(data=bytes(16), **changes):
    tensor = {**F32, **changes}
    return file_of({"x": {k: v for k, v in tensor.items() if v is not None}}, data)


def raw(text, data=b""):
    return file_of(text.encode() if isinstance(text, str) else text, data)


def by_rule():
    yield "nothing", b""
    yield "short length", b"\x02\0\0"
    yield "length alone", struct.pack("<Q", 0)
    yield "length 1", file_of(b"{")
    yield "empty object", file_of({})
    yield "empty object and data", file_of({}, b"x")
    yield "longer than the file", file_of({}, length=3)
    yield "a byte short", one()[:-1]
    yield "a byte long", one(bytes(17))
    for bits in (27, 31, 32, 40, 53, 63, 64):
        yield f"length 2^{bits}-1", struct.pack("<Q", 2**bits - 1) + b"{}"
    yield "at the limit, cut", struct.pack("<Q", 100_000_000) + b"{}"
    yield "past the limit, cut", struct.pack("<Q", 100_000_001) + b"{}"
    for name, size in DTYPES.items():
        yield f"dtype {name}", one(bytes(4 * size), dtype=name, data_offsets=[0, 4 * size])
    for name, count, size in (("F4", 4, 2), ("F4", 3, 2), ("F6_E2M3", 4, 3), ("F6_E3M2", 4, 3),
                              ("F6_E2M3", 3, 2)):
        yield f"dtype {name} of {count}", one(bytes(size), dtype=name, shape=[count],
                                              data_offsets=[0, size])
    for name in ("f32", "F31", "", "FLOAT", "F32 ", "I128"):
        yield f"dtype '{name}'", one(dtype=name)
    for value in (32, None, ["F32"], {"F32": None}, {"F32": {}}, {"F32": []}, {"F32": 1}, {},
                  {"F32": {"a": 1}}, {"F32": None, "F16": None}, {"f32": None}, True):
        yield f"dtype {value}", raw(json.dumps({"x": {**F32, "dtype": value}}), bytes(16))
    for shape in ([], [4], [1] * 10, [2, 2, 1], [0], [2, 3], [-2, -2], [2.0, 2.0], [2.5], ["2", 2],
                  [True], None, 4, [[2, 2]], {"0": 2}, [2**64], [2**64 - 1], [2**63, 2], [2**32, 2**32],
                  [2**62], [2**61, 8], [0, 2**63], [2**63, 0], [0, 2**64], [1] * 64, [1] * 65):
        product = 1
        for side in shape if isinstance(shape, list) and all(type(s) is int for s in shape) else [4]:
            product *= side
        size = 4 * product if 0 <= product < 100 else 16
        yield f"shape {str(shape)[:60]}", raw(
            json.dumps({"x": {**F32, "shape": shape, "data_offsets": [0, size]}}), bytes(size))
    for offsets in ([0], [0, 16, 16], [16, 0], [1, 17], [0, 15], [0, 17], [-16, 0], [0.0, 16.0],
                    ["0", "16"], None, 16, [0, 2**64], [2**64 - 16, 2**64 - 1], [16, 32], {}):
        yield f"offsets {offsets}", raw(json.dumps({"x": {**F32, "data_offsets": offsets}}),
                                        bytes(16))
    for key in F32:
        yield f"without {key}", one(**{key: None})
        twice = json.dumps(F32)[:-1] + f', "{key}": {json.dumps(F32[key])}}}'
        yield f"{key} twice", raw('{"x": ' + twice + "}", bytes(16))
    yield "another field", one(more=1)
    yield "another field, nested", one(more={"a": [1, {"b": 2}]})
    yield "tensor null", raw('{"x": null}')
    for value in ("1", "[]", "true", '"text"', "[\"F32\",[2,2],[0,16]]", '["F32",[4]]', "{}",
                  '["F32",[2,2],[0,16],1]', '["F32",[2,2],[0,16],[]]', '[{"F32":null},[4],[0,16]]',
                  '[[2,2],"F32",[0,16]]'):
        yield f"tensor {value}", raw('{"x": ' + value + "}", bytes(16))
    yield from layouts()
    yield from metadata()
    yield from texts()


def layouts():
    def many(*spans, size, **more):
        entries = {f"t{i}": {"dtype": "U8", "shape": [max(0, e - b)], "data_offsets": [b, e]}
                   for i, (b, e) in enumerate(spans)}
        return file_of({**entries, **more}, bytes(size))
    yield "in order", many((0, 4), (4, 8), size=8)
    yield "out of order", many((4, 8), (0, 4), size=8)
    yield "a hole", many((0, 4), (5, 8), size=8)
    yield "a hole before", many((1, 4), (4, 8), size=8)
    yield "a hole after", many((0, 4), (4, 7), size=8)
    yield "overlap", many((0, 5), (4, 8), size=8)
    yield "the same bytes", many((0, 4), (0, 4), size=4)
    yield "within another", many((0, 8), (2, 4), size=8)
    yield "empty tensors", many((0, 0), (0, 0), (0, 4), (4, 4), size=4)
    yield "an empty tensor amid another", many((0, 4), (2, 2), size=4)
    yield "past the end", many((0, 4), (4, 9), size=8)
    yield "odd start", raw('{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}  ', b"\0")
    yield "name twice", raw('{"x":' + json.dumps(F32) + ',"x":' + json.dumps(F32) + "}", bytes(16))
    yield "other twice", raw(
        '{"x":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},'
        '"x":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}', bytes(8))
    yield "empty name", file_of({"": F32}, bytes(16))
    yield "name with a zero", file_of({"a\0b": F32}, bytes(16))


def metadata():
    for name, value in {"a text": {"k": "v"}, "empty": {}, "null": None, "a number": {"k": 1},
                        "a null in": {"k": None}, "nested": {"k": {"l": "m"}}, "a list": ["k"],
                        "a text itself": "k", "like a tensor": F32}.items():
        yield f"metadata: {name}", file_of({"__metadata__": value, "x": F32}, bytes(16))
    yield "metadata: alone", file_of({"__metadata__": {"format": "pt"}})
    yield "metadata: last", file_of({"x": F32, "__metadata__": {"format": "pt"}}, bytes(16))
    yield "metadata: key twice", raw('{"__metadata__":{"k":"a","k":"b"}}')
    yield "metadata: twice", raw('{"__metadata__":{"k":"a"},"__metadata__":{"l":"b"}}')
    yield "metadata: twice, empty", raw('{"__metadata__":{},"__metadata__":{}}')
    yield "metadata: twice, null", raw('{"__metadata__":null,"__metadata__":null}')
    yield "metadata: escaped name", raw('{"__metadata\\u005f_":{"k":1}}')
    yield "metadata: beside a wrong twin", raw('{"x":1,"x":' + json.dumps(F32) + "}", bytes(16))


def texts():
    whole = json.dumps({"x": F32})
    for name, text in {"space before": " " + whole, "space after": whole + "   ",
                       "newline after": whole + "\n", "tab after": whole + "\t",
                       "zero after": whole + "\0", "comma after": whole + ",",
                       "object after": whole + "{}", "cut": whole[:-1], "list": "[]", "number": "1",
                       "spaces": "   ", "brace": "{", "comment": "/**/" + whole,
                       "trailing comma": whole[:-1] + ",}", "single quotes": whole.replace('"', "'"),
                       "bom": "\ufeff" + whole, "escape": whole.replace("x", "\\u0078"),
                       "bad escape": whole.replace("x", "\\x"), "surrogate": whole.replace("x", "\\ud800"),
                       "surrogates": whole.replace("x", "\\ud83d\\ude00"),
                       "control": whole.replace("x", "\x01"), "nan": whole.replace("16]", "NaN]"),
                       "exponent": whole.replace("16]", "16e0]"), "16.0": whole.replace("16]", "16.0]"),
                       "leading zero": whole.replace("16]", "016]"), "plus": whole.replace("16]", "+16]"),
                       "minus zero": whole.replace("[0, ", "[-0, "), "large and ignored": whole[:-2] + ', "more": 1e308}}',
                       "too large and ignored": whole[:-2] + ', "more": 1e309}}',
                       "negative and ignored": whole[:-2] + ', "more": -1}}',
                       "hex": whole.replace("16]", "0x10]"),
                       "upper true": whole.replace("16]", "16], \"more\": True"),
                       "non-ascii": whole.replace("x", "häß漢😀")}.items():
        yield f"text: {name}", raw(text, bytes(16))
    for name, text in {"no utf-8": b"\xff", "cut utf-8": b"\xe6\xbc", "long utf-8": b"\xc0\x80",
                       "surrogate utf-8": b"\xed\xa0\x80"}.items():
        yield f"text: {name}", raw(whole.encode().replace(b"x", text), bytes(16))
    for depth in (10, 120, 124, 125, 126, 127, 128, 129, 1000, 100_000):
        yield f"text: {depth} lists", raw('{"x": ' + "[" * depth + "]" * depth + "}")
        yield f"text: {depth} lists, ignored", raw(
            whole[:-2] + ', "more": ' + "[" * depth + "]" * depth + "}}", bytes(16))
        yield f"text: {depth} objects, ignored", raw(
            whole[:-2] + ', "more": ' + '{"a":' * depth + "1" + "}" * depth + "}}", bytes(16))
    yield "text: 100,000 lists, open", raw('{"x": ' + "[" * 100_000)


def by_chance():
    """Whole files with a few bytes changed, cut, doubled or taken from what JSON is made of."""
    seeds = [one(), file_of({"__metadata__": {"format": "pt"}, "a": {**F32, "shape": [4]},
                             "b": {"dtype": "F16", "shape": [2, 1], "data_offsets": [16, 20]}},
                            bytes(20))]
    tokens = [b'"', b"{", b"}", b"[", b"]", b",", b":", b"0", b"1", b"9", b"-", b".", b"e", b" ",
              b"\0", b"\xff", b"null", b"\\u0000", b'"x"', b"F16", b"[0,0]", b"18446744073709551615"]
    chance = random.Random(1)
    for number in range(MUTATIONS):
        file = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(8, len(file)) if chance.random() < 0.9 else chance.randrange(8)
            action = chance.randrange(4)
            if action == 0:
                file[at] = chance.randrange(256)
            elif action == 1:
                file[at:at + 1] = chance.choice(tokens)
            elif action == 2:
                file[at:at] = chance.choice(tokens)
            else:
                del file[at:at + chance.randint(1, 4)]
            if len(file) < 9:
                break
        if chance.random() < 0.7 and len(file) >= 28:  # a length that fits what is there
            file[:8] = struct.pack("<Q", max(0, len(file) - 8 - (16 if len(file) < 120 else 20)))
        yield f"chance {number}", bytes(file)


def corpus():
    yield from by_rule()
    yield from by_chance()


def reference(file):
    """What PyPI safetensors makes of it."""
    import safetensors
    try:
        safetensors.deserialize(file)
        return "accept"
    except Exception:  # it throws what Rust's panics become, too
        return "refuse"


if __name__ == "__main__":
    if sys.argv[1:] == ["judge"]:
        for name, file in corpus():
            print(reference(file), name)
    else:
        sys.exit(__doc__)
