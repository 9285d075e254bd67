"""An icon painted over: strokes of a brush, coarse first, over the whole canvas.

After A. Hertzmann, "Painterly Rendering with Curved Brush Strokes of Multiple Sizes" (1998), with
straight strokes along the contours.
"""

import colorsys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

_CANVAS = 192
_BRUSHES = (14, 8, 4)  # radii in pixels of the canvas
_CLOSE_ENOUGH = 26.0  # mean colour distance below which a patch needs no finer stroke


def painted(icon, random, size):
    """`icon` (RGBA) painted on a canvas of its own: `[size, size]`, opaque."""
    scene = _scene(icon, random)
    canvas = Image.new("RGB", scene.size, tuple(int(c) for c in np.asarray(scene).mean((0, 1))))
    for radius in _BRUSHES:
        reference = np.asarray(scene.filter(ImageFilter.GaussianBlur(radius / 2)), dtype=np.float32)
        _paint_layer(canvas, reference, radius, random)
    woven = _weave(np.asarray(canvas, dtype=np.float32), random)
    picture = Image.fromarray(woven.clip(0, 255).astype(np.uint8))
    return picture.resize((size, size), Image.LANCZOS).convert("RGBA")


def _scene(icon, random):
    """The icon before a ground of two muted tones, lighter above."""
    hue, tone = random.random(), random.uniform(0.45, 0.9)
    upper = np.array(colorsys.hsv_to_rgb(hue, random.uniform(0.15, 0.5), tone))
    lower = np.array(colorsys.hsv_to_rgb((hue + random.uniform(-0.12, 0.12)) % 1, 0.45, tone * 0.7))
    blend = np.linspace(0, 1, _CANVAS)[:, None, None] ** 1.5
    ground = 255 * (upper * (1 - blend) + lower * blend) * np.ones((1, _CANVAS, 1))
    scene = Image.fromarray(ground.astype(np.uint8))
    side = round(_CANVAS * random.uniform(0.62, 0.8))
    drawn = icon.resize((side, side), Image.LANCZOS).rotate(random.uniform(-8, 8), Image.BICUBIC)
    corner = [(_CANVAS - side) // 2 + random.randint(-8, 8) for _ in range(2)]
    scene.paste(drawn, corner, drawn)
    return scene


def _paint_layer(canvas, reference, radius, random):
    grey = reference.mean(2)
    slope_y, slope_x = np.gradient(grey)
    current = np.asarray(canvas, dtype=np.float32)
    distance = np.sqrt(((current - reference) ** 2).sum(2))
    pen = ImageDraw.Draw(canvas)
    strokes = []
    for y in range(0, _CANVAS, radius):
        for x in range(0, _CANVAS, radius):
            patch = distance[y : y + radius, x : x + radius]
            if radius == _BRUSHES[0] or patch.mean() > _CLOSE_ENOUGH:
                row, column = np.unravel_index(patch.argmax(), patch.shape)
                strokes.append((y + row, x + column))
    random.shuffle(strokes)
    for y, x in strokes:
        steep = abs(slope_x[y, x]) + abs(slope_y[y, x]) > 1.0
        angle = np.arctan2(slope_x[y, x], -slope_y[y, x]) if steep else random.uniform(0.3, 0.9)
        _stroke(pen, (x, y), angle, radius, _mixed(reference[y, x], random))


def _stroke(pen, centre, angle, radius, colour):
    half = radius * 1.3
    dx, dy = np.cos(angle) * half, np.sin(angle) * half
    start, end = (centre[0] - dx, centre[1] - dy), (centre[0] + dx, centre[1] + dy)
    pen.line([start, end], fill=colour, width=max(2, int(radius * 1.2)))
    for x, y in (start, end):
        cap = radius * 0.6
        pen.ellipse([x - cap, y - cap, x + cap, y + cap], fill=colour)


def _mixed(colour, random):
    """No two strokes are of quite the same paint."""
    lightness = random.gauss(0, 11)
    return tuple(int(min(255, max(0, c + lightness + random.gauss(0, 6)))) for c in colour)


def _weave(pixels, random):
    """The light on the canvas' threads and on the paint's bristles."""
    noise = np.random.default_rng(random.getrandbits(32)).normal(128, 60, pixels.shape[:2])
    soft = Image.fromarray(noise.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.2))
    grain = (np.asarray(soft, dtype=np.float32) - 128) / 14
    threads = np.sin(np.arange(_CANVAS) * np.pi / 2)
    return pixels + 9 * grain[:, :, None] + 3 * (threads[:, None] + threads[None, :])[:, :, None]
