"""The strongest feature maps of an image, with the branch that each comes from."""

from typing import NamedTuple

import keras
import numpy as np
from keras import layers

from inception_keras.errors import UserError
from inception_keras.explain.tails import check_images, last_call, map_of, to_numpy
from inception_keras.graph.features import feature_layers
from inception_keras.graph.folding import functional_graph
from inception_keras.graph.inference import inference_model
from inception_keras.graph.nested import unnested
from inception_keras.layers.batch_normalization import BatchNormalization

# Layers that keep every channel in its place: the branch is the layer before them.
_PASSED = (layers.ReLU, layers.Activation, layers.BatchNormalization, BatchNormalization, layers.Dropout)


class FeatureMap(NamedTuple):
    """One channel of a layer's output, for one image.

    Attributes:
        branch: The name of the layer that computes it: in GoogLeNet's last module `inception_5b_1x1`,
            `inception_5b_3x3`, `inception_5b_5x5` or `inception_5b_pool_proj`.
        channel: Its number in that branch, from 0.
        strength: Its mean over positions, which is its value after average pooling.
        map: Its values, float32 `(height, width)`.
    """

    branch: str
    channel: int
    strength: float
    map: np.ndarray


def strongest_maps(model: keras.Model, images, count: int = 5, *, layer: str | None = None) -> list[list[FeatureMap]]:
    """The feature maps with the highest mean, one list per image, the strongest first.

    Args:
        model: A functional model, with or without its top.
        images: Prepared as the model expects them, `(n, height, width, channels)`.
        count: Maps per image.
        layer: The layer whose maps are compared, also inside a nested model; `None` for the last of the trunk.

    Raises:
        UserError: There is no such layer, it has no map, or `count` is below 1.
    """
    if not isinstance(count, (int, np.integer)) or isinstance(count, bool) or count < 1:
        raise UserError(f"count must be a whole number, at least 1; got {count!r}")
    graph, ends = unnested(functional_graph(inference_model(model)))
    tensor = map_of(graph, layer or _last_of_trunk(graph), ends)
    places = channel_places(tensor)
    maps = to_numpy(keras.Model(graph.input, tensor)(check_images(graph, images), training=False))
    strengths = maps.mean(axis=(1, 2))
    orders: list[list[int]] = np.argsort(-strengths, axis=1, kind="stable").tolist()
    return [
        [FeatureMap(*places[c], float(strengths[image, c]), maps[image, ..., c]) for c in order[:count]]
        for image, order in enumerate(orders)
    ]


def channel_places(tensor) -> list[tuple[str, int]]:
    """For each channel of a symbolic map, the layer that computes it and its number there."""
    call = last_call(tensor)
    layer = call.operation
    if isinstance(layer, _PASSED) and len(call.input_tensors) == 1:
        return channel_places(call.input_tensors[0])
    if isinstance(layer, layers.Concatenate) and layer.axis in (-1, len(tensor.shape) - 1):
        return [place for source in call.input_tensors for place in channel_places(source)]
    return [(layer.name, channel) for channel in range(tensor.shape[-1])]


def _last_of_trunk(graph: keras.Model) -> str:
    found = list(feature_layers(graph).values())
    if not found:
        raise UserError(f"{graph.name} has no map at a stride of 4 to 32: name a layer, layer=...")
    return found[-1]
