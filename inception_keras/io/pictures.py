"""Reads image files of any kind, and resizes and crops them to the size that a network was trained on."""

import warnings
from functools import cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from inception_keras.errors import UserError, in_one_line, unknown
from inception_keras.io.regular_files import check_file, open_file

# Pillow also knows formats that start another program (EPS: Ghostscript) or fetch other files.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF")
MOST_BYTES = 2**29  # of the decoded picture, which Pillow keeps in 4 bytes per pixel: 134 million pixels
BACKGROUND = (255, 255, 255)  # white, behind transparent pixels
METHODS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
DEEP = 65535  # the highest 16-bit value
BITS_PER_SAMPLE = 258  # a tag of TIFF


def read_picture(path: str | Path) -> Image.Image:
    """Reads an image file as an upright 8-bit RGB image.

    Takes the first frame of an animation, repeats grey in three channels, scales 16 bits to 8, puts transparent pixels
    on white, and applies the camera's orientation.

    Raises:
        UserError: The file is missing, not an image of one of the `FORMATS`, damaged or too large, or its values have
            an unknown range.
    """
    check_file(path, folder_hint=f"name the images in it, such as {Path(path) / '*.jpg'}")
    with open_file(path) as file:
        return decode_picture(file, str(path))


def decode_picture(file: BinaryIO, name: str) -> Image.Image:
    """As `read_picture`, from an opened file; messages call it `name`."""
    try:
        image = open_image(file, name)
        image.load()
        return _rgb(ImageOps.exif_transpose(image), name)
    except UserError:
        raise
    except MemoryError:
        raise UserError(f"{name} is too large for the memory of this machine: make it smaller first") from None
    except Exception as error:  # OSError, SyntaxError, struct.error and others, depending on the format
        raise UserError(f"{name} is a damaged image: {in_one_line(error)}") from None


def open_image(file: BinaryIO, name: str) -> Image.Image:
    """Reads an image's header and checks its format and size; Pillow decodes the pixels when they are first used.

    Raises:
        UserError: It is not an image of one of the `FORMATS`, too large, or a TIFF of 32-bit integers: Pillow has these
            in the mode of 16 bits, and values up to 255 would become black.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # ours is the stricter limit
            image = Image.open(file, formats=_known_formats())
    except UnidentifiedImageError:
        raise UserError(f"{name} is not an image of the formats {', '.join(FORMATS)}") from None
    except Image.DecompressionBombError:
        raise _too_large(name) from None
    if 4 * image.width * image.height > MOST_BYTES:
        raise _too_large(name)
    if image.mode == "I" and 32 in getattr(image, "tag_v2", {}).get(BITS_PER_SAMPLE, ()):
        raise UserError(f"{name} has 32-bit values of unknown range: save it with 8 or 16 bits per channel")
    return image


@cache
def _known_formats() -> list[str]:
    """Those of `FORMATS` that the installed Pillow knows: older ones lack AVIF."""
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def _too_large(name: str) -> UserError:
    return UserError(f"{name} has more than {MOST_BYTES // 4:,} pixels: make it smaller first")


def prepare(image: Image.Image, resize: int | tuple[int, int], crop: int, interpolation: str = "bilinear"):
    """The centre square of an image, resized and cropped in one step.

    The result equals the published resize and centre crop (`Preprocessing`) to within one pixel. Only the cropped
    square is resized, so an image of any aspect ratio costs no more than a square one.

    Args:
        image: RGB.
        resize: Pixels of the shorter side after resizing, or (height, width) of both sides.
        crop: Side of the centre crop after resizing, in pixels.
        interpolation: One of `METHODS`.

    Returns:
        uint8 `(crop, crop, 3)`.

    Raises:
        UserError: The interpolation is unknown, or the crop is larger than what it is cut from.
    """
    if interpolation not in METHODS:
        raise unknown("interpolation", interpolation, METHODS)
    if crop > (side := shorter_side(resize)):
        raise UserError(
            f"a crop of {crop} pixels does not fit into images resized to {side}: "
            f"resize to {crop} or more (resize={crop}), or crop {side} or less (crop={side})"
        )
    (width, height), shorter = image.size, min(image.size)
    whole: tuple[float, float] = (
        (resize * height / shorter, resize * width / shorter) if isinstance(resize, int) else resize
    )
    across, down = width * min(1, crop / whole[1]), height * min(1, crop / whole[0])
    left, top = (width - across) / 2, (height - down) / 2
    box = (left, top, left + across, top + down)
    return np.asarray(image.resize((crop, crop), METHODS[interpolation], box=box))


def shorter_side(resize: int | tuple[int, int]) -> int:
    """Pixels of the shorter side of a resized image, which is the largest crop of it."""
    return resize if isinstance(resize, int) else min(resize)


def _rgb(image: Image.Image, name: str) -> Image.Image:
    if is_deep(image):
        image = scaled_to_8_bits(image, name)
    return opaque(image).convert("RGB")


def opaque(image: Image.Image) -> Image.Image:
    """The image on white where it is transparent; Pillow's own conversion would show what is hidden, often black."""
    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, (*BACKGROUND, 255)), image)


def is_deep(image: Image.Image) -> bool:
    """Whether the values have more than 8 bits: Pillow's modes `I`, `I;16` and `F`."""
    return image.mode == "F" or image.mode.startswith("I")


def scaled_to_8_bits(image: Image.Image, name: str) -> Image.Image:
    """Scales 16-bit grey to 8-bit grey; Pillow's own conversion would clip it at 255.

    Raises:
        UserError: The values are not of 16 bits, so their range is unknown.
    """
    values = np.asarray(image)
    if values.dtype.kind == "f" or values.min() < 0 or values.max() > DEEP:
        raise UserError(f"{name} has {values.dtype} values of unknown range: save it with 8 or 16 bits per channel")
    return Image.fromarray(np.round(values * (255 / DEEP)).astype("uint8"))
