"""An icon redrawn with coloured pencils: hatched colour on white paper, a graphite outline."""

import numpy as np
from PIL import Image, ImageFilter

_HATCH_PERIOD = 5.0  # pixels across the strokes, so that they survive at 64 pixels
_GRAPHITE = np.array([58, 58, 66], dtype=np.float32)


def drawn(icon, random):
    """`icon` (RGBA) as a coloured drawing, with the same outline and transparency."""
    pixels = np.asarray(icon, dtype=np.float32)
    colour, alpha = pixels[:, :, :3], pixels[:, :, 3:] / 255
    on_paper = colour * alpha + 255 * (1 - alpha)
    pressure = (0.66 + 0.28 * _hatching(alpha.shape[0], random))[:, :, None]
    tinted = 255 - (255 - on_paper) * pressure
    line = _lines(on_paper, alpha[:, :, 0])[:, :, None]
    mixed = tinted * (1 - line) + _GRAPHITE * line
    return Image.fromarray(np.concatenate([mixed, alpha * 255], 2).clip(0, 255).astype(np.uint8))


def _hatching(size, random):
    """In [-1, 1]: uneven parallel strokes from lower left to upper right."""
    y, x = np.mgrid[0:size, 0:size].astype(np.float32)
    wobble = 1.5 * np.sin((x - y) / random.uniform(9, 15) + random.uniform(0, 6))
    return np.sin((x + y + wobble) / _HATCH_PERIOD * np.pi * np.sqrt(2))


def _lines(on_paper, alpha):
    """In [0, 1]: where tones meet, and inside of the outline."""
    picture = Image.fromarray(on_paper.clip(0, 255).astype(np.uint8))
    picture = picture.filter(ImageFilter.GaussianBlur(1))
    channels = np.moveaxis(np.asarray(picture, dtype=np.float32), 2, 0)
    slopes = [np.hypot(*np.gradient(channel)) for channel in channels]
    edges = (np.max(slopes, 0) / 26 - 0.25).clip(0, 0.85)
    solid = Image.fromarray((alpha * 255).astype(np.uint8))
    inside = np.asarray(solid.filter(ImageFilter.GaussianBlur(1.6)), dtype=np.float32) / 255
    outline = ((0.86 - inside) * 3.5).clip(0, 0.95)
    return np.maximum(edges, outline)
