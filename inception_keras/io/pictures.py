"""Reads image files of any kind, and resizes and crops them to the size that a network was trained on."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from inception_keras.errors import UserError, unknown

MOST_PIXELS = 178_956_970  # Pillow's own limit against decompression bombs
BACKGROUND = (255, 255, 255)  # white, behind transparent pixels
METHODS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
DEEP = 65535  # the highest 16-bit value


def read_picture(path: str | Path) -> Image.Image:
    """Reads an image file as an upright 8-bit RGB image.

    Takes the first frame of an animation, repeats grey in three channels, scales 16 bits to 8, puts transparent pixels
    on white, and applies the camera's orientation.

    Raises:
        UserError: The file is missing, not an image, damaged or too large, or its values have an unknown range.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(f"there is no file {path}")
    if path.is_dir():
        raise UserError(f"{path} is a folder: name the images in it, such as {path / '*.jpg'}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # above the limit Pillow still raises
            image = Image.open(path)
            image.load()
            return _rgb(ImageOps.exif_transpose(image), path)
    except UserError:
        raise
    except UnidentifiedImageError:
        raise UserError(f"{path} is not an image that Pillow can read") from None
    except Image.DecompressionBombError:
        raise UserError(f"{path} has more than {MOST_PIXELS:,} pixels: make it smaller first") from None
    except MemoryError:
        raise UserError(f"{path} is too large for the memory of this machine: make it smaller first") from None
    except Exception as error:  # OSError, SyntaxError, struct.error and others, depending on the format
        if isinstance(error, PermissionError):
            raise UserError(f"{path} can't be read: {error.strerror}") from None
        raise UserError(f"{path} is a damaged image: {error}") from None


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
    """
    if interpolation not in METHODS:
        raise unknown("interpolation", interpolation, METHODS)
    (width, height), shorter = image.size, min(image.size)
    whole: tuple[float, float] = (
        (resize * height / shorter, resize * width / shorter) if isinstance(resize, int) else resize
    )
    across, down = width * min(1, crop / whole[1]), height * min(1, crop / whole[0])
    left, top = (width - across) / 2, (height - down) / 2
    box = (left, top, left + across, top + down)
    return np.asarray(image.resize((crop, crop), METHODS[interpolation], box=box))


def _rgb(image: Image.Image, path: Path) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        image = _from_deep(image, path)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, (*BACKGROUND, 255)), image)
    return image.convert("RGB")


def _from_deep(image: Image.Image, path: Path) -> Image.Image:
    """Scales 16-bit grey to 8-bit grey; Pillow's own conversion would clip it at 255."""
    values = np.asarray(image)
    if values.dtype.kind == "f" or values.min() < 0 or values.max() > DEEP:
        raise UserError(f"{path} has {values.dtype} values of unknown range: save it with 8 or 16 bits per channel")
    return Image.fromarray(np.round(values * (255 / DEEP)).astype("uint8"))
