"""Image files of any kind -> the pixels that a network was trained on."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from inception_keras.errors import UserError, unknown

MOST_PIXELS = 178_956_970  # Pillow's own limit against files that unpack to far more than they are
BACKGROUND = (255, 255, 255)  # behind what is transparent
METHODS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
DEEP = 65535  # the highest value of 16 bits


def read_picture(path: str | Path) -> Image.Image:
    """An image file as RGB of 8 bits, upright.

    Of an animation the first frame. Grey becomes three equal channels, 16 bits are scaled to 8, what is transparent
    shows white, and a camera's orientation is applied.

    Raises:
        UserError: There is no such file, it is no image, damaged, too large, or its values have no known range.
    """
    path = Path(path)
    if not path.exists():
        raise UserError(f"there is no file {path}")
    if path.is_dir():
        raise UserError(f"{path} is a folder: name the images in it, such as {path / '*.jpg'}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit itself still holds
            image = Image.open(path)
            image.load()
            return _rgb(ImageOps.exif_transpose(image), path)
    except UserError:
        raise
    except UnidentifiedImageError:
        raise UserError(f"{path} is no image in a format that Pillow reads") from None
    except Image.DecompressionBombError:
        raise UserError(f"{path} has more than {MOST_PIXELS:,} pixels: make it smaller first") from None
    except MemoryError:
        raise UserError(f"{path} is too large for the memory of this machine: make it smaller first") from None
    except Exception as error:  # a damaged file raises OSError, SyntaxError, struct.error and others, by format
        if isinstance(error, PermissionError):
            raise UserError(f"{path} can't be read: {error.strerror}") from None
        raise UserError(f"{path} is a damaged image: {error}") from None


def prepare(image: Image.Image, resize: int | tuple[int, int], crop: int, interpolation: str = "bilinear"):
    """The middle of an image as a square, resized and cropped in one step.

    That is how it was published (`Preprocessing`), but for less than a pixel: an image of any aspect ratio costs no
    more than its square.

    Args:
        image: RGB.
        resize: Pixels to which the shorter side would be resized, or (height, width) for both.
        crop: Side of the square that would be cut out of that.
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
    """Grey of 16 bits, which Pillow would cut off at 255, as grey of 8."""
    values = np.asarray(image)
    if values.dtype.kind == "f" or values.min() < 0 or values.max() > DEEP:
        raise UserError(f"{path} holds {values.dtype} values of no known range: save it with 8 or 16 bits a channel")
    return Image.fromarray(np.round(values * (255 / DEEP)).astype("uint8"))
