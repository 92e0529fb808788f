"""Why the variants of a study decide as they do: a map for each image, and what the maps are worth, by variant.

Every variant is explained by the same method (Grad-CAM, which needs no particular head) on the same test images, and
scored by deletion and insertion (`inception_keras.explain.faithfulness`). A more confident network has larger areas,
whatever its maps are worth, so the column to compare is the gain: insertion minus deletion, less the same for random
maps.
"""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from ablations.data.batches import normalize
from ablations.data.datasets import Dataset
from ablations.statistics import Interval, compare, crossed_interval
from ablations.study import Study, Variant
from ablations.training import networks
from inception_keras import inference_model
from inception_keras.explain.cam import grad_cam, resized
from inception_keras.explain.faithfulness import random_maps, score_maps
from inception_keras.weights import load_weights

MEASURES = ("probability", "deletion", "insertion", "gain")
DIGITS = 6


@dataclass(frozen=True)
class Explained:
    """A variant on some images, over its seeds; the arrays are `(seeds, images)`.

    Attributes:
        variant: Its name.
        probability: Of the predicted class, with the whole image.
        deletion, insertion: Areas for the Grad-CAM of the predicted class; less and more are better.
        gain: Insertion minus deletion, less the same for random maps of the same grain: 0 for maps that know nothing.
        predictions: The predicted class.
        maps: Of the first seed, `(images, height, width)`.
    """

    variant: str
    probability: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray
    gain: np.ndarray
    predictions: np.ndarray
    maps: np.ndarray


def choose_images(data: Dataset, count: int) -> np.ndarray:
    """`count` places in the test split, spread evenly over it; all of them where there are fewer."""
    return np.unique(np.linspace(0, len(data.test) - 1, min(count, len(data.test))).round().astype(int))


def explain_variant(
    study: Study, variant: Variant, paths: dict[int, Path], data: Dataset, images: np.ndarray
) -> Explained:
    """Maps and scores of one variant, by seed.

    Args:
        study, variant: Whose network.
        paths: By seed its weights.
        data: What it was trained on.
        images: Of the test split, uint8 `(n, height, width, channels)`.

    Raises:
        UserError: The weights are not the variant's, or its last map has no positions.
    """
    keras.utils.clear_session()
    whole = networks.build(study, variant, data.image_shape, data.classes)
    model, prepared, rows = inference_model(whole), normalize(images), []
    for path in paths.values():
        load_weights(whole, path)
        rows.append(_explain_one(model, prepared))
    parts = {name: np.stack([row[name] for row in rows]) for name in (*MEASURES, "predictions")}
    return Explained(variant.name, **parts, maps=rows[0]["maps"])


def _explain_one(model: keras.Model, images: np.ndarray) -> dict[str, np.ndarray]:
    size = images.shape[1:3]
    # not rectified: the order of what speaks against the class would be that of the pixels in memory
    small = grad_cam(model, images, rectify=False, resize=False)
    maps = resized(small, size)
    own = score_maps(model, images, maps)
    control = score_maps(model, images, random_maps(len(images), small.shape[1:], size), own.classes)
    gain = own.insertion - own.deletion - (control.insertion - control.deletion)
    rest = {"deletion": own.deletion, "insertion": own.insertion, "gain": gain, "maps": maps}
    return {"probability": own.deleted[:, 0], "predictions": own.classes, **rest}


def mean_interval(scores: np.ndarray) -> Interval:
    """95% of a mean of scores `(seeds, images)`: over other seeds and images, or over images alone with one seed."""
    nothing = np.zeros_like(scores)
    if len(scores) > 1:
        return crossed_interval(nothing, scores)
    found = compare(nothing[0], scores[0])
    return Interval(found.low, found.high)
