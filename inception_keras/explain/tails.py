"""The part of a network after its last map: finds this map, and computes the logits from it alone."""

import difflib
from collections.abc import Callable, Mapping
from functools import partial

import keras
import numpy as np
from keras import layers, ops

from inception_keras.errors import UserError
from inception_keras.graph.features import is_global
from inception_keras.graph.folding import functional_graph
from inception_keras.graph.inference import inference_model
from inception_keras.graph.nested import unnested
from inception_keras.graph.nodes import nodes_in_order

SQUASHING = (keras.activations.softmax, keras.activations.sigmoid, keras.activations.log_softmax)
SQUASHING_OPERATIONS = ("Softmax", "LogSoftmax", "Sigmoid")  # of `keras.ops`, called without a layer


class Tail:
    """The part of a model from one of its maps to the logits. It calls the model's layers and adds nothing to them.

    Args:
        model: A functional model from images to classes; of several outputs the one called `main` is used.
        layer: The name of the layer whose map the tail starts from; `None` for the map that the head takes, the last
            one larger than 1 x 1.

    Attributes:
        graph: `model` with its main output only, and with the layers of nested models in one graph.
        logits: The symbolic tensor before the output's activation, `(batch, classes)`, or the output of `squashed`.
        squashed: The layer that computes the logits and then applies an activation itself; `None` if there is none.
        map: The symbolic tensor that the tail starts from, `(batch, height, width, channels)`.

    Raises:
        UserError: The model has no classes or hides its logits, it has no such map, or not every path to the output
            leads through the map.
    """

    def __init__(self, model: keras.Model, layer: str | None = None):
        self.graph, ends = unnested(functional_graph(inference_model(model)))
        self.logits, self.squashed = logits_of(self.graph)
        self.map = _last_map(self.graph, self.logits) if layer is None else map_of(self.graph, layer, ends)
        self._nodes = self._between()

    @property
    def classes(self) -> int:
        """The number of classes."""
        return self.logits.shape[-1]

    def head(self) -> keras.Model:
        """The part of the network before the tail, from images to the map."""
        return keras.Model(self.graph.input, self.map, name=f"{self.graph.name}_map")

    def __call__(self, maps):
        """float32 logits `(batch, classes)` of maps `(batch, height, width, channels)`, computed as at inference."""
        values = {id(self.map): maps}
        for node in self._nodes:
            arguments, keywords = node.arguments.fill_in(values)
            call = node.operation
            if self.squashed is not None and call is self.squashed:
                call = partial(without_activation, call)
            outputs = keras.tree.flatten(call(*arguments, **keywords))
            values.update((id(symbol), value) for symbol, value in zip(node.outputs, outputs, strict=True))
        return ops.cast(values[id(self.logits)], "float32")

    def logits_in_steps(self) -> tuple[keras.Model, Callable]:
        """A model that frameworks may compile, and a function from its output to the logits that they may not."""
        if self.squashed is None:
            linear = getattr(last_call(self.graph.output).operation, "activation", None) is keras.activations.linear
            whole = keras.Model(self.graph.input, self.logits, name=f"{self.graph.name}_logits")
            return (self.graph if linear else whole), lambda logits: logits
        (before,) = last_call(self.logits).input_tensors
        return keras.Model(self.graph.input, before), partial(without_activation, self.squashed)

    def _between(self) -> list:
        """The layer calls from the map to the logits, in order."""
        needed, found = {id(self.logits)}, []
        for node in reversed(nodes_in_order(self.graph)):
            outputs = {id(tensor) for tensor in node.outputs}
            if outputs & needed and id(self.map) not in outputs:
                found.append(node)
                needed.update(id(tensor) for tensor in node.input_tensors)
        if any(id(tensor) in needed for tensor in self.graph.inputs):
            name = self.map._keras_history.operation.name
            raise UserError(
                f"{self.graph.name}: {name} is only one of the paths to the output: name a layer that all of them lead "
                "through, such as the last of inception_keras.feature_layers(model)"
            )
        return found[::-1]


def check_images(graph: keras.Model, images) -> np.ndarray:
    """The images as a float32 array, after checking that the model accepts them.

    Raises:
        UserError: The images have another shape than the model's input, or there are none.
    """
    try:
        images = to_numpy(images if hasattr(images, "dtype") else np.asarray(images, "float32"))
    except (TypeError, ValueError):  # a path, or images of several sizes
        raise UserError(
            f"{graph.name} takes images (n, height, width, channels); got {type(images).__name__}"
        ) from None
    expected = tuple(graph.input.shape[1:])
    fits = images.ndim == 4 and all(side in (None, own) for side, own in zip(expected, images.shape[1:], strict=True))
    if not fits or not len(images):
        wanted = ", ".join("any" if side is None else str(side) for side in expected)
        raise UserError(f"{graph.name} takes images (n, {wanted}), one or more; got {images.shape}")
    return images


def to_numpy(tensor) -> np.ndarray:
    """A tensor of any floating point type as a float32 array."""
    return ops.convert_to_numpy(ops.cast(tensor, "float32"))


def logits_of(graph: keras.Model) -> tuple:
    """The symbolic tensor before the activation of a model's only output, and `None`.

    If the last layer applies the activation itself, as `Dense(10, "softmax")`, its output and this layer.

    Raises:
        UserError: The output is not `(batch, classes)`, or the last layer applies another activation itself.
    """
    tensor = graph.output
    if isinstance(tensor, (list, tuple, dict)) or len(tensor.shape) != 2:
        raise UserError(f"{graph.name} does not end in classes: build it with include_top=True")
    last = last_call(tensor).operation
    if isinstance(last, (layers.Activation, layers.Softmax)) or type(last).__name__ in SQUASHING_OPERATIONS:
        (tensor,) = last_call(tensor).input_tensors
        if getattr(last, "activation", None) is not keras.activations.linear:
            return tensor, None
        last = last_call(tensor).operation
    activation = getattr(last, "activation", keras.activations.linear)
    if activation is keras.activations.linear:
        return tensor, None
    if activation in SQUASHING:
        return tensor, last
    raise UserError(
        f"{graph.name} hides its logits: {last.name!r} applies an activation that is neither softmax nor sigmoid. Put "
        "it in a layer of its own, keras.layers.Activation"
    )


def without_activation(layer, *arguments, **keywords):
    """What a layer computes before its own activation."""
    activation = layer.activation
    layer.activation = keras.activations.linear
    try:
        return layer(*arguments, **keywords)
    finally:
        layer.activation = activation


def last_call(tensor):
    """The layer call whose result a symbolic tensor is."""
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]


def _last_map(graph: keras.Model, logits):
    """The last map from which a chain of layers leads to the logits; skips maps pooled to 1 x 1 (MobileNet v3)."""
    tensor, found = logits, None
    while not (call := last_call(tensor)).is_input and len(call.input_tensors) == 1:
        (source,) = call.input_tensors
        if len(source.shape) == 4 and (len(tensor.shape) != 4 or is_global(call.operation)):
            _check_open(graph, call.operation)
            found = source
            if tuple(source.shape[1:3]) != (1, 1):
                break
        tensor = source
    if found is None:
        raise UserError(
            f"{graph.name}: no map (batch, height, width, channels) leads to the output through a chain of layers; "
            "name the layer that has one: layer=..."
        )
    return found


def _check_open(graph: keras.Model, operation):
    """Checks that what turns a map into a vector is one step, and not a network whose last map is another one."""
    if isinstance(operation, layers.Layer) and any(operation._flatten_layers(include_self=False)):
        raise UserError(
            f"{graph.name}: the last map is inside of {operation.name!r}, where it can't be reached. Build "
            f"{operation.name!r} as a functional model whose layers have names of their own, or name another layer "
            "with a map: layer=..."
        )


def map_of(graph: keras.Model, layer: str, ends: Mapping):
    """The symbolic map that a layer outputs, or a nested model (`Unnested.ends`).

    Raises:
        UserError: There is no such layer, or it outputs no map.
    """
    named = {**ends, **{node.operation.name: node.outputs[0] for node in nodes_in_order(graph)}}
    maps = {name: tensor for name, tensor in named.items() if len(tensor.shape) == 4}
    if layer not in maps:
        nearest = difflib.get_close_matches(str(layer), maps, n=1) or list(maps)[-1:]
        raise UserError(
            f"{graph.name} has no map from a layer {layer!r}; layers with a map include {', '.join(nearest) or '-'}"
        )
    return maps[layer]
