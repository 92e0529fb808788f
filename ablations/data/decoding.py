"""Decodes images with Pillow."""

import io
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from ablations.study.sizes import ImageSize, height_and_width
from inception_keras.errors import UserError
from inception_keras.io.pictures import is_deep, opaque, open_image, scaled_to_8_bits

# Of how an image file becomes pixels; raised with each change that gives other pixels, so that old caches and old
# fingerprints of streamed sets are told from new ones. 2: upright by EXIF, 16-bit grey is scaled. 3: transparent pixels
# are white.
RULES = 3
GREY = ("1", "L", "I", "I;16")  # Pillow's modes of one channel
MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # Pillow's mode by number of uint8 channels

File = Path | io.BytesIO
View = Callable[[Image.Image], Image.Image]  # from a stored image to what a split shows of it


def stored(image: Image.Image) -> Image.Image:
    """The image unchanged."""
    return image


def squeezed(image: Image.Image, size: ImageSize) -> Image.Image:
    """The whole image in `size` (bilinear, without keeping the aspect ratio)."""
    height, width = height_and_width(size)
    return image if image.size == (width, height) else image.resize((width, height), Image.Resampling.BILINEAR)


def name(view: View) -> str:
    """The name of a view without its size, which is that of its result.

    >>> name(stored), name(partial(squeezed, size=3))
    ('stored', 'squeezed')
    """
    return (view.func if isinstance(view, partial) else view).__name__


def decode(encoded: bytes, channels: int, view: View = stored) -> np.ndarray:
    """The pixels of a view of an image file, upright, uint8 (height, width, channels).

    Raises:
        ValueError: The file is damaged, or not an image of a known format.
        UserError: Its values have an unknown range.
    """
    try:
        image = open_image(io.BytesIO(encoded), "its file")
    except UserError as error:
        raise ValueError(str(error)) from None  # the data set is damaged
    ImageOps.exif_transpose(image, in_place=True)
    if is_deep(image):
        image = scaled_to_8_bits(image, "its file")
    if channels < 4:
        image = opaque(image)
    if image.mode != MODES[channels]:  # ImageNet holds a few grey and CMYK files
        image = image.convert(MODES[channels])
    return pixels(view(image))


def common_channels(firsts: Iterable[File], every: Iterable[File]) -> int:
    """1 if all images of a set are grey, else 3.

    Args:
        firsts: The first image of every class: where one has colours, as usual, no other is opened.
        every: All of them, of which the headers alone are read.
    """
    return 1 if all(_is_grey(file) for file in firsts) and not any(_has_colours(file) for file in every) else 3


def _is_grey(file: File) -> bool:
    """Whether a file holds an image of one channel; `False` if it holds none, which whoever decodes it says."""
    try:
        with Image.open(file) as image:
            return image.mode in GREY
    except Exception:
        return False


def _has_colours(file: File) -> bool:
    """Whether a file holds an image with more than grey and transparency; `False` if it holds none."""
    try:
        with Image.open(file) as image:
            bands = set(image.getbands()) - {"A", "a"}
            palette = image.getpalette() if bands == {"P"} else None
    except Exception:
        return False
    if palette:
        return not palette[::3] == palette[1::3] == palette[2::3]
    return len(bands) > 1


def pixels(image: Image.Image) -> np.ndarray:
    """The pixels of an image, uint8 (height, width, channels)."""
    array = np.asarray(image)
    return array if array.ndim == 3 else array[..., np.newaxis]


def image(array: np.ndarray) -> Image.Image:
    """The image with these pixels: the inverse of `pixels`."""
    return Image.fromarray(array[..., 0] if array.shape[-1] == 1 else array)
