"""Tries out a network before weights are fetched for it, so that a mistake costs no download of half a gigabyte."""

from collections.abc import Callable
from typing import Any

import keras

from inception_keras.errors import UserError
from inception_keras.graph.without_weights import without_weights

SHAPE = ("input_shape", "input_tensor")


def try_network(build: Callable[..., keras.Model], arguments: dict[str, Any]):
    """Builds a network without values, which takes about a second, and checks that published weights fit its size.

    Args:
        build: A builder, which gets the arguments by keyword; without a shape it builds the published size.
        arguments: What the network is built with, but for `weights`.

    Raises:
        UserError: As the builder; or the head flattens its map, which has another size than the published one.
    """
    with without_weights():
        model = build(**arguments)
        if not any(isinstance(layer, keras.layers.Flatten) for layer in model.layers):
            return  # the shapes of variables do not depend on the size
        usual = build(**{name: value for name, value in arguments.items() if name not in SHAPE})
    for layer in usual.layers:
        if isinstance(layer, keras.layers.Flatten) and model.get_layer(layer.name).output.shape != layer.output.shape:
            got, published = ("x".join(map(str, shape[1:3])) for shape in (model.input_shape, usual.input_shape))
            raise UserError(
                f"the published weights are for images of {published} pixels, since {layer.name!r} flattens a map of "
                f"their size; got {got}: leave the size out, or use include_top=False"
            )
