"""The images on which an exported model must give the Keras model's outputs."""

from pathlib import Path

import numpy as np

from inception_keras.errors import UserError, unknown
from inception_keras.weights.preprocessing import MODES, preprocess_input

COUNT = 256
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}

Shape = tuple[int, int, int]  # height, width, channels


def smooth_images(count: int, shape: Shape, seed: int = 0) -> np.ndarray:
    """Random images with structure at every scale, uint8 `(count, height, width, channels)`.

    Each is a sum of noise grids with 2, 4, 8, ... cells per side, weaker the finer they are. Brightness, contrast and
    colour vary between images. Noise without structure looks the same to a network: all images would get one class.
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
    """The first `count` image files of a folder by name, resized to `shape` without keeping the aspect ratio, uint8.

    Raises:
        UserError: There is no such folder, it has no images, or a file can't be read.
    """
    from PIL import Image

    from inception_keras.io.pictures import read_picture

    folder, (height, width, channels) = Path(folder), shape
    if not folder.is_dir():
        raise UserError(f"--images takes a folder of image files, but there is no folder {folder}")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)[:count]
    if not files:
        raise UserError(f"{folder} has no image files ({', '.join(sorted(SUFFIXES))})")
    images = np.empty((len(files), *shape), "uint8")
    for place, path in enumerate(files):
        picture = read_picture(path)
        image = (picture.convert("L") if channels == 1 else picture).resize((width, height), Image.Resampling.BILINEAR)
        images[place] = np.asarray(image).reshape(shape)
    return images


def prepare(images: np.ndarray, model, mode: str | None = None) -> np.ndarray:
    """Converts uint8 images to float32 as the weights expect them.

    Args:
        images: uint8 `(n, height, width, channels)`.
        model: The model that takes them. One that scales its input itself (EfficientNet, MobileNet v3) gets 0 to 255
            by default.
        mode: As `preprocess_input` takes it, or `"none"` for 0 to 255. `None`: -1 to 1, as in the bench's training.

    Raises:
        UserError: The mode is unknown, or it needs three channels.
    """
    if mode not in (None, "none", *MODES):
        raise unknown("preprocessing", mode, (*MODES, "none"))
    if mode == "none" or (mode is None and _scales_its_input(model)):
        return images.astype("float32")
    if images.shape[-1] != 3 and mode in (None, "tf"):
        return images / np.float32(127.5) - np.float32(1)
    return preprocess_input(images, mode or "tf")


def _scales_its_input(model) -> bool:
    """Whether a layer scales the image before any layer with a kernel; later ones scale residuals or logits."""
    from inception_keras.graph.folding import functional_graph  # here: the images alone need no Keras
    from inception_keras.graph.nested import unnested
    from inception_keras.graph.nodes import before_kernels, nodes_in_order

    graph = unnested(functional_graph(model)).graph
    images = before_kernels(graph)
    scaled = (node for node in nodes_in_order(graph) if type(node.operation).__name__ in ("Rescaling", "Normalization"))
    return any(id(tensor) in images for node in scaled for tensor in node.outputs)


def _between(side: int, cells: int) -> np.ndarray:
    """The matrix that interpolates linearly from `cells` points to `side` pixels, `(side, cells)`."""
    places = np.linspace(0, cells - 1, side)
    return np.maximum(0, 1 - np.abs(places[:, None] - np.arange(cells))).astype("float32")
