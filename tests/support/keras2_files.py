"""Writes weights files as Keras 2 does, of Keras's own models with random weights."""

from collections.abc import Callable
from pathlib import Path
from unittest import mock

import h5py
import keras
import numpy as np
from keras import layers


def write_keras2(path: Path, model: keras.Model, **attributes) -> Path:
    """Writes the weights of a model, layer by layer in its order; returns the path."""
    with h5py.File(path, "w") as file:
        file.attrs.update({"keras_version": "2.1", "backend": "tensorflow", **attributes})
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{variable.name}:0" for variable in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, array in zip(names, layer.get_weights(), strict=True):
                group[name] = array
    return path


def randomize(model: keras.Model):
    """Gives biases and statistics values that an error in their order would show."""
    rng = np.random.default_rng(0)
    for v in model.variables:
        if v.path.endswith(("gamma", "variance")):
            v.assign(rng.uniform(0.5, 1.5, v.shape))
        elif v.path.endswith(("beta", "bias", "mean")):
            v.assign(rng.normal(0, 0.1, v.shape))
    for layer in model.layers:
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()  # it computes with copies of its variables


def with_division(build: Callable[..., keras.Model]) -> keras.Model:
    """Keras's EfficientNet with the division that it has only with ImageNet weights, which are not downloaded here."""
    from keras.src.applications import efficientnet

    with (
        mock.patch.object(efficientnet.file_utils, "get_file", lambda *args, **kwargs: "none"),
        mock.patch.object(keras.Model, "load_weights", lambda *args, **kwargs: None),
    ):
        return build(weights="imagenet", classifier_activation=None)
