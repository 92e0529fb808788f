"""Explains the variants of a study: a map per image, and scores of the maps by variant.

Every variant is explained by the same method (Grad-CAM, which works with every head) on the same test images, and
scored by deletion and insertion (`inception_keras.explain.faithfulness`). A more confident network has larger areas
however good its maps are, so the column to compare is the gain: insertion minus deletion, less the same for random
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
    """Maps and scores of a variant; arrays are `(seeds, images)` unless noted.

    Attributes:
        variant: Its name.
        probability: Probability of the predicted class on the whole image.
        deletion, insertion: Areas for the Grad-CAM of the predicted class; less is better for deletion, more for
            insertion.
        gain: Insertion minus deletion, less the same for random maps of the same grain; uninformative maps have 0.
        predictions: The predicted class.
        maps: Maps of the first seed, `(images, height, width)`.
    """

    variant: str
    probability: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray
    gain: np.ndarray
    predictions: np.ndarray
    maps: np.ndarray


def choose_images(data: Dataset, count: int) -> np.ndarray:
    """`count` indices spread evenly over the test split; all of them if the split has fewer images."""
    return np.unique(np.linspace(0, len(data.test) - 1, min(count, len(data.test))).round().astype(int))


def explain_variant(
    study: Study, variant: Variant, paths: dict[int, Path], data: Dataset, images: np.ndarray
) -> Explained:
    """Computes maps and scores of one variant for every seed.

    Args:
        study, variant: The network to explain.
        paths: Files of weights, by seed.
        data: The data set that it was trained on.
        images: Images of the test split, uint8 `(n, height, width, channels)`.

    Raises:
        UserError: The weights belong to another network, or its last feature map has no positions.
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
    # rectified maps are 0 wherever evidence is against the class, so that memory order would rank those pixels
    small = grad_cam(model, images, rectify=False, resize=False)
    maps = resized(small, size)
    own = score_maps(model, images, maps)
    control = score_maps(model, images, random_maps(len(images), small.shape[1:], size), own.classes)
    gain = own.insertion - own.deletion - (control.insertion - control.deletion)
    rest = {"deletion": own.deletion, "insertion": own.insertion, "gain": gain, "maps": maps}
    return {"probability": own.deleted[:, 0], "predictions": own.classes, **rest}


def mean_interval(scores: np.ndarray) -> Interval:
    """95% interval of the mean of scores `(seeds, images)`: over seeds and images, or with one seed over images."""
    nothing = np.zeros_like(scores)
    if len(scores) > 1:
        return crossed_interval(nothing, scores)
    found = compare(nothing[0], scores[0])
    return Interval(found.low, found.high)
