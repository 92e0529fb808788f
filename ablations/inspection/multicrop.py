"""The crops that a network is evaluated on: 1, 10 or 144 of an image, in the proportions of the papers.

Sources: 144 as in arXiv 1409.4842, section 7: the image is resized to four scales, the shorter side 256, 288, 320 and
352 for crops of 224; of each scale the left, centre and right square are taken (of a portrait image the top, centre and
bottom one); of each square the four corners and the centre at 224 and the whole square resized to 224; and the mirror
image of each: 4 x 3 x 6 x 2. 10 as in AlexNet (NIPS 2012, section 4.1): the four corners and the centre of the square
in the middle of the first scale, and their mirror images. 1: the centre alone, as `ablations.data.crops.centre`.

For crops of another side the scales keep their ratio to it: with 28 pixels they are 32, 36, 40 and 44. A crop is a box
in the pixels of the stored image, cut and resized in one step (bilinear), so the image is never resized as a whole.
Boxes are exact fractions: two crops that show the same are equal. In a square image the three squares coincide and the
whole square is the same at every scale, so that 42 of 144 crops differ; in other images 126 do. `weighted` counts them.
"""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from PIL import Image, ImageOps

from inception_keras.errors import UserError

COUNTS = (1, 10, 144)
SCALES = (256, 288, 320, 352)  # the shorter side in pixels, for crops of 224
SIDE = 224


class Crop(NamedTuple):
    """A square of the stored image, in its pixels: `size` wide, with the upper left corner at (left, top)."""

    left: Fraction
    top: Fraction
    size: Fraction
    mirrored: bool


def check_crops(count: int):
    """Checks a number of crops.

    Raises:
        UserError: It is not 1, 10 or 144.
    """
    if count not in COUNTS:
        raise UserError(f"crops per image are 1, 10 or 144, as in the papers; got {count}")


def scales(side: int) -> tuple[int, ...]:
    """The shorter sides to which an image is resized for crops of `side` pixels.

    >>> scales(224), scales(28)
    ((256, 288, 320, 352), (32, 36, 40, 44))
    """
    return tuple(round(side * scale / SIDE) for scale in SCALES)


def crops(count: int, width: int, height: int, side: int) -> list[Crop]:
    """The crops of an image in the paper's order: scales, squares, corners and centre and whole, mirror images.

    Args:
        count: 1, 10 or 144.
        width, height: Of the stored image, in pixels.
        side: Of the crops that the network sees, in pixels.

    Raises:
        UserError: `count` is another number.
    """
    check_crops(count)
    if count == 144:
        boxes = [
            box
            for scale in scales(side)
            for square in _squares(width, height)
            for box in (*_five(*square, Fraction(side, scale)), square)
        ]
    else:
        _, middle, _ = _squares(width, height)
        boxes = _five(*middle, Fraction(side, scales(side)[0]))
    if count == 1:
        return [Crop(*boxes[-1], mirrored=False)]
    return [Crop(*box, mirrored=mirrored) for box in boxes for mirrored in (False, True)]


def weighted(count: int, width: int, height: int, side: int) -> dict[Crop, float]:
    """The weight of each distinct crop in the average over `count` crops; takes the arguments of `crops`."""
    times = Counter(crops(count, width, height, side))
    return {crop: number / count for crop, number in times.items()}


def cut(image: Image.Image, crop: Crop, side: int) -> Image.Image:
    """Cuts a crop and resizes it to what the network sees, `side` pixels wide."""
    left, top, size = map(float, crop[:3])
    square = image.resize((side, side), Image.Resampling.BILINEAR, box=(left, top, left + size, top + size))
    return ImageOps.mirror(square) if crop.mirrored else square


Box = tuple[Fraction, Fraction, Fraction]  # left, top, size


def _squares(width: int, height: int) -> list[Box]:
    """Left, centre and right square of a landscape image; top, centre and bottom square of a portrait image."""
    size = Fraction(min(width, height))
    return [((width - size) * place, (height - size) * place, size) for place in (0, Fraction(1, 2), 1)]


def _five(left: Fraction, top: Fraction, square: Fraction, share: Fraction) -> list[Box]:
    """Boxes in the four corners of a square and then in its centre, each as wide as `share` of the square."""
    size = square * share
    room = square - size
    return [(left + x * room, top + y * room, size) for x, y in _places()]


def _places() -> Iterator[tuple[Fraction, Fraction]]:
    for y in (0, 1):
        for x in (0, 1):
            yield Fraction(x), Fraction(y)
    yield Fraction(1, 2), Fraction(1, 2)
