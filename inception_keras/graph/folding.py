"""Batch normalisation folded into the layer before it, for inference.

At inference batch normalisation is a fixed scale and shift of each channel, `y * scale + shift` with
`scale = gamma / sqrt(moving_variance + epsilon)` and `shift = beta - moving_mean * scale`. A convolution or a dense
layer is linear in its kernel and bias, which take in both: the network computes the same in fewer steps.
"""

from collections import Counter

import keras
import numpy as np
from keras import layers

from inception_keras.errors import UserError
from inception_keras.layers.batch_normalization import BatchNormalization

# Exactly these: a subclass may compute something else.
LINEAR = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D, layers.Dense)
NORMALIZATION = (layers.BatchNormalization, BatchNormalization)
WEIGHTS = {"kernel", "depthwise_kernel", "pointwise_kernel", "bias"}


def fold_batch_normalization(model: keras.Model) -> keras.Model:
    """A copy of `model` in which batch normalisation is part of the layers before it.

    Folded is each `BatchNormalization` directly behind a `Conv2D`, `DepthwiseConv2D`, `SeparableConv2D` or `Dense`
    without activation that nothing else reads; that layer has a bias afterwards. One behind pooling, an input, a
    concatenation or an addition (DenseNet) stays, and so does one that is shared or is called with `training=True`, and
    one whose layer is shared, is an output of the model, or computes in another type. Models inside the model are
    folded in the same way.

    Args:
        model: A functional model, or a built sequential one.

    Returns:
        A functional model of the same name, inputs and outputs, with variables of its own: training either model leaves
        the other as it is. Layers keep their names, `dtype` policies and `trainable`; what was folded is gone. It is
        not compiled.

    Raises:
        UserError: `model` has no graph of layers.
    """
    graph = functional_graph(model)
    # Without what `compile` was given: cloning would compile again, with an optimizer for every weight.
    graph = keras.Model(graph.input, graph.output, name=model.name)
    nodes = [node for level in graph._nodes_by_depth.values() for node in level]
    folds = _find_folds(graph, nodes)
    folded = set(folds.values())
    batchwise = {node.operation for node in nodes if _is_training(node)}
    copies = {}

    def copy(operation):
        if operation in folded:
            return operation  # known by this in `call`, where it ends
        if _graph(operation) and operation not in batchwise:
            return fold_batch_normalization(operation)
        bias = {"use_bias": True} if operation in folds else {}
        copies[operation] = type(operation).from_config({**operation.get_config(), **bias})
        return copies[operation]

    def call(operation, *args, **kwargs):
        if operation in folded:
            return keras.tree.flatten((args, kwargs))[0]
        return operation(*args, **kwargs)

    result = keras.models.clone_model(graph, clone_function=copy, call_function=call)
    for layer, again in copies.items():
        if isinstance(layer, layers.Layer):
            again.set_weights(_fold_weights(layer, folds[layer]) if layer in folds else layer.get_weights())
        if hasattr(again, "finalize_state"):  # layers that adapt (Normalization) compute with values made of weights
            again.finalize_state()
    if not model.trainable:
        result.trainable = False
    return result


def functional_graph(model) -> keras.Model:
    """The functional model that `model` is, or that a built sequential one has inside; `UserError` if there is none."""
    graph = _graph(model)
    if graph is None:
        name = getattr(model, "name", repr(model))
        raise UserError(f"{name} is no functional model: {type(model).__name__} has no graph of layers")
    return graph


def _graph(model) -> keras.Model | None:
    graph = getattr(model, "_functional", None) or model
    return graph if isinstance(model, keras.Model) and hasattr(graph, "_nodes_by_depth") else None


def _find_folds(graph: keras.Model, nodes: list) -> dict:
    """The layers to fold into, each with its batch normalisation; `nodes` are the calls that the graph is made of."""
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
    """Whether the graph itself says `training=True`: normalisation with the batch's own statistics."""
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
    """The layer's weights with the normalisation in them, in float64: they are rounded once, when they are stored."""
    *kernels, bias = [_float64(v) for v in layer.weights] + [np.zeros(1)] * (not layer.use_bias)
    scale = (_float64(norm.gamma) if norm.scale else 1) / np.sqrt(_float64(norm.moving_variance) + norm.epsilon)
    shift = (_float64(norm.beta) if norm.center else 0) - _float64(norm.moving_mean) * scale
    last = kernels[-1]  # of a separable convolution the pointwise kernel
    # A depthwise kernel ends in (channels, multiplier), which together are the output's channels, in this order.
    width = last.shape[-2:] if isinstance(layer, layers.DepthwiseConv2D) else last.shape[-1:]
    return [*kernels[:-1], last * scale.reshape(width), bias * scale + shift]


def _float64(variable) -> np.ndarray:
    return keras.ops.convert_to_numpy(variable).astype("float64")
