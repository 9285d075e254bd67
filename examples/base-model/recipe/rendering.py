"""SVG to a square RGBA picture: trimmed, centred, so that all sets fill it alike."""

import io

import resvg_py
from PIL import Image, ImageChops, ImageFilter

SIZE = 96
MARGIN = 2
_OVERSAMPLING = 3
_OPAQUE_ENOUGH = 24  # of 255; Streamline's pale ground shadow counts, stray pixels do not


def icon(svg, size=SIZE, margin=MARGIN):
    """`[size, size]` RGBA; the longer side of what is drawn is size - 2 margin."""
    side = size * _OVERSAMPLING
    png = resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side, skip_system_fonts=True)
    picture = Image.open(io.BytesIO(bytes(png))).convert("RGBA")
    box = picture.getchannel("A").point(lambda a: 255 if a > _OPAQUE_ENOUGH else 0).getbbox()
    if box is None:
        raise ValueError("nothing is drawn")
    return _centred(picture.crop(box), size, margin)


def sticker(picture, border=3):
    """`picture` as a die-cut sticker: a white border with a thin grey edge around its outline."""
    inner = picture.resize((SIZE - 2 * border - 2,) * 2, Image.LANCZOS)
    framed = Image.new("RGBA", picture.size)
    framed.paste(inner, (border + 1, border + 1))
    alpha = framed.getchannel("A")
    white = _grown(alpha, border)
    edge = _grown(alpha, border + 1)
    result = Image.new("RGBA", picture.size, (168, 172, 180, 0))
    result.putalpha(edge)
    result.alpha_composite(_filled((255, 255, 255), white))
    result.alpha_composite(framed)
    return result


def _centred(cropped, size, margin):
    inner = size - 2 * margin
    scale = inner / max(cropped.size)
    fitted = [max(1, round(side * scale)) for side in cropped.size]
    # Premultiplied, so that the colour of transparent pixels does not bleed into the outline.
    small = cropped.convert("RGBa").resize(fitted, Image.LANCZOS).convert("RGBA")
    result = Image.new("RGBA", (size, size))
    result.paste(small, ((size - fitted[0]) // 2, (size - fitted[1]) // 2))
    return result


def _grown(alpha, radius):
    """The mask within about `radius` pixels of `alpha`, its corners rounded."""
    big = alpha.resize([side * 2 for side in alpha.size], Image.BILINEAR)
    solid = big.point(lambda a: 255 if a > 100 else 0)
    # A blurred straight edge falls to 16 % one standard deviation away from it.
    near = solid.filter(ImageFilter.GaussianBlur(radius * 2)).point(lambda a: 255 if a > 41 else 0)
    joined = ImageChops.lighter(near, solid).filter(ImageFilter.GaussianBlur(0.7))
    return joined.resize(alpha.size, Image.BOX)


def _filled(colour, mask):
    image = Image.new("RGBA", mask.size, colour + (0,))
    image.putalpha(mask)
    return image
