"""Batches of a split, read through Grain: an epoch is a function of (seed, epoch) alone.

The elements of the Grain data set are batch numbers. A batch follows from its number alone, so several threads can make
batches, an epoch can be made without those before it, and a killed trial resumes with the same batches.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ablations.data import augmentation as augmentations
from ablations.data import crops
from ablations.data.augmentation import Augmentation, Moment
from ablations.seeds import permutation, stream
from inception_keras.errors import UserError

if TYPE_CHECKING:
    from ablations.data.splits import Examples

Batch = tuple[np.ndarray, np.ndarray]  # images and labels

AHEAD = 4  # batches to prefetch, or one per thread if there are more threads


def training_batches(
    split: "Examples",
    batch_size: int,
    *,
    seed: int,
    epoch: int,
    augmentation: Augmentation | Sequence[str] = ("crop", "flip"),
) -> Iterable[Batch]:
    """One epoch of training batches: every example at most once, in random order, the last partial batch dropped.

    Args:
        split: The examples to draw from.
        batch_size: Examples per batch.
        seed: The seed of the trial; the same for every variant, so that all see the same batches.
        epoch: The number of the epoch, from 0.
        augmentation: What is done to the images; names that `ablations.data.augmentation.check_augmentation` takes, in
            the order of application, stand for these with their default sizes.

    Returns:
        An iterable of images, float32 (batch_size, height, width, channels) in [-1, 1], and labels, int32
        (batch_size,). Iterating it again gives the same batches.

    Raises:
        UserError: An augmentation is unknown, or the split is smaller than one batch. While iterating: the data is
            damaged.
    """
    return _training(split, batch_size, seed, epoch, augmentation, normalize)


def training_pixels(
    split: "Examples", batch_size: int, *, seed: int, epoch: int, augmentation: Augmentation | Sequence[str]
) -> Iterable[Batch]:
    """As `training_batches`, but with uint8 images, for callers that normalise them on the device."""
    return _training(split, batch_size, seed, epoch, augmentation, lambda images: images)


def order(count: int, seed: int, epoch: int) -> np.ndarray:
    """The order of `count` examples in an epoch: their positions, int64 (count,)."""
    return permutation(count, stream(seed, "order", epoch))


def _training(
    split, batch_size: int, seed: int, epoch: int, augmentation: Augmentation | Sequence[str], finish
) -> Iterable[Batch]:
    chosen = augmentation if isinstance(augmentation, Augmentation) else Augmentation(tuple(augmentation))
    names = augmentations.check_augmentation(chosen.names)
    _check_batch_size(batch_size)
    if batch_size > len(split):
        raise UserError(f"batch size {batch_size} is larger than the {len(split)} training examples")
    positions = order(len(split), seed, epoch)

    def make(batch: int) -> Batch:
        indices = positions[batch * batch_size : (batch + 1) * batch_size]
        if "inception_crop" in names:
            draws = crops.draw(batch_size, stream(seed, "augmentation", "inception_crop", epoch, batch))
            images, labels = split.crop(indices, draws)
        else:
            images, labels = split.take(indices)
        return finish(augmentations.augment(images, chosen, Moment(seed, epoch, batch, indices))), labels

    return _read(len(split) // batch_size, make, split.threads)


def evaluation_batches(split: "Examples", batch_size: int) -> Iterable[Batch]:
    """All examples of a split in stored order, each exactly once; the last batch may be short.

    Args:
        split: The examples to read.
        batch_size: Examples per batch.

    Returns:
        An iterable of images, float32 (up to batch_size, height, width, channels) in [-1, 1], and labels, int32.

    Raises:
        UserError: The batch size is below 1.
    """
    _check_batch_size(batch_size)

    def make(batch: int) -> Batch:
        images, labels = split.take(np.arange(batch * batch_size, min((batch + 1) * batch_size, len(split))))
        return normalize(images), labels

    return _read(-(-len(split) // batch_size), make, split.threads)


def normalize(images: np.ndarray) -> np.ndarray:
    """Scales uint8 images to float32 in [-1, 1]: the same for training, evaluation and every data set.

    Maps of a network, which are float32, stay as they are.
    """
    if images.dtype == np.float32:
        return images
    scaled = np.divide(images, np.float32(127.5), dtype=np.float32)
    scaled -= 1  # in place: a second array of this size would cost as much as the division
    return scaled


def _check_batch_size(batch_size: int) -> None:
    if batch_size < 1:
        raise UserError(f"batch size must be at least 1, not {batch_size}")


def _read(count: int, make: Callable[[int], Batch], threads: int) -> Iterable[Batch]:
    import grain

    options = grain.ReadOptions(num_threads=threads, prefetch_buffer_size=max(AHEAD, threads))
    return grain.MapDataset.range(count).map(make).to_iter_dataset(options)
