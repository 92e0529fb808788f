"""Networks of the zoo, small enough for a test."""

import keras
import numpy as np

from inception_keras import create_model, zoo

SMALL = {"stem": "small", "stem_stride": 2, "width": 0.125, "input_shape": (32, 32, 3), "classes": 10}
# One branch of each module: 10 of 57 convolutions, between all the stages, and with all kinds of heads.
ONE_BRANCH = {**SMALL, "branches": ("1x1",)}


def small(name: str, **kwargs) -> keras.Model:
    """Builds an architecture with 10 classes for odd and unequal image sides, near the smallest that it accepts."""
    stemmed = ("alexnet", "inception_v3", "inception_v4", "inception_resnet")
    toggles = {"input_shape": (97, 129, 3) if name.startswith(stemmed) else (65, 97, 3), "classes": 10}
    head = kwargs.get("head", zoo.architecture(name).resolve().get("head"))
    if head == "fc" and kwargs.get("include_top", True):
        toggles["fc_units"] = (16, 16)
    keras.utils.set_random_seed(0)
    return create_model(name, **{**toggles, **kwargs})


def images(model: keras.Model, number: int = 4) -> np.ndarray:
    shape = [size or 97 for size in model.input_shape[1:]]
    return np.random.default_rng(0).normal(size=(number, *shape)).astype("float32")
