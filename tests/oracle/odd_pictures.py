"""The corpus of odd pictures: each function yields names with bytes; the same bytes in every run."""
import random
import struct
import zlib

from PIL import Image

import icc_profiles
from picture_parts import (BYTE, LONG, SBYTE, SHORT, SLONG, SSHORT, chunk, exif_segment, frame, icc_segments,
                           image_chunks, in_jpeg, in_png, png, raw_profile, saved, scene, segment, tiff, webp,
                           webp_chunk, webp_head, xmp, xmp_segment)

SIZE = (48, 32)
ALPHA, ANIMATED, ICC, EXIF, XMP = 0x10, 0x02, 0x20, 0x08, 0x04


def jpeg(seed=1, **options):
    return saved(scene(seed), "JPEG", quality=90, **options)


def orientations():
    plain, flat, lossy = jpeg(), saved(scene(2), "PNG"), saved(scene(3), "WEBP", quality=90)
    for way in range(0, 10):
        for order, kinds in ((">", (SHORT, LONG)), ("<", (SHORT,))):
            for kind in kinds:
                data = tiff(way, kind, order)
                name = f"orientation-{way}-{'big' if order == '>' else 'little'}-{kind}"
                yield name + ".jpg", in_jpeg(plain, exif_segment(data))
    for way in range(2, 9):
        yield f"orientation-{way}.png", in_png(flat, chunk(b"eXIf", tiff(way)))
        yield f"orientation-{way}.webp", webp(webp_head(SIZE, EXIF), image_chunks(lossy), webp_chunk(b"EXIF", tiff(way)))
        yield f"orientation-{way}-xmp.jpg", in_jpeg(plain, xmp_segment(xmp(way)))
    for kind in (BYTE, SBYTE, SSHORT, SLONG):
        for order in "<>":
            yield f"integer-{kind}-{ord(order)}.jpg", in_jpeg(plain, exif_segment(tiff(6, kind, order)))
            yield f"integer-{kind}-{ord(order)}.png", in_png(flat, chunk(b"eXIf", tiff(6, kind, order)))


def places_in_jpeg():
    plain, turned = jpeg(4), exif_segment(tiff(6))
    yield "behind-xmp.jpg", in_jpeg(plain, xmp_segment(xmp(1)), turned)
    yield "behind-empty-xmp.jpg", in_jpeg(plain, xmp_segment(b"<x/>"), turned)
    yield "behind-icc.jpg", in_jpeg(plain, *icc_segments(icc_profiles.rgb("p3", 2.2)), turned)
    yield "behind-comment.jpg", in_jpeg(plain, segment(0xfe, b"a comment"), turned)
    yield "behind-photoshop.jpg", in_jpeg(plain, segment(0xed, b"Photoshop 3.0\0" + bytes(900)), turned)
    yield "behind-other-application.jpg", in_jpeg(plain, segment(0xe1, b"something else"), turned)
    yield "behind-many.jpg", in_jpeg(plain, *[segment(0xe4, bytes(40))] * 9, turned)
    yield "without-jfif.jpg", b"\xff\xd8" + turned + plain[20:]
    frame_at = plain.index(b"\xff\xc0")
    yield "before-frame.jpg", plain[:frame_at] + turned + plain[frame_at:]
    scan_at = plain.index(b"\xff\xda")
    yield "before-scan.jpg", plain[:scan_at] + turned + plain[scan_at:]
    yield "filled.jpg", in_jpeg(plain, b"\xff\xff\xff" + turned)
    yield "before-xmp-that-differs.jpg", in_jpeg(plain, turned, xmp_segment(xmp(3)))
    data = tiff(6, before=3)
    yield "in-two-segments.jpg", in_jpeg(plain, exif_segment(data[:20]), exif_segment(data[20:]))
    yield "with-entries-before.jpg", in_jpeg(plain, exif_segment(tiff(6, before=4)))
    yield "twice.jpg", in_jpeg(plain, exif_segment(tiff(8, count=2)))
    for name, odd in {"empty": b"", "no-tiff": b"hello world", "cut": data[:25], "far": b"MM\0*\0\1\0\0",
                      "long": b"MM\0*\0\0\0\x08\xff\xff" + data[10:], "neither": b"XX\0*" + data[4:],
                      "itself": b"MM\0*\0\0\0\0" + data[8:]}.items():
        yield f"damaged-exif-{name}.jpg", in_jpeg(plain, exif_segment(odd))


def places_elsewhere():
    flat, lossy = saved(scene(5), "PNG"), saved(scene(6), "WEBP", quality=90)
    exact = saved(scene(6), "WEBP", lossless=True)
    yield "behind-pixels.png", in_png(flat, chunk(b"eXIf", tiff(8)), behind=True)
    yield "little.png", in_png(flat, chunk(b"eXIf", tiff(8, order="<")))
    yield "prefixed.png", in_png(flat, chunk(b"eXIf", b"Exif\0\0" + tiff(8)))
    raw = raw_profile(b"Exif\0\0" + tiff(8))
    for place in (False, True):
        yield f"raw-profile-{place}.png", in_png(flat, chunk(b"tEXt", b"Raw profile type exif\0" + raw), behind=place)
        packed = chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw))
        yield f"raw-profile-packed-{place}.png", in_png(flat, packed, behind=place)
        text = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp(3))
        yield f"xmp-{place}.png", in_png(flat, text, behind=place)
    yield "xmp-packed.png", in_png(flat, chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp(3))))
    yield "raw-profile-no-digits.png", in_png(flat, chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 9\nhello\n"))
    for name, pixels in (("lossy", lossy), ("lossless", exact)):
        prefixed = webp_chunk(b"EXIF", b"Exif\0\0" + tiff(8))
        yield f"prefixed-{name}.webp", webp(webp_head(SIZE, EXIF), image_chunks(pixels), prefixed)
        yield f"little-{name}.webp", webp(webp_head(SIZE, EXIF), image_chunks(pixels),
                                          webp_chunk(b"EXIF", tiff(6, order="<")))
        yield f"xmp-{name}.webp", webp(webp_head(SIZE, XMP), image_chunks(pixels), webp_chunk(b"XMP ", xmp(6)))
        yield f"unflagged-{name}.webp", webp(webp_head(SIZE, 0), image_chunks(pixels), webp_chunk(b"EXIF", tiff(6)))
        yield f"unknown-chunk-{name}.webp", webp(webp_head(SIZE, EXIF), webp_chunk(b"WHAT", bytes(7)),
                                                 image_chunks(pixels), webp_chunk(b"EXIF", tiff(6)))


def _levels(depth, channels, seed=7):
    """Samples of `depth` bits, bright and dark in the four corners."""
    chance, most = random.Random(seed), (1 << depth) - 1
    corners = [[chance.randrange(most + 1) for _ in range(channels)] for _ in range(4)]
    return [[tuple(corners[(x >= SIZE[0] // 2) + 2 * (y >= SIZE[1] // 2)]) for x in range(SIZE[0])]
            for y in range(SIZE[1])], corners


def transparency_of_png():
    for interlaced in (False, True):
        way = "-interlaced" if interlaced else ""
        for depth in (1, 2, 4, 8, 16):
            pixels, corners = _levels(depth, 1)
            clear = chunk(b"tRNS", struct.pack(">H", corners[0][0]))
            yield f"grey{depth}{way}.png", png(SIZE, 0, depth, pixels, interlaced=interlaced)
            yield f"grey{depth}-clear{way}.png", png(SIZE, 0, depth, pixels, [clear], interlaced=interlaced)
        for depth in (8, 16):
            pixels, corners = _levels(depth, 3)
            clear = chunk(b"tRNS", struct.pack(">HHH", *corners[1]))
            yield f"rgb{depth}{way}.png", png(SIZE, 2, depth, pixels, interlaced=interlaced)
            yield f"rgb{depth}-clear{way}.png", png(SIZE, 2, depth, pixels, [clear], interlaced=interlaced)
            yield f"grey-alpha{depth}{way}.png", png(SIZE, 4, depth, _levels(depth, 2)[0], interlaced=interlaced)
            yield f"rgb-alpha{depth}{way}.png", png(SIZE, 6, depth, _levels(depth, 4)[0], interlaced=interlaced)
        for depth in (1, 2, 4, 8):
            pixels, _ = _levels(depth, 1)
            colours = random.Random(8).randbytes(3 << depth)
            palette = chunk(b"PLTE", colours)
            alpha = chunk(b"tRNS", random.Random(9).randbytes((1 << depth) - (depth > 2)))
            yield f"palette{depth}{way}.png", png(SIZE, 3, depth, pixels, [palette], interlaced=interlaced)
            yield f"palette{depth}-clear{way}.png", png(SIZE, 3, depth, pixels, [palette, alpha], interlaced=interlaced)
    pixels, _ = _levels(8, 1)
    yield "palette-too-short.png", png(SIZE, 3, 8, [[(1,)] * 24 + [(9,)] * 24] * 32, [chunk(b"PLTE", b"\x90\x20\x60" * 4)])
    yield "palette-missing.png", png(SIZE, 3, 8, pixels)
    yield "grey-clear-elsewhere.png", png(SIZE, 0, 8, pixels, [chunk(b"tRNS", b"\x7f\xff")])
    yield "grey-clear-too-short.png", png(SIZE, 0, 8, pixels, [chunk(b"tRNS", b"\0")])


def _alpha(seed):
    picture = scene(seed).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize(SIZE))
    return picture


def transparency_of_webp():
    for name, options in {"lossy": {"quality": 90}, "lossless": {"lossless": True}, "exact": {"lossless": True, "exact": True},
                          "alpha-lossy": {"quality": 80, "alpha_quality": 40}}.items():
        yield f"alpha-{name}.webp", saved(_alpha(10), "WEBP", **options)
    pixels = image_chunks(saved(_alpha(10), "WEBP", quality=90))
    yield "alpha-unflagged.webp", webp(webp_head(SIZE, 0), pixels)
    yield "alpha-turned.webp", webp(webp_head(SIZE, ALPHA | EXIF), pixels, webp_chunk(b"EXIF", tiff(6)))
    yield "clear-all.png", saved(Image.new("RGBA", SIZE, (9, 9, 9, 0)), "PNG")
    yield "clear-all.webp", saved(Image.new("RGBA", SIZE, (9, 9, 9, 0)), "WEBP", lossless=True)
    yield "alpha-turned.png", in_png(saved(_alpha(11), "PNG"), chunk(b"eXIf", tiff(5)))


PROFILES = {"srgb": icc_profiles.rgb("srgb", 2.2), "adobe": icc_profiles.rgb("adobe", 2.2),
            "p3": icc_profiles.rgb("p3", 2.2), "prophoto": icc_profiles.rgb("prophoto", 1.8),
            "linear": icc_profiles.rgb("srgb", 1.0), "grey": icc_profiles.grey(1.0), "cmyk": icc_profiles.cmyk(),
            "cut": icc_profiles.rgb("adobe", 2.2)[:200], "none": b"", "nonsense": bytes(range(256))}


def iccp(profile):
    return chunk(b"iCCP", b"it\0\0" + zlib.compress(profile))


def colour_spaces():
    kinds = {"rgb": scene(12), "grey": scene(12).convert("L"), "alpha": _alpha(12), "palette": scene(12).quantize(16)}
    for name, profile in PROFILES.items():
        for kind, picture in kinds.items():
            yield f"icc-{name}-{kind}.png", in_png(saved(picture, "PNG"), iccp(profile))
        for kind in ("rgb", "grey"):
            yield f"icc-{name}-{kind}.jpg", in_jpeg(saved(kinds[kind], "JPEG", quality=90), *icc_segments(profile))
        for kind in ("rgb", "alpha"):
            pixels = image_chunks(saved(kinds[kind], "WEBP", quality=90))
            head = webp_head(SIZE, ICC | (ALPHA if kind == "alpha" else 0))
            yield f"icc-{name}-{kind}.webp", webp(head, webp_chunk(b"ICCP", profile), pixels)
    deep, _ = _levels(16, 3)
    yield "icc-deep.png", in_png(png(SIZE, 2, 16, deep), iccp(PROFILES["prophoto"]))
    yield "icc-turned.jpg", in_jpeg(jpeg(), *icc_segments(PROFILES["prophoto"]), exif_segment(tiff(6)))
    parts = icc_segments(PROFILES["prophoto"], 200)
    yield "icc-in-parts.jpg", in_jpeg(jpeg(), *parts)
    yield "icc-in-parts-backwards.jpg", in_jpeg(jpeg(), *parts[::-1])
    yield "icc-part-missing.jpg", in_jpeg(jpeg(), *parts[:-1])
    yield "icc-part-numbered-wrong.jpg", in_jpeg(jpeg(), *icc_segments(PROFILES["prophoto"], numbered=2))
    flat = saved(scene(13), "PNG")
    yield "gamma.png", in_png(flat, chunk(b"gAMA", struct.pack(">I", 100000)))
    yield "srgb.png", in_png(flat, chunk(b"sRGB", b"\0"), chunk(b"gAMA", struct.pack(">I", 45455)))


def _with_adobe(bytes_, transform):
    at = bytes_.index(b"Adobe\0") + 11
    return bytes_[:at] + bytes([transform]) + bytes_[at + 1:]


def inks_and_codings():
    inks = scene(14).convert("CMYK")
    four = saved(inks, "JPEG", quality=90)
    at = four.index(b"\xff\xee")
    for name, bytes_ in {"adobe": four, "ycck": _with_adobe(four, 2), "bare": four[:at] + four[at + 16:]}.items():
        yield f"cmyk-{name}.jpg", bytes_
        yield f"cmyk-{name}-icc.jpg", in_jpeg(bytes_, *icc_segments(PROFILES["cmyk"]))
        yield f"cmyk-{name}-wrong-icc.jpg", in_jpeg(bytes_, *icc_segments(PROFILES["adobe"]))
        yield f"cmyk-{name}-turned.jpg", in_jpeg(bytes_, exif_segment(tiff(6)))
    yield "kept-rgb.jpg", jpeg(15, keep_rgb=True)
    for name, options in {"progressive": {"progressive": True}, "420": {"subsampling": 2}, "422": {"subsampling": 1},
                          "444": {"subsampling": 0}, "restarts": {"restart_marker_rows": 1},
                          "optimised": {"optimize": True}}.items():
        yield f"coded-{name}.jpg", jpeg(15, **options)
    grey = saved(scene(15).convert("L"), "JPEG", quality=90)
    yield "grey.jpg", grey
    yield "grey-turned.jpg", in_jpeg(grey, exif_segment(tiff(7)))


def animations():
    scenes = [scene(seed) for seed in (16, 17, 18)]
    more = {"save_all": True, "append_images": scenes[1:], "duration": 100}
    yield "animated.webp", saved(scenes[0], "WEBP", **more)
    yield "animated-lossless.webp", saved(scenes[0], "WEBP", lossless=True, **more)
    yield "animated-alpha.webp", saved(_alpha(16), "WEBP", save_all=True, append_images=[_alpha(17)])
    yield "animated.png", saved(scenes[0], "PNG", **more)
    yield "animated-default.png", saved(scenes[0], "PNG", default_image=True, **more)
    yield "several.jpg", saved(scenes[0], "MPO", save_all=True, append_images=scenes[1:])
    start = webp_chunk(b"ANIM", b"\x10\x20\xf0\xff" + bytes(2))
    whole = frame(saved(scenes[1], "WEBP", lossless=True), SIZE)
    for name, picture in (("opaque", scenes[0]), ("alpha", _alpha(16))):
        small = frame(saved(picture.resize((32, 16)), "WEBP", lossless=True), (32, 16), (10, 8))
        for flags in (ANIMATED, ANIMATED | ALPHA):
            yield f"animated-inset-{name}-{flags}.webp", webp(webp_head(SIZE, flags), start, small, whole)
    turned = webp_chunk(b"EXIF", tiff(6))
    yield "animated-turned.webp", webp(webp_head(SIZE, ANIMATED | EXIF), start, whole, turned)
    yield "animated-icc.webp", webp(webp_head(SIZE, ANIMATED | ICC), webp_chunk(b"ICCP", PROFILES["prophoto"]), start, whole)
    yield "animated-outside.webp", webp(webp_head(SIZE, ANIMATED), start, frame(saved(scenes[1], "WEBP"), SIZE, (20, 20)))
    yield "animated-misstated.webp", webp(webp_head(SIZE, ANIMATED), start, frame(saved(scenes[1], "WEBP"), (40, 20)))
    yield "animated-without-frames.webp", webp(webp_head(SIZE, ANIMATED), start)
    yield "animated.gif", saved(scenes[0], "GIF", **more)


def other_containers():
    for container in ("BMP", "TIFF", "GIF", "PPM", "TGA", "ICO", "JPEG2000", "AVIF"):
        yield f"other.{container.lower()}", saved(scene(19), container)
    yield "heic.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
    yield "page.jpg", b"<!DOCTYPE html><html><body>404</body></html>"
    yield "drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"/>'
    yield "document.png", b"%PDF-1.4\n%%EOF\n"
    yield "pointer.jpg", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    yield "empty.jpg", b""


def damages():
    wholes = {"jpg": jpeg(20), "png": saved(scene(20), "PNG"), "webp": saved(scene(20), "WEBP", lossless=True)}
    for container, whole in wholes.items():
        for part in (3, 10, 25, 50, 75, 95):
            yield f"cut-{part:02}.{container}", whole[:len(whole) * part // 100]
        yield f"cut-1-byte.{container}", whole[:-1]
        yield f"followed.{container}", whole + b"something else"
    whole, flat = wholes["jpg"], wholes["png"]
    yield "cut-end-marker.jpg", whole[:-2]
    yield "cut-scan.jpg", whole[:whole.index(b"\xff\xda") + 200] + b"\xff\xd9"
    yield "no-scan.jpg", whole[:whole.index(b"\xff\xda")] + b"\xff\xd9"
    data = flat.index(b"IDAT")
    yield "cut-pixels.png", in_png(flat[:data - 4] + flat[-12:], chunk(b"IDAT", flat[data + 4:data + 400]), behind=True)
    yield "bad-sum-of-pixels.png", flat[:-16] + bytes(4) + flat[-12:]
    yield "bad-sum-of-text.png", in_png(flat, chunk(b"tEXt", b"a\0b")[:-1] + b"\0")
    yield "bad-sum-of-header.png", flat[:29] + bytes(4) + flat[33:]
    yield "no-pixels.png", flat[:33] + flat[-12:]
    yield "riff-size-too-small.webp", wholes["webp"][:4] + b"\x20\0\0\0" + wholes["webp"][8:]
    yield "riff-size-too-large.webp", wholes["webp"][:4] + b"\xff\xff\0\0" + wholes["webp"][8:]
    lossy = image_chunks(saved(scene(20), "WEBP"))
    yield "canvas-differs.webp", webp(webp_head((64, 64), 0), lossy)
    yield "exif-alone.webp", webp(webp_head(SIZE, EXIF), webp_chunk(b"EXIF", tiff(6)))


FAMILIES = (orientations, places_in_jpeg, places_elsewhere, transparency_of_png, transparency_of_webp, colour_spaces,
            inks_and_codings, animations, other_containers, damages)
