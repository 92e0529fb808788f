"""A trunk as a backbone: its last map at each stride, for detection and segmentation."""

import keras
from keras import layers

from inception_keras.errors import UserError

STRIDES = (4, 8, 16, 32)
# What stands between the stages and is no map of its own: padding for the next convolution, and the heads.
_PASSED_OVER = (layers.ZeroPadding2D, layers.Dropout)
_HEADS = ("head_", "aux_", "main")
_GLOBAL = (
    layers.GlobalAveragePooling2D,
    layers.GlobalMaxPooling2D,
    layers.AdaptiveAveragePooling2D,
    layers.AdaptiveMaxPooling2D,
)


def feature_maps(model: keras.Model, strides: tuple[int, ...] = STRIDES) -> keras.Model:
    """A model from images to the last map at each stride: `{"stride_4": ..., "stride_8": ..., ...}`.

    "Last" is the last through which everything after it passes: a module's output, not a map inside one of its
    branches. The network is `model`'s own, with the same weights; `feature_layers` tells which layers the maps are of.

    Args:
        model: A model of the zoo, with or without its top.
        strides: Which strides to look for; a small stem has no 16 and 32, and those outputs are left out.

    Raises:
        UserError: The model has no map at any of the strides.
    """
    names = feature_layers(model, strides)
    if not names:
        raise UserError(f"{model.name} has no map at the strides {strides}")
    outputs = {f"stride_{stride}": model.get_layer(name).output for stride, name in names.items()}
    return keras.Model(model.input, outputs, name=f"{model.name}_features")


def feature_layers(model: keras.Model, strides: tuple[int, ...] = STRIDES) -> dict[int, str]:
    """The layer of the last map at each of the `strides` that the model has, in their order.

    Strides are multiplied along the graph and not read off the sizes, which are rounded and may be open.
    """
    stride: dict[int, int | None] = {}  # of each tensor, by its id; None where it is no map of the image
    passed: dict[int, frozenset] = {}  # the layers that every path to a tensor goes through
    maps: dict[str, int] = {}
    for tensor in model.inputs:
        stride[id(tensor)], passed[id(tensor)] = 1, frozenset()
    for node in nodes_in_order(model):
        sources = [id(tensor) for tensor in node.input_tensors]
        before = [own for source in sources if (own := stride[source]) is not None]
        layer = node.operation
        for output in node.outputs:
            is_map = bool(before) and len(output.shape) == 4 and not is_global(layer)
            # squeeze-and-excite multiplies a map with one pixel for each channel: the map's stride is the product's
            own_stride = max(before) * _stride_of(layer) if is_map else None
            stride[id(output)] = own_stride
            passed[id(output)] = frozenset.intersection(*(passed[source] for source in sources)) | {layer.name}
            passed_over = isinstance(layer, _PASSED_OVER) or layer.name.startswith(_HEADS)
            if own_stride is not None and not passed_over:
                maps[layer.name] = own_stride
    end = model.output["main"] if isinstance(model.output, dict) else model.output
    on_the_way = passed[id(end)]
    last = {value: name for name, value in maps.items() if name in on_the_way}  # in the graph's order: the last stays
    return {value: last[value] for value in strides if value in last}


def is_global(layer) -> bool:
    """Whether a layer pools over all positions: what it puts out is no map of the image, whatever its axes."""
    return isinstance(layer, _GLOBAL)


def nodes_in_order(model: keras.Model) -> list:
    """The places where layers are used, each after those that it takes its input from."""
    by_depth = model._nodes_by_depth
    return [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth] if not node.is_input]


def _stride_of(layer) -> int:
    strides = getattr(layer, "strides", 1)
    return max(strides) if isinstance(strides, (tuple, list)) else strides
