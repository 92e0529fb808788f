"""What a network costs, read off the built graph: parameters, multiply-adds, activations.

Multiply-adds are those of convolutions and dense layers, for one image: biases, normalisation, pooling and
activations are not counted (the convention of the tables of torchvision and of the papers). Activations are the
outputs of those same layers (the convention of pycls). FLOPs are twice the multiply-adds.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from inception_keras.errors import UserError


@dataclass(frozen=True)
class LayerCost:
    """One layer's share; `output_shape` is without the batch."""

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
        params: Trainable parameters: weights, biases, gammas and betas.
        moving_statistics: Means and variances of batch normalisation, which `params` leaves out.
        macs: Multiply-adds of convolutions and dense layers.
        activations: Outputs of those layers.
        by_layer: The same for each layer, in the order of the graph.
    """

    params: int
    moving_statistics: int
    macs: int
    activations: int
    by_layer: tuple[LayerCost, ...]


def complexity(model) -> Complexity:
    """The cost of a built functional Keras model.

    Args:
        model: A functional model with a fixed input size. A model inside it counts as one layer of it.

    Raises:
        UserError: The input size is open, so that multiply-adds have no number; a layer type whose kernel this module
            does not know how to count; or a model without a graph.
    """
    graph = getattr(model, "_functional", None) or model  # a sequential model keeps its graph inside
    if not hasattr(graph, "_nodes_by_depth"):
        raise UserError(f"{model.name} is no functional model: its graph is not known before it runs")
    # a layer's own list of nodes also has the places where other models use it
    nodes = {id(node) for level in graph._nodes_by_depth.values() for node in level}
    rows = tuple(_layer_cost(layer, nodes) for layer in graph.layers)
    # Over distinct variables: a layer that is used twice in the graph costs its parameters once.
    moving = [v for v in model.non_trainable_variables if v.path.endswith(("moving_mean", "moving_variance"))]
    return Complexity(
        params=sum(prod(v.shape) for v in model.trainable_variables),
        moving_statistics=sum(prod(v.shape) for v in moving),
        macs=sum(row.macs for row in rows),
        activations=sum(row.activations for row in rows),
        by_layer=rows,
    )


def _layer_cost(layer, nodes: set[int]) -> LayerCost:
    """Sums over the places in the graph where the layer is used."""
    macs = activations = 0
    shape: tuple[int, ...] = ()
    inside = complexity(layer) if hasattr(layer, "layers") else None
    for node in layer._inbound_nodes:
        if id(node) not in nodes:
            continue
        shape = tuple(node.output_tensors[0].shape[1:])
        if inside:
            macs += inside.macs
            activations += inside.activations
            continue
        # The kernels of a convolution are laid over every position of its output, whatever their groups; a dense
        # layer's over every leading position, of which an image model has one.
        weights = _multiplied_weights(layer)
        if weights:
            if None in shape:
                raise UserError(
                    f"multiply-adds need a fixed input size: {layer.name} puts out {shape}; give input_shape"
                )
            macs += weights * prod(shape[:-1])
            activations += prod(shape)
    params = sum(prod(v.shape) for v in layer.trainable_variables)
    return LayerCost(layer.name, type(layer).__name__, shape, params, macs, activations)


def _multiplied_weights(layer) -> int:
    """Number of weights that are multiplied at each position of the output."""
    from keras import layers

    if isinstance(layer, layers.SeparableConv2D):
        # both kernels run on the output's positions: the depthwise one carries the stride
        return prod(layer.depthwise_kernel.shape) + prod(layer.pointwise_kernel.shape)
    if isinstance(layer, layers.Conv2DTranspose):
        raise UserError(f"multiply-adds of {type(layer).__name__} ({layer.name}) are not defined here")
    if isinstance(layer, (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)):
        return prod(layer.kernel.shape)
    if any(len(v.shape) > 1 for v in layer.trainable_variables):
        raise UserError(f"multiply-adds of {type(layer).__name__} ({layer.name}) are not known")
    return 0
