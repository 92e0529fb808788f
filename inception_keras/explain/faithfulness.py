"""What a map is worth: how fast the answer falls without its pixels, and how fast it comes with them.

Deletion and insertion (Petsiuk et al., RISE, arXiv 1806.07421, section 4.1): the pixels that a map puts first are taken
out of the image, or put into a canvas that shows nothing, step by step, and the probability of the class is followed.
The area under the curve of deletion is small, that of insertion large, where the map names what the network looks at.

As there: pixels are deleted to a constant, and inserted into a blurred copy, since sharp edges in an empty canvas are
evidence of their own. Not as there: 32 steps and not one for every 224 pixels; the blur grows with the image (RISE's 5
pixels at 224 would leave most of an image of 32 pixels legible).

The areas of two networks differ too because one is surer than the other. `random_maps` are the control: the same score
for maps that know nothing, by the same network.
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
BLUR = 1 / 16  # standard deviation of the blurred canvas, in shorter sides: 14 pixels at 224, 2 at 32
BATCH = 64


@dataclass(frozen=True)
class Faithfulness:
    """How well maps say what a network looks at, an image a row.

    Attributes:
        classes: The class of each image whose probability is followed, `(n,)`.
        shares: Share of the pixels that is deleted or inserted at each step, from 0 to 1, `(steps + 1,)`.
        deleted, inserted: Probability of the class at each step, `(n, steps + 1)`.
    """

    classes: np.ndarray
    shares: np.ndarray
    deleted: np.ndarray
    inserted: np.ndarray

    @property
    def deletion(self) -> np.ndarray:
        """Area under each curve of deletion, `(n,)`, from 0 to 1: less is better."""
        return np.trapezoid(self.deleted, self.shares, axis=1)

    @property
    def insertion(self) -> np.ndarray:
        """Area under each curve of insertion, `(n,)`, from 0 to 1: more is better."""
        return np.trapezoid(self.inserted, self.shares, axis=1)


def score_maps(
    model: keras.Model, images, maps: np.ndarray, class_index: ClassIndex = None, *, steps: int = STEPS, fill=0.0
) -> Faithfulness:
    """Deletes and inserts the pixels of images in the order of their maps.

    Args:
        model: A functional model from images to classes; its logits count, whatever its activation.
        images: Prepared as the model takes them, `(n, height, width, channels)`.
        maps: Of the same sides, `(n, height, width)`; the highest value goes first, and of equal ones the upper left.
        class_index: As for `class_activation_map`; `None` for the class that the whole image is given.
        steps: In how many steps.
        fill: What a deleted pixel is, a number or one a channel: 0 is grey or the mean in prepared images.

    Raises:
        UserError: Arrays that do not fit each other or the model.
    """
    tail = Tail(model)
    images, maps = check_images(tail.graph, images), np.asarray(maps)
    if maps.shape != images.shape[:3]:
        raise UserError(f"maps must be {images.shape[:3]}, as the images' sides; got {maps.shape}")
    pixels = maps[0].size
    if not isinstance(steps, int) or not 1 <= steps <= pixels:
        raise UserError(f"steps must be a whole number from 1 to the image's {pixels} pixels; got {steps!r}")
    probabilities = _probabilities(tail)
    whole = probabilities(images)
    classes = check_classes(tail, class_index, len(images))
    classes = whole.argmax(axis=1) if classes is None else classes
    order = np.argsort(-maps.reshape(len(maps), pixels), axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable").reshape(maps.shape)  # 0 for the pixel that goes first
    counts = np.round(np.linspace(0, pixels, steps + 1)).astype(int)
    emptied = np.broadcast_to(np.asarray(fill, "float32"), images.shape)
    canvas = blurred(images)

    def follow(first: np.ndarray, rest: np.ndarray) -> np.ndarray:
        mixed = (np.where((rank < count)[..., None], first, rest) for count in counts)
        return np.stack([probabilities(mix)[np.arange(len(mix)), classes] for mix in mixed], axis=1)

    return Faithfulness(classes, counts / pixels, follow(emptied, images), follow(images, canvas))


def random_maps(count: int, size: tuple[int, int], image_size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Maps that know nothing, of the grain of real ones: even noise of the last map's `size`, brought to the images'.

    Noise of single pixels would be no fair control: it destroys an image faster than patches do.
    """
    return resized(np.random.default_rng(seed).random((count, *size)), image_size)


def blurred(images: np.ndarray) -> np.ndarray:
    """The canvas of insertion: Gaussian blur of each channel, mirrored at the borders."""
    from scipy.ndimage import gaussian_filter

    sigma = BLUR * min(images.shape[1:3])
    return gaussian_filter(images, sigma=(0, sigma, sigma, 0))


def _probabilities(tail: Tail) -> Callable[[np.ndarray], np.ndarray]:
    """A function from images to probabilities `(n, classes)`, in batches of one size, so that it is traced once."""
    graph, last = tail.graph, tail.graph.output._keras_history.operation
    linear = getattr(last, "activation", None) is keras.activations.linear
    model = graph if linear else keras.Model(graph.input, tail.logits, name=f"{graph.name}_logits")

    def compute(images: np.ndarray) -> np.ndarray:
        found = []
        for start in range(0, len(images), BATCH):
            batch = images[start : start + BATCH]
            size = min(BATCH, len(images))
            padded = np.concatenate([batch, np.repeat(batch[-1:], size - len(batch), axis=0)])
            found.append(to_numpy(model.predict_on_batch(padded))[: len(batch)])
        return softmax(np.concatenate(found))

    return compute
