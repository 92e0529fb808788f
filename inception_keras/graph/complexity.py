"""The cost of a network, read off the built graph: parameters, multiply-adds, activations.

Multiply-adds are those of convolutions and dense layers, for one image: biases, normalisation, pooling and
activations are not counted (the convention of torchvision's tables and of the papers). Activations are the outputs of
the same layers (the convention of pycls). FLOPs are twice the multiply-adds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from inception_keras.errors import UserError

if TYPE_CHECKING:
    import keras

ADAPTER = "lora_"
MOVING = ("moving_mean", "moving_variance")
KERNELS = ("kernel", "depthwise_kernel", "pointwise_kernel")
# What multiplies without a kernel that says how often: operations of `keras.ops`, and layers of two maps.
MULTIPLYING = {
    *("Conv", "DepthwiseConv", "SeparableConv", "ConvTranspose", "DotProductAttention", "Matmul", "Dot", "Einsum"),
    *("Tensordot", "Vdot", "Inner", "Outer", "Kron", "Cross", "Correlate", "Attention", "AdditiveAttention"),
}


@dataclass(frozen=True)
class LayerCost:
    """The cost of one layer; `output_shape` leaves out the batch."""

    name: str
    kind: str
    output_shape: tuple[int, ...]
    params: int
    macs: int
    activations: int


@dataclass(frozen=True)
class Complexity:
    """The cost of a model for one image.

    Attributes:
        params: Parameters: weights, biases, gammas and betas, whether they are frozen or not.
        moving_statistics: Means and variances of batch normalisation, which `params` leaves out.
        macs: Multiply-adds of convolutions and dense layers.
        activations: Outputs of those layers.
        by_layer: The same for each layer, in the order of the graph.
        adapters: Parameters of low-rank adapters (`enable_lora`), which `params` leaves out.
    """

    params: int
    moving_statistics: int
    macs: int
    activations: int
    by_layer: tuple[LayerCost, ...]
    adapters: int = 0


def complexity(model: keras.Model) -> Complexity:
    """The cost of a built functional Keras model.

    Args:
        model: A functional or built sequential model with a fixed input size. A nested model counts as one layer, at
            the size with which it is called.

    Raises:
        UserError: The input size is open, so multiply-adds can't be counted; or the model has a layer type or an
            operation that this module can't count, or no graph.
    """
    return _cost(model, {})


def _cost(model: keras.Model, called: dict) -> Complexity:
    """As `complexity`; `called` has the symbolic tensors of a call, by the id of those that are in their place."""
    graph = getattr(model, "_functional", None) or model  # a sequential model keeps its graph inside
    if not hasattr(graph, "_nodes_by_depth"):
        raise UserError(
            f"{getattr(model, 'name', repr(model))} is not a functional model: its graph is not known before it runs"
        )
    # `layer._inbound_nodes` has the calls in other models too: only those of this graph count
    nodes = {id(node): node for level in graph._nodes_by_depth.values() for node in level}
    for node in nodes.values():
        _check_known(node.operation)
    rows = tuple(_layer_cost(layer, nodes, called) for layer in graph.layers)
    kinds = variables_by_kind(model)
    return Complexity(
        params=sum(map(prod, parameter_shapes(model))),
        moving_statistics=_size(kinds["moving"]),
        macs=sum(row.macs for row in rows),
        activations=sum(row.activations for row in rows),
        by_layer=rows,
        adapters=_size(kinds["adapters"]),
    )


def variables_by_kind(layer) -> dict[str, list]:
    """The distinct variables of a layer or model as `params`, `moving` statistics and `adapters`, whatever is frozen.

    `layer.trainable_variables` lists what an optimizer would change; here a layer's own lists are read, in which a
    variable stays where its layer made it. A layer that the graph uses twice costs its parameters once.
    """
    kinds: dict[str, list] = {"params": [], "moving": [], "adapters": []}
    seen: set[int] = set()
    for part in layer._flatten_layers():
        for variable in part._trainable_variables + part._non_trainable_variables:
            # float8 keeps scales where an optimizer finds them; the gradient replaces their values
            if id(variable) in seen or variable.overwrite_with_gradient:
                continue
            seen.add(id(variable))
            if variable.name.startswith(ADAPTER):
                kinds["adapters"].append(variable)
            elif variable.name in MOVING:
                kinds["moving"].append(variable)
            # a quantised kernel is the same parameters, which its layer does not train; PatchWhitening trains none
            elif any(variable is own for own in part._trainable_variables) or variable.name in (*KERNELS, "bias"):
                kinds["params"].append(variable)
    return kinds


def parameter_shapes(layer) -> list[tuple[int, ...]]:
    """Shapes of the distinct parameters of a layer or model.

    Of a quantised kernel it is the shape of its numbers: int4 stores two of them in one.
    """
    quantised = [part for part in layer._flatten_layers() if getattr(part, "quantization_mode", None)]
    quantised = [part for part in quantised if hasattr(part, "kernel")]
    stored = {id(variable) for part in quantised for variable in part.weights if variable.name in KERNELS}
    params = [variable for variable in variables_by_kind(layer)["params"] if id(variable) not in stored]
    return [tuple(variable.shape) for variable in params] + [tuple(part.kernel.shape) for part in quantised]


def _size(variables: list) -> int:
    return sum(prod(variable.shape) for variable in variables)


def _layer_cost(layer, nodes: dict, called: dict) -> LayerCost:
    """The cost of a layer, summed over its calls in the graph, whose nodes `nodes` has by id; `called`: see `_cost`."""
    from keras import Model

    macs = activations = 0
    shape: tuple[int, ...] = ()
    for node in layer._inbound_nodes:
        if id(node) not in nodes:
            continue
        shape = tuple(called.get(id(node.output_tensors[0]), node.output_tensors[0]).shape[1:])
        if isinstance(layer, Model):  # a `Pipeline` has layers but no graph
            inside = _cost(layer, _called(layer, [called.get(id(one), one) for one in node.input_tensors]))
            macs += inside.macs
            activations += inside.activations
            continue
        # A convolution, grouped or not, multiplies its whole kernel once per position of its output; a dense layer once
        # per leading position, of which an image model has one.
        weights = _multiplied_weights(layer)
        if weights:
            if None in shape:
                raise UserError(
                    f"multiply-adds need a fixed input size: the output of {layer.name} is {shape}; give input_shape"
                )
            positions = shape[1:] if getattr(layer, "data_format", None) == "channels_first" else shape[:-1]
            macs += weights * prod(positions)
            activations += prod(shape)
    params = sum(map(prod, parameter_shapes(layer)))
    return LayerCost(layer.name, type(layer).__name__, shape, params, macs, activations)


def _called(model: keras.Model, inputs: list) -> dict:
    """The symbolic tensors of a call of a nested model with open sides; none if its graph has the sizes itself."""
    from keras import tree

    from inception_keras.graph.nodes import graph_of, nodes_in_order

    graph = graph_of(model)
    if graph is None or not any(None in tensor.shape[1:] for tensor in graph.inputs):
        return {}
    values = {id(symbol): value for symbol, value in zip(graph.inputs, inputs, strict=True)}
    for node in nodes_in_order(graph):
        arguments, keywords = node.arguments.fill_in(values)
        results = node.operation.compute_output_spec(*arguments, **keywords)  # notes no call in the layer
        values.update((id(symbol), value) for symbol, value in zip(node.outputs, tree.flatten(results), strict=True))
    return values


def _check_known(operation):
    """Raises `UserError` for what multiplies without a layer's kernel: it would count as nothing."""
    if type(operation).__name__ in MULTIPLYING and type(operation).__module__.startswith("keras."):
        raise UserError(
            f"multiply-adds of {type(operation).__name__} ({operation.name}) are not known: those of convolutions and "
            "dense layers are"
        )


def _multiplied_weights(layer) -> int:
    """Number of weights that are multiplied per position of the output."""
    from keras import layers

    if isinstance(layer, layers.PReLU):
        return 0  # an activation
    if isinstance(layer, layers.SeparableConv2D):
        # both kernels are applied once per output position, since the depthwise one has the stride
        return prod(layer.depthwise_kernel.shape) + prod(layer.pointwise_kernel.shape)
    if isinstance(layer, layers.Conv2DTranspose):
        raise UserError(f"multiply-adds of {type(layer).__name__} ({layer.name}) are not defined here")
    if isinstance(layer, (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)):
        return prod(layer.kernel.shape)
    if any(len(shape) > 1 for shape in parameter_shapes(layer)):
        raise UserError(f"multiply-adds of {type(layer).__name__} ({layer.name}) are not known")
    return 0
