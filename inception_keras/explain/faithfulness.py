"""Scores maps: how fast the probability falls when a map's pixels are deleted, and rises when they are inserted.

Deletion and insertion (Petsiuk et al., RISE, arXiv 1806.07421, section 4.1): step by step, the pixels with the highest
values in the map are deleted from the image, or inserted into a blurred copy of it, and the probability of the class is
computed. If the map marks what the network looks at, the area under the deletion curve is small and the area under the
insertion curve large.

As in the paper, a deleted pixel becomes a constant, and pixels are inserted into a blurred copy, since sharp edges on
an empty canvas would be evidence too. Unlike the paper, there are 32 steps instead of one per 224 pixels, and the blur
grows with the image and is wider (RISE's 5 pixels at 224, scaled to 32, would leave most of the image legible).

The areas of two networks also differ because one network is more certain than the other. `random_maps` are the control:
the same network's score for maps without information.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np

from inception_keras.errors import UserError
from inception_keras.explain.cam import ClassIndex, check_classes, resized
from inception_keras.explain.tails import Tail, check_images, to_numpy
from inception_keras.graph.probabilities import softmax

STEPS = 32
BLUR = 1 / 16  # standard deviation of the blur over the image's shorter side: 14 pixels at 224, 2 at 32
BATCH = 64


@dataclass(frozen=True)
class Faithfulness:
    """How well maps show what a network looks at, one row per image.

    Attributes:
        classes: The class of each image whose probability is computed, `(n,)`.
        shares: Fraction of the pixels that is deleted or inserted after each step, from 0 to 1, `(steps + 1,)`.
        deleted, inserted: Probability of the class after each step, `(n, steps + 1)`.
    """

    classes: np.ndarray
    shares: np.ndarray
    deleted: np.ndarray
    inserted: np.ndarray

    @property
    def deletion(self) -> np.ndarray:
        """Area under each deletion curve, `(n,)`, from 0 to 1: lower is better."""
        return np.trapezoid(self.deleted, self.shares, axis=1)

    @property
    def insertion(self) -> np.ndarray:
        """Area under each insertion curve, `(n,)`, from 0 to 1: higher is better."""
        return np.trapezoid(self.inserted, self.shares, axis=1)


def score_maps(
    model: keras.Model, images, maps: np.ndarray, class_index: ClassIndex = None, *, steps: int = STEPS, fill=0.0
) -> Faithfulness:
    """Deletes and inserts the pixels of images in the order of their values in the maps.

    Args:
        model: A functional model from images to classes. Probabilities are the softmax of its logits, with any
            activation of its output.
        images: Prepared as the model expects them, `(n, height, width, channels)`.
        maps: `(n, height, width)` with the images' sides. The highest value comes first; of equal values the upper,
            then the left one.
        class_index: As for `class_activation_map`; `None` for the class that the model predicts for the whole image.
        steps: The number of steps.
        fill: Value of a deleted pixel, one number or one per channel: 0 is grey or the mean in prepared images.

    Raises:
        UserError: The arrays do not fit each other or the model, `steps` is out of range, or the model has one class.
    """
    tail = Tail(model)
    if tail.classes < 2:  # the softmax of one logit is 1, whatever the image
        raise UserError(
            f"{tail.graph.name} has one output, and score_maps needs two classes or more: end it in Dense(2) with a "
            "softmax instead of Dense(1) with a sigmoid"
        )
    images, maps = check_images(tail.graph, images), np.asarray(maps)
    maps = maps.astype("float64") if maps.dtype.kind in "biuf" else maps  # uint8 wraps round at `-`
    if maps.dtype.kind != "f" or np.isnan(maps).any():
        raise UserError(f"maps must be numbers without NaN; got {maps.dtype}")
    if maps.shape != images.shape[:3]:
        raise UserError(f"maps must be {images.shape[:3]}, with the images' height and width; got {maps.shape}")
    pixels = maps[0].size
    if not isinstance(steps, (int, np.integer)) or isinstance(steps, bool) or not 1 <= steps <= pixels:
        raise UserError(f"steps must be a whole number from 1 to the image's {pixels} pixels; got {steps!r}")
    probabilities = _probabilities(tail)
    whole = probabilities(images)
    classes = check_classes(tail, class_index, len(images))
    classes = whole.argmax(axis=1) if classes is None else classes
    order = np.argsort(-maps.reshape(len(maps), pixels), axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable").reshape(maps.shape)  # 0 for the first pixel
    counts = np.round(np.linspace(0, pixels, steps + 1)).astype(int)
    emptied = np.broadcast_to(_fill(fill, images.shape[3]), images.shape)
    canvas = blurred(images)

    def follow(first: np.ndarray, rest: np.ndarray) -> np.ndarray:
        mixed = (np.where((rank < count)[..., None], first, rest) for count in counts)
        return np.stack([probabilities(mix)[np.arange(len(mix)), classes] for mix in mixed], axis=1)

    return Faithfulness(classes, counts / pixels, follow(emptied, images), follow(images, canvas))


def _fill(fill, channels: int) -> np.ndarray:
    """The value of a deleted pixel as an array of one number, or of one per channel."""
    values = np.asarray(fill)
    if values.dtype.kind not in "biuf" or values.shape not in ((), (channels,)):
        raise UserError(f"fill must be one number, or one for each of {channels} channels; got {fill!r}")
    return values.astype("float32")


def random_maps(count: int, size: tuple[int, int], image_size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Maps without information at the resolution of real ones, `(count, *image_size)`.

    They are uniform noise of the last map's `size`, resized to the images'. Noise of single pixels would be an unfair
    control: it destroys an image faster than patches do.
    """
    return resized(np.random.default_rng(seed).random((count, *size)), image_size)


def blurred(images: np.ndarray) -> np.ndarray:
    """The canvas for insertion: each channel with a Gaussian blur, mirrored at the borders."""
    from scipy.ndimage import gaussian_filter

    sigma = BLUR * min(images.shape[1:3])
    return gaussian_filter(images, sigma=(0, sigma, sigma, 0))


def _probabilities(tail: Tail) -> Callable[[np.ndarray], np.ndarray]:
    """A function from images to probabilities `(n, classes)`; its batches have one size, so it is traced once."""
    model, finish = tail.logits_in_steps()

    def compute(images: np.ndarray) -> np.ndarray:
        found = []
        for start in range(0, len(images), BATCH):
            batch = images[start : start + BATCH]
            size = min(BATCH, len(images))
            padded = np.concatenate([batch, np.repeat(batch[-1:], size - len(batch), axis=0)])
            found.append(to_numpy(finish(model.predict_on_batch(padded)))[: len(batch)])
        return softmax(np.concatenate(found))

    return compute
