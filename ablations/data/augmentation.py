"""Augmentation of whole batches, as maps of coordinates.

Each augmentation gives the source row and column of every output pixel. They are composed on these small index arrays,
and the pixels are gathered once, however many augmentations there are. Functions of the user's then change the pixels,
and cutout covers a square of each image.

`inception_crop` is not such a map: it cuts from the stored image, before the batch has pixels, so a split applies it
while reading (`Split.crop`). SOURCES lists the augmentations of this kind, AUGMENTATIONS the maps.

Each augmentation draws from its own random stream, so switching one off does not change the draws of the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ablations.seeds import stream
from ablations.study import Recipe
from ablations.study.own_code import SIGN, failure, is_reference, load_known
from inception_keras.errors import UserError, unknown

Coordinates = tuple[np.ndarray, np.ndarray]  # source rows (batch, height) and columns (batch, width), integers

GREY = np.uint8(128)  # nearly 0 after normalisation, as in the sources of cutout


@dataclass(frozen=True)
class Augmentation:
    """What is done to training images.

    Attributes:
        names: In the order of application, functions of the user's last. Those in SOURCES are ignored here: the split
            has applied them.
        crop_pixels, cutout: See `Recipe`.
    """

    names: tuple[str, ...] = ()
    crop_pixels: int | None = None
    cutout: int = 0

    @classmethod
    def of(cls, recipe: Recipe) -> "Augmentation":
        """The augmentation of a recipe."""
        return cls(recipe.augmentation, recipe.crop_pixels, recipe.cutout)


@dataclass(frozen=True)
class Moment:
    """Which batch is augmented, and when: all that the random draws depend on.

    Attributes:
        seed: The seed of the trial.
        epoch, batch: From 0.
        places: The place of each image in its split, int (batch,).
    """

    seed: int
    epoch: int
    batch: int
    places: np.ndarray

    def generator(self, name: str) -> np.random.Generator:
        """A generator for the draws of the augmentation `name`."""
        return np.random.Generator(np.random.PCG64(stream(self.seed, "augmentation", name, self.epoch, self.batch)))


def crop(augmentation: Augmentation, moment: Moment, rows: np.ndarray, columns: np.ndarray) -> Coordinates:
    """Pads each image by `crop_pixels` and cuts out the old size at a random offset.

    By default it pads by an eighth of the side, at least one pixel. The padding mirrors the image without repeating its
    edge, as airbench does. Zeros would draw a black frame, which no test image has and whose width reveals the offset.
    """
    generator, pixels = moment.generator("crop"), augmentation.crop_pixels
    return _shift(generator, rows, pixels), _shift(generator, columns, pixels)


def flip(augmentation: Augmentation, moment: Moment, rows: np.ndarray, columns: np.ndarray) -> Coordinates:
    """Mirrors left and right, each image with probability 1/2. Not for digits: a mirrored digit is no digit."""
    return rows, _mirror(moment.generator("flip").random(len(columns)) < 0.5, columns)


def alternating_flip(augmentation: Augmentation, moment: Moment, rows: np.ndarray, columns: np.ndarray) -> Coordinates:
    """Mirrors half of the images in the first epoch, the other half in the second, and so on.

    Two epochs show every image once in either form, where two random flips show half of the images twice in the same.
    Source: KellerJordan/cifar10-airbench; arXiv 2404.00498, section 3.6, where the half follows from a hash of the
    image's number and the seed. Here it follows from a random stream over the places in the split.
    """
    raw = np.random.PCG64(stream(moment.seed, "augmentation", "alternating_flip")).random_raw(moment.places.max() + 1)
    first = (raw[moment.places] >> np.uint64(63)).astype(bool)
    return rows, _mirror(first ^ bool(moment.epoch % 2), columns)


SOURCES = ("inception_crop",)
AUGMENTATIONS: dict[str, Callable[[Augmentation, Moment, np.ndarray, np.ndarray], Coordinates]] = {
    "crop": crop,
    "flip": flip,
    "alternating_flip": alternating_flip,
}


def check_augmentation(names: Sequence[str]) -> tuple[str, ...]:
    """The names as a tuple.

    Raises:
        UserError: A name is unknown or appears twice (both would draw the same numbers: two flips undo each other), or
            one that works on the stored image does not come first, or one of the user's not last.
    """
    names = (names,) if isinstance(names, str) else tuple(names)
    for name in names:
        if name not in (*SOURCES, *AUGMENTATIONS) and not is_reference(name):
            raise unknown("augmentation", name, (*SOURCES, *AUGMENTATIONS))
    if len(set(names)) < len(names):
        raise UserError(f"an augmentation appears twice in {list(names)}")
    if {"flip", "alternating_flip"} <= set(names):
        raise UserError(f"flip and alternating_flip undo each other: use one of them, not both as in {list(names)}")
    if set(SOURCES) & set(names[1:]):
        raise UserError(f"inception_crop works on the stored image, so it must come first, not as in {list(names)}")
    own = [is_reference(name) for name in names]
    if own != sorted(own):
        raise UserError(f"functions of your own change the pixels that others have moved: name them last, not {names}")
    return names


def augment(images: np.ndarray, augmentation: Augmentation, moment: Moment) -> np.ndarray:
    """Augments each image of a batch on its own.

    Args:
        images: uint8 (batch, height, width, channels).
        augmentation: What to do.
        moment: Which batch this is.

    Returns:
        A new array of the same shape and dtype; `images` itself if there is nothing to do.
    """
    if set(augmentation.names) & set(AUGMENTATIONS):
        rows, columns = coordinates(images.shape[:3], augmentation, moment)
        first = np.arange(len(images))[:, np.newaxis, np.newaxis]
        images = images[first, rows[:, :, np.newaxis], columns[:, np.newaxis, :]]
    for name in augmentation.names:
        if is_reference(name):
            images = _by_own(name, images, moment)
    if augmentation.cutout:
        images = cover(images, corners(images.shape[:3], augmentation, moment), augmentation.cutout)
    return images


def coordinates(shape: tuple[int, int, int], augmentation: Augmentation, moment: Moment) -> Coordinates:
    """The source row and column of each pixel of a batch, for callers that gather the pixels on a device.

    Args:
        shape: Images, height and width of the batch.
        augmentation, moment: As in `augment`.

    Raises:
        UserError: The crop pads by more than a mirrored side has to show.
    """
    batch, height, width = shape
    rows = np.broadcast_to(np.arange(height), (batch, height))
    columns = np.broadcast_to(np.arange(width), (batch, width))
    for name in augmentation.names:
        if name in AUGMENTATIONS:
            rows, columns = AUGMENTATIONS[name](augmentation, moment, rows, columns)
    return rows, columns


def corners(shape: tuple[int, int, int], augmentation: Augmentation, moment: Moment) -> np.ndarray:
    """The top left corner, (row, column), of the square that cutout covers in each image, int (batch, 2).

    The square lies in the image. Sources: `batch_cutout` of KellerJordan/cifar10-airbench, legacy/airbench96.py;
    davidcpage/cifar10-fast, core.py. (arXiv 1708.04552 lets it reach over the edge.)

    Raises:
        UserError: The square is larger than the image.
    """
    batch, height, width = shape
    size = augmentation.cutout
    if size > min(height, width):
        raise UserError(f"cutout={size} is larger than the images of {height}x{width}")
    highest = (height - size, width - size)
    return moment.generator("cutout").integers(0, highest, size=(batch, 2), endpoint=True)


def cover(images, corners, size: int):
    """Covers a square of each image with grey.

    Args:
        images: uint8 (..., height, width, channels), an array of NumPy or JAX.
        corners: int (..., 2), as `corners` returns them.
        size: Side of the squares in pixels.
    """
    rows, columns = (
        (np.arange(side) >= corners[..., axis, None]) & (np.arange(side) < corners[..., axis, None] + size)
        for axis, side in enumerate(images.shape[-3:-1])
    )
    covered = rows[..., :, None, None] & columns[..., None, :, None]
    return images * ~covered + GREY * covered


class AugmentationFailed(UserError):
    """A function of the user's failed on a batch: the trial has failed, other arms may well be trained."""


def is_own(augmentation: Augmentation) -> bool:
    """Whether a function of the user's changes pixels, which no device does."""
    return any(is_reference(name) for name in augmentation.names)


def _by_own(name: str, images: np.ndarray, moment: Moment) -> np.ndarray:
    """Applies a function of the user's, whose random stream keeps its numbers when its source changes."""
    function, title = load_known(name, "augmentation"), name.partition(SIGN)[0]
    try:
        made = function(images, moment.generator(title))
    except (Exception, SystemExit) as error:  # the user's function may raise anything
        raise AugmentationFailed(f"augmentation {title} failed: {failure(error)}") from error
    if not isinstance(made, np.ndarray) or (made.shape, made.dtype) != (images.shape, images.dtype):
        got = f"{made.dtype} {made.shape}" if isinstance(made, np.ndarray) else type(made).__name__
        wanted = f"{images.dtype} {images.shape}"
        raise AugmentationFailed(
            f"augmentation {title} must return images like those that it gets, {wanted}; got {got}"
        )
    return made


def _shift(generator: np.random.Generator, positions: np.ndarray, pixels: int | None) -> np.ndarray:
    count, side = positions.shape
    most = side - 1  # a mirrored side has no more pixels to show
    padding = min(max(1, side // 8), most) if pixels is None else pixels
    if padding > most:
        raise UserError(f"crop_pixels={pixels} is too large for images with a side of {side}: at most {most}")
    offsets = generator.integers(-padding, padding, size=(count, 1), endpoint=True)
    mirrored = np.abs(np.arange(side) + offsets)
    mirrored = (side - 1) - np.abs((side - 1) - mirrored)
    return np.take_along_axis(positions, mirrored, axis=1)


def _mirror(mirrored: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The columns of the images that `mirrored` selects, bool (batch,), from right to left."""
    return np.where(mirrored[:, np.newaxis], columns[:, ::-1], columns)
