"""One graph of a model that contains others: transfer learning uses a trunk as one layer of a new model."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple
from weakref import WeakKeyDictionary

import keras

from inception_keras.graph.nodes import graph_of, nodes_in_order


class Unnested(NamedTuple):
    """A model without models inside.

    Attributes:
        graph: The same inputs, outputs and layers, with the layers of nested models called directly.
        ends: By the name of a nested model: the tensor of `graph` that is its output.
    """

    graph: keras.Model
    ends: dict


# By nested model. Calling its layers again costs time, and each of them keeps a note of the call.
_KNOWN: WeakKeyDictionary = WeakKeyDictionary()


def unnested(model: keras.Model) -> Unnested:
    """`model`, functional, with the layers of the functional models inside it in one graph.

    Nested models stay as they are if they are no functional ones, if they are called with `training=True`, or if two
    layers would have the same name.
    """
    if not any(map(_is_nested, nodes_in_order(model))) or max(Counter(_names(model)).values()) > 1:
        return Unnested(model, {})
    if model not in _KNOWN:
        _KNOWN[model] = _unnested(model)
    return _KNOWN[model]


def _unnested(model: keras.Model) -> Unnested:
    ends: dict = {}
    outputs = _called(model, model.inputs, ends)
    structure = keras.tree.pack_sequence_as(model.output, outputs)
    return Unnested(keras.Model(model.input, structure, name=model.name), ends)


def _is_nested(node) -> bool:
    return graph_of(node.operation) is not None and node.arguments.kwargs.get("training") is not True


def _names(model: keras.Model) -> Iterable[str]:
    """The names of all layers in the graph, those of a nested model once for each call of it."""
    layers = {node.operation.name: node for node in nodes_in_order(model) if not _is_nested(node)}
    yield from layers
    for node in filter(_is_nested, nodes_in_order(model)):
        yield from _names(graph_of(node.operation))


def _called(graph: keras.Model, inputs: Iterable, ends: dict) -> list:
    """Calls the layers of a graph on symbolic `inputs`; returns its outputs, and adds nested models to `ends`."""
    values = {id(symbol): value for symbol, value in zip(graph.inputs, inputs, strict=True)}
    for node in nodes_in_order(graph):
        arguments, keywords = node.arguments.fill_in(values)
        if _is_nested(node):
            given = [value for value in keras.tree.flatten((arguments, keywords)) if keras.utils.is_keras_tensor(value)]
            results = _called(graph_of(node.operation), given, ends)
            ends[node.operation.name] = results[0]
        elif all(values[id(tensor)] is tensor for tensor in node.input_tensors):
            results = node.outputs  # nothing before it has changed
        else:
            results = keras.tree.flatten(node.operation(*arguments, **keywords))
        values.update((id(symbol), value) for symbol, value in zip(node.outputs, results, strict=True))
    return [values[id(tensor)] for tensor in graph.outputs]
