"""Augmentation of whole batches, as maps of coordinates.

Each augmentation gives the source row and column of every output pixel. They are composed on these small index arrays,
and the pixels are gathered once, however many augmentations there are.

`inception_crop` is not such a map: it cuts from the stored image, before the batch has pixels, so a split applies it
while reading (`Split.crop`). SOURCES lists the augmentations of this kind, AUGMENTATIONS the maps.

Each augmentation draws from its own random stream, so switching one off does not change the draws of the others.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ablations.seeds import stream
from inception_keras.errors import UserError, unknown

Coordinates = tuple[np.ndarray, np.ndarray]  # source rows (batch, height) and columns (batch, width), integers


def crop(generator: np.random.Generator, rows: np.ndarray, columns: np.ndarray) -> Coordinates:
    """Pads each image by an eighth of its side, at least one pixel, and cuts out the old size at a random offset.

    The padding mirrors the image without repeating its edge. Zeros would draw a black frame, which no test image has
    and whose width reveals the offset.
    """
    return _shift(generator, rows), _shift(generator, columns)


def flip(generator: np.random.Generator, rows: np.ndarray, columns: np.ndarray) -> Coordinates:
    """Mirrors left and right, each image with probability 1/2. Not for digits: a mirrored digit is no digit."""
    mirrored = generator.random(len(columns)) < 0.5
    return rows, np.where(mirrored[:, np.newaxis], columns[:, ::-1], columns)


SOURCES = ("inception_crop",)
AUGMENTATIONS: dict[str, Callable[[np.random.Generator, np.ndarray, np.ndarray], Coordinates]] = {
    "crop": crop,
    "flip": flip,
}


def check_augmentation(names: Sequence[str]) -> tuple[str, ...]:
    """The names as a tuple.

    Raises:
        UserError: A name is unknown or appears twice (both would draw the same numbers: two flips undo each other), or
            one that works on the stored image does not come first.
    """
    names = (names,) if isinstance(names, str) else tuple(names)
    for name in names:
        if name not in (*SOURCES, *AUGMENTATIONS):
            raise unknown("augmentation", name, (*SOURCES, *AUGMENTATIONS))
    if len(set(names)) < len(names):
        raise UserError(f"an augmentation appears twice in {list(names)}")
    if set(SOURCES) & set(names[1:]):
        raise UserError(f"inception_crop works on the stored image, so it must come first, not as in {list(names)}")
    return names


def augment(images: np.ndarray, names: Sequence[str], seed: int, *purpose: object) -> np.ndarray:
    """Augments each image of a batch on its own.

    Args:
        images: Any dtype, (batch, height, width, channels).
        names: As `check_augmentation` returns them, in the order of application. Those in SOURCES are ignored: the
            split has applied them.
        seed: The seed of the trial.
        *purpose: Which batch this is, for example `epoch, batch`.

    Returns:
        A new array of the same shape and dtype; `images` itself if no name is in AUGMENTATIONS.
    """
    if not set(names) & set(AUGMENTATIONS):
        return images
    rows, columns = coordinates(images.shape[:3], names, seed, *purpose)
    first = np.arange(len(images))[:, np.newaxis, np.newaxis]
    return images[first, rows[:, :, np.newaxis], columns[:, np.newaxis, :]]


def coordinates(shape: tuple[int, int, int], names: Sequence[str], seed: int, *purpose: object) -> Coordinates:
    """The source row and column of each pixel of a batch, for callers that gather the pixels on a device.

    Args:
        shape: Images, height and width of the batch.
        names, seed, purpose: As in `augment`.
    """
    batch, height, width = shape
    rows = np.broadcast_to(np.arange(height), (batch, height))
    columns = np.broadcast_to(np.arange(width), (batch, width))
    for name in names:
        if name in AUGMENTATIONS:
            generator = np.random.Generator(np.random.PCG64(stream(seed, "augmentation", name, *purpose)))
            rows, columns = AUGMENTATIONS[name](generator, rows, columns)
    return rows, columns


def _shift(generator: np.random.Generator, positions: np.ndarray) -> np.ndarray:
    count, side = positions.shape
    padding = min(max(1, side // 8), side - 1)  # a mirrored side has no more than side - 1 pixels to show
    offsets = generator.integers(-padding, padding, size=(count, 1), endpoint=True)
    mirrored = np.abs(np.arange(side) + offsets)
    mirrored = (side - 1) - np.abs((side - 1) - mirrored)
    return np.take_along_axis(positions, mirrored, axis=1)
