"""Batch normalisation folded into the layer before it, for inference.

At inference batch normalisation is a fixed scale and shift of each channel, `y * scale + shift` with
`scale = gamma / sqrt(moving_variance + epsilon)` and `shift = beta - moving_mean * scale`. A convolution or a dense
layer is linear in its kernel and bias, so these can absorb both: the network computes the same in fewer steps.
"""

from collections import Counter

import keras
import numpy as np
from keras import layers

from inception_keras.errors import UserError, in_one_line
from inception_keras.graph.nodes import graph_of
from inception_keras.layers.batch_normalization import BatchNormalization
from inception_keras.layers.convolution import Conv2D

# Exactly these types: a subclass may compute something else.
LINEAR = (layers.Conv2D, Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D, layers.Dense)
NORMALIZATION = (layers.BatchNormalization, BatchNormalization)
WEIGHTS = {"kernel", "depthwise_kernel", "pointwise_kernel", "bias"}


def fold_batch_normalization(model: keras.Model) -> keras.Model:
    """A copy of `model` in which batch normalisation is part of the layers before it.

    A `BatchNormalization` is folded if it directly follows a `Conv2D`, `DepthwiseConv2D`, `SeparableConv2D` or `Dense`
    that has no activation and whose output nothing else reads; that layer has a bias afterwards. It stays if it follows
    pooling, an input, a concatenation or an addition (DenseNet); if it is shared or is called with `training=True`; or
    if the layer before it is shared, is an output of the model, or computes in another type. Nested models are folded
    in the same way.

    Args:
        model: A functional model, or a built sequential one.

    Returns:
        A functional model with the same name, inputs and outputs and with separate variables: training one of the two
        models does not change the other. Layers without variables are shared. Layers keep their names, `dtype` policies
        and `trainable`; folded layers are gone. The model is not compiled.

    Raises:
        UserError: `model` has no graph of layers, or a layer with variables that can't be made again from its
            configuration.
    """
    graph = functional_graph(model)
    # An uncompiled model: cloning a compiled one would compile again, with optimizer variables for every weight.
    graph = keras.Model(graph.input, graph.output, name=model.name)
    nodes = [node for level in graph._nodes_by_depth.values() for node in level]
    folds = _find_folds(graph, nodes)
    folded = set(folds.values())
    batchwise = {node.operation for node in nodes if _is_training(node)}
    copies = {}

    def copy(operation):
        if operation in folded:
            return operation  # not copied: `call` drops it
        if graph_of(operation) and operation not in batchwise:
            return fold_batch_normalization(operation)
        if not getattr(operation, "variables", ()):
            return operation  # a Lambda or an operation of `keras.ops` may have no configuration to copy it from
        copies[operation] = _copy(operation, {"use_bias": True} if operation in folds else {})
        return copies[operation]

    def call(operation, *args, **kwargs):
        if operation in folded:
            return keras.tree.flatten((args, kwargs))[0]
        return operation(*args, **kwargs)

    result = keras.models.clone_model(graph, clone_function=copy, call_function=call)
    for layer, again in copies.items():
        again.set_weights(_fold_weights(layer, folds[layer]) if layer in folds else layer.get_weights())
        if hasattr(again, "finalize_state"):  # Normalization computes with values derived from its weights
            again.finalize_state()
    if not model.trainable:
        result.trainable = False
    return result


def _copy(layer, changed: dict):
    try:
        return type(layer).from_config({**layer.get_config(), **changed})
    except Exception as error:  # a user's layer may raise anything
        raise UserError(
            f"the layer {layer.name} ({type(layer).__name__}) can't be made again from its configuration, as its "
            f"get_config and from_config should: {in_one_line(error)}"
        ) from error


def functional_graph(model) -> keras.Model:
    """`model` itself, or the functional model inside a built sequential one; `UserError` if there is no graph."""
    graph = graph_of(model)
    if graph is None:
        name = getattr(model, "name", repr(model))
        raise UserError(f"{name} is not a functional model: {type(model).__name__} has no graph of layers")
    return graph


def _find_folds(graph: keras.Model, nodes: list) -> dict:
    """Maps each layer to fold into to its batch normalisation; `nodes` are the calls in the graph."""
    calls = Counter(node.operation for node in nodes)
    readers = Counter(id(tensor) for node in nodes for tensor in node.input_tensors)
    readers.update(id(tensor) for tensor in graph.outputs)
    folds = {}
    for node in nodes:
        norm = node.operation
        if type(norm) not in NORMALIZATION or len(node.input_tensors) != 1 or _is_training(node):
            continue
        (tensor,) = node.input_tensors
        layer = tensor._keras_history.operation
        once = calls[layer] == calls[norm] == readers[id(tensor)] == 1
        if once and type(layer) in LINEAR and _fits(layer, norm, rank=len(tensor.shape)):
            folds[layer] = norm
    return folds


def _is_training(node) -> bool:
    """Whether the graph calls the layer with `training=True`: it normalises with the batch's statistics."""
    return any(value is True for value in keras.tree.flatten((node.arguments.args, node.arguments.kwargs)))


def _fits(layer, norm, rank: int) -> bool:
    axis = 1 if getattr(layer, "data_format", None) == "channels_first" else rank - 1
    return (
        layer.activation is keras.activations.linear
        and {v.name for v in layer.weights} <= WEIGHTS  # not quantized, no adapters (LoRA)
        and norm.axis % rank == axis
        and norm.compute_dtype == layer.compute_dtype
    )


def _fold_weights(layer, norm) -> list[np.ndarray]:
    """The layer's weights with the normalisation folded in, in float64: they are rounded once, when they are stored."""
    *kernels, bias = [_float64(v) for v in layer.weights] + [np.zeros(1)] * (not layer.use_bias)
    scale = (_float64(norm.gamma) if norm.scale else 1) / np.sqrt(_float64(norm.moving_variance) + norm.epsilon)
    shift = (_float64(norm.beta) if norm.center else 0) - _float64(norm.moving_mean) * scale
    last = kernels[-1]  # the pointwise kernel if the convolution is separable
    # The last axes of a depthwise kernel, (channels, multiplier), are the output's channels in this order.
    width = last.shape[-2:] if isinstance(layer, layers.DepthwiseConv2D) else last.shape[-1:]
    return [*kernels[:-1], last * scale.reshape(width), bias * scale + shift]


def _float64(variable) -> np.ndarray:
    return keras.ops.convert_to_numpy(variable).astype("float64")
