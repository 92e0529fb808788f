"""The images on which an exported model must give the Keras model's answers."""

from pathlib import Path

import numpy as np

from inception_keras.errors import UserError, unknown
from inception_keras.weights.preprocessing import MODES, preprocess_input

COUNT = 256
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}

Shape = tuple[int, int, int]  # height, width, channels


def smooth_images(count: int, shape: Shape, seed: int = 0) -> np.ndarray:
    """Random images with structure at every scale, uint8 `(count, height, width, channels)`.

    Each is a sum of noises of 2, 4, 8, ... cells a side, weaker the finer they are, with a brightness, a contrast and a
    colour of its own. Noise without structure is to a network one and the same image: all would get the same class.
    """
    height, width, channels = shape
    rng = np.random.default_rng(seed)
    images = np.zeros((count, *shape), "float32")
    cells = 2
    while cells <= min(height, width):
        noise = rng.normal(size=(count, cells, cells, channels)).astype("float32") / np.log2(cells)
        rows = np.einsum("hi,nijc->nhjc", _between(height, cells), noise, optimize=True)
        images += np.einsum("wj,nhjc->nhwc", _between(width, cells), rows, optimize=True)
        cells *= 2
    images *= rng.uniform(20, 70, size=(count, 1, 1, 1)).astype("float32")
    images += rng.normal(128, 30, size=(count, 1, 1, channels)).astype("float32")
    return np.clip(images, 0, 255).round().astype("uint8")


def read_images(folder: str | Path, shape: Shape, count: int = COUNT) -> np.ndarray:
    """The first `count` image files of a folder by name, squeezed to the shape, uint8.

    Raises:
        UserError: No such folder, no image in it, or a file that can't be read.
    """
    from PIL import Image

    folder, (height, width, channels) = Path(folder), shape
    if not folder.is_dir():
        raise UserError(f"--images takes a folder of image files, and there is no folder {folder}")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)[:count]
    if not files:
        raise UserError(f"{folder} holds no image files ({', '.join(sorted(SUFFIXES))})")
    images = np.empty((len(files), *shape), "uint8")
    for place, path in enumerate(files):
        try:
            with Image.open(path) as opened:
                own = opened.convert("L" if channels == 1 else "RGB")
                image = own.resize((width, height), Image.Resampling.BILINEAR)
        except Exception as error:  # Pillow raises OSError, SyntaxError and others, by format
            raise UserError(f"{path} can't be read as an image: {error}") from error
        images[place] = np.asarray(image).reshape(shape)
    return images


def prepare(images: np.ndarray, model, mode: str | None = None) -> np.ndarray:
    """uint8 images as float32, as the weights want them.

    Args:
        images: uint8 `(n, height, width, channels)`.
        model: For which; one that scales its input itself (EfficientNet, MobileNet v3) gets 0 to 255 by default.
        mode: Of `preprocess_input`, or `"none"` for 0 to 255; `None`: -1 to 1, which the bench trains on.

    Raises:
        UserError: An unknown mode, or one that needs three channels.
    """
    if mode not in (None, "none", *MODES):
        raise unknown("preprocessing", mode, (*MODES, "none"))
    scales_itself = any(type(layer).__name__ in ("Rescaling", "Normalization") for layer in model.layers)
    if mode == "none" or (mode is None and scales_itself):
        return images.astype("float32")
    if images.shape[-1] != 3 and mode in (None, "tf"):
        return images / np.float32(127.5) - np.float32(1)
    return preprocess_input(images, mode or "tf")


def _between(side: int, cells: int) -> np.ndarray:
    """Linear interpolation from `cells` points to `side`, `(side, cells)`."""
    places = np.linspace(0, cells - 1, side)
    return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(cells))).astype("float32")
