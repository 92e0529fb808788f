"""Augmentation of whole batches, as maps of coordinates.

Each augmentation says from which row and column of its source an output pixel comes; they are composed on these small
index arrays, and the pixels are gathered once, however many augmentations there are.

`inception_crop` is no such map: it cuts from the image as it is stored, before the batch has pixels, so it belongs to
the reading of a split (`Split.crop`). SOURCES has the names of its kind, AUGMENTATIONS the maps.

Each draws from a stream of its own, so switching one off leaves the draws of the others as they were.
"""

from collections.abc import Callable, Sequence

import numpy as np

from ablations.seeds import stream
from inception_keras.errors import UserError, unknown

Coordinates = tuple[np.ndarray, np.ndarray]  # rows (batch, height) and columns (batch, width), integers


def crop(generator: np.random.Generator, rows: np.ndarray, columns: np.ndarray) -> Coordinates:
    """Pads by an eighth of the side, at least a pixel, and cuts the old size out at a random offset for each image.

    The padding mirrors the image without repeating its edge. Zeros would draw a black frame, which no test image has
    and whose width gives the offset away.
    """
    return _shift(generator, rows), _shift(generator, columns)


def flip(generator: np.random.Generator, rows: np.ndarray, columns: np.ndarray) -> Coordinates:
    """Mirrors left and right, each image with probability 1/2. Not for digits: a mirrored digit is none."""
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
        UserError: A name is unknown or stands twice (both would draw the same numbers: two flips undo each other), or
            one that works on the stored image does not stand first.
    """
    names = (names,) if isinstance(names, str) else tuple(names)
    for name in names:
        if name not in (*SOURCES, *AUGMENTATIONS):
            raise unknown("augmentation", name, (*SOURCES, *AUGMENTATIONS))
    if len(set(names)) < len(names):
        raise UserError(f"an augmentation stands twice in {list(names)}")
    if set(SOURCES) & set(names[1:]):
        raise UserError(f"inception_crop works on the stored image, so it stands first, not as in {list(names)}")
    return names


def augment(images: np.ndarray, names: Sequence[str], seed: int, *purpose: object) -> np.ndarray:
    """Augments each image of a batch on its own.

    Args:
        images: Any type, (batch, height, width, channels).
        names: As `check` gives them, in the order of application; those of SOURCES are done by now.
        seed: The seed of the trial.
        *purpose: What batch this is, for example `epoch, batch`.

    Returns:
        A new array like `images`; `images` itself without names.
    """
    if not set(names) & set(AUGMENTATIONS):
        return images
    rows, columns = coordinates(images.shape[:3], names, seed, *purpose)
    first = np.arange(len(images))[:, np.newaxis, np.newaxis]
    return images[first, rows[:, :, np.newaxis], columns[:, np.newaxis, :]]


def coordinates(shape: tuple[int, int, int], names: Sequence[str], seed: int, *purpose: object) -> Coordinates:
    """From where in its source each pixel of a batch comes: what `augment` gathers, for those who gather elsewhere.

    Args:
        shape: Of the batch: images, height, width.
        names, seed, purpose: As of `augment`.
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
    padding = min(max(1, side // 8), side - 1)  # a mirror image of one pixel has no second pixel to show
    offsets = generator.integers(-padding, padding, size=(count, 1), endpoint=True)
    mirrored = np.abs(np.arange(side) + offsets)
    mirrored = (side - 1) - np.abs((side - 1) - mirrored)
    return np.take_along_axis(positions, mirrored, axis=1)
