"""Draws a sheet with one row per image: the image, then its map by each network, one column per network."""

import io
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CELL = 1.7  # side of an image, in inches
GAP = 0.1  # inches
TEXT, INCH = 7, 72  # size of the text, and of an inch, in points
DPI = 150
FAINTEST, STRONGEST = 0.15, 0.75  # opacity of a map's lowest and highest value over the image
LETTERS = int(CELL * INCH / (0.55 * TEXT))  # letters that fit in the width of a cell


@dataclass(frozen=True)
class Column:
    """The maps of one network.

    Attributes:
        title: The network's name.
        maps: `(n, height, width)` at the images' size; evidence against a class (negative) is not shown.
        captions: One per image, such as its class and probability.
    """

    title: str
    maps: np.ndarray
    captions: Sequence[str]


def draw_sheet(images: np.ndarray, captions: Sequence[str], columns: Sequence[Column], note: str = "") -> bytes:
    """Draws the sheet and returns it as the bytes of a PNG file.

    Each map is scaled separately, from 0 to its highest value.

    Args:
        images: uint8 `(n, height, width, channels)`, with 1 or 3 channels.
        captions: One per image: its name, or its true class.
        columns: One per network.
        note: Text under the sheet.
    """
    from matplotlib import style
    from matplotlib.figure import Figure

    notes = textwrap.wrap(note, int((len(columns) + 1) * LETTERS * 1.05))
    deepest = max(len(_lines(text)) for text in (*captions, *(c for column in columns for c in column.captions)))
    above, below = 0.18 + 0.13 * max(len(_lines(column.title)) for column in columns), 0.1 + 0.13 * len(notes)
    high = CELL + 0.13 * deepest + GAP  # an image and the caption above it
    width, height = (CELL + GAP) * (len(columns) + 1) + GAP, above + high * len(images) + below
    with style.context(["default", {"text.parse_math": False}]):  # a $ in the name of a class is a $
        figure = Figure(figsize=(width, height))

        def place(row: int, column: int):
            left, bottom = GAP + column * (CELL + GAP), height - above - (row + 1) * high + GAP
            axes = figure.add_axes((left / width, bottom / height, CELL / width, CELL / height))
            axes.axis("off")
            return axes

        for row, (image, caption) in enumerate(zip(images, captions, strict=True)):
            _show(place(row, 0), image, caption)
            for number, column in enumerate(columns, start=1):
                _show(place(row, number), image, column.captions[row], column.maps[row])
        for number, title in enumerate(["image", *(column.title for column in columns)]):
            words, left = "\n".join(_lines(title)), GAP + number * (CELL + GAP)
            figure.text(left / width, 1 - 0.06 / height, words, size=TEXT + 1, weight="bold", va="top")
        figure.text(GAP / width, 0.06 / height, "\n".join(notes), size=TEXT, color="#555555", va="bottom")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI, facecolor="white")
    return buffer.getvalue()


def _show(axes, image: np.ndarray, caption: str, heat: np.ndarray | None = None):
    smooth = "antialiased" if max(image.shape[:2]) > CELL * DPI else "nearest"  # small images show their pixels
    if heat is None:
        axes.imshow(
            image if image.shape[-1] == 3 else image[..., 0], cmap="gray", vmin=0, vmax=255, interpolation=smooth
        )
    else:
        axes.imshow(image.mean(axis=-1), cmap="gray", vmin=0, vmax=255, interpolation=smooth)
        heat = np.maximum(heat, 0)
        heat = heat / heat.max() if heat.max() > 0 else heat
        axes.imshow(heat, cmap="inferno", vmin=0, vmax=1, alpha=FAINTEST + (STRONGEST - FAINTEST) * heat)
    axes.set_title("\n".join(_lines(caption)), size=TEXT, pad=2, loc="left")


def _lines(text: str) -> list[str]:
    return textwrap.wrap(text, LETTERS) or [""]
