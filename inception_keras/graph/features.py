"""A trunk as a backbone for detection and segmentation: its last map at each stride."""

from fractions import Fraction

import keras
from keras import layers

from inception_keras.errors import UserError
from inception_keras.graph.folding import functional_graph
from inception_keras.graph.head_names import is_of_head
from inception_keras.graph.nested import unnested
from inception_keras.graph.nodes import before_kernels, main_output, nodes_in_order

STRIDES = (4, 8, 16, 32)
# Layers whose output does not count as a map: padding for the next convolution, dropout, and the heads.
_PASSED_OVER = (layers.ZeroPadding2D, layers.Dropout)
_PREPARING = (layers.Resizing, layers.CenterCrop, layers.RandomCrop)  # give the image another size, at the start
_PADDING = (layers.ZeroPadding2D, layers.Cropping2D)
_GLOBAL = (
    layers.GlobalAveragePooling2D,
    layers.GlobalMaxPooling2D,
    layers.AdaptiveAveragePooling2D,
    layers.AdaptiveMaxPooling2D,
)


def feature_maps(model: keras.Model, strides: tuple[int, ...] = STRIDES) -> keras.Model:
    """A model from images to the last map at each stride: `{"stride_4": ..., "stride_8": ..., ...}`.

    Only maps on every path to the output count: a module's output, not a map inside one of its branches. The new model
    shares layers and weights with `model`; `feature_layers` names the layers of the maps.

    Args:
        model: A functional model, with or without its top, such as a model of the zoo, also inside another model.
        strides: Strides to look for. Those that the model lacks (16 and 32 with a small stem) are left out.

    Raises:
        UserError: The model has no graph of layers, no map at any of the strides, or several outputs, none of them
            called `main`; or something changes the sides of a map, and no stride says how.
    """
    graph = unnested(functional_graph(model)).graph
    found = _last_maps(graph, strides)
    if not found:
        raise UserError(f"{model.name} has no map at the strides {strides}")
    outputs = {f"stride_{stride}": tensor for stride, tensor in found.items()}
    return keras.Model(graph.input, outputs, name=f"{model.name}_features")


def feature_layers(model: keras.Model, strides: tuple[int, ...] = STRIDES) -> dict[int, str]:
    """Maps each of the `strides` that the model has, in their order, to the name of the layer with its last map.

    Strides are multiplied along the graph (`Conv2DTranspose` and `UpSampling2D` divide them) and not read off the maps'
    sizes, which are rounded and may be open. Layers of nested models count as the model's own.
    """
    found = _last_maps(unnested(functional_graph(model)).graph, strides)
    return {stride: tensor._keras_history.operation.name for stride, tensor in found.items()}


def _last_maps(model: keras.Model, strides: tuple[int, ...]) -> dict:
    """The symbolic tensor of the last map at each of the `strides` that the graph has."""
    if not isinstance(strides, (tuple, list)):
        raise UserError(f"strides must be several whole numbers, such as (8, 16, 32); got {strides!r}")
    stride: dict[int, Fraction | None] = {}  # by id of a tensor; None: not a map of the image
    passed: dict[int, frozenset] = {}  # by id of a tensor: layers on every path to it
    maps: dict[str, tuple] = {}  # by name of a layer: its stride and its map
    images = before_kernels(model)
    for tensor in model.inputs:
        stride[id(tensor)], passed[id(tensor)] = Fraction(1), frozenset()
    for node in nodes_in_order(model):
        sources = [id(tensor) for tensor in node.input_tensors]
        before = [known for source in sources if (known := stride[source]) is not None]
        layer = node.operation
        for output in node.outputs:
            is_map = bool(before) and len(output.shape) == 4 and not is_global(layer)
            # squeeze-and-excite multiplies a map by one pixel per channel: the product has the map's stride
            factor = _stride_of(node, output, images) if is_map else None
            output_stride = max(before) * factor if factor is not None else None
            stride[id(output)] = output_stride
            passed[id(output)] = frozenset.intersection(*(passed[source] for source in sources)) | {layer.name}
            passed_over = isinstance(layer, _PASSED_OVER) or is_of_head(layer.name)
            if output_stride is not None and not passed_over:
                maps[layer.name] = output_stride, output
    on_the_way = passed[id(main_output(model))]
    last = {value: tensor for name, (value, tensor) in maps.items() if name in on_the_way}  # the last in order wins
    return {value: last[value] for value in strides if value in last}


def is_global(layer) -> bool:
    """Whether a layer pools over all positions: its output is not a map of the image, even if it has four axes."""
    return isinstance(layer, _GLOBAL)


def _stride_of(node, output, images: set[int]) -> Fraction | None:
    """The factor by which a call's map is smaller than its input; below 1 if it is larger, `None` if it is no map.

    Args:
        node: The call.
        output: The map.
        images: Ids of the tensors before the first kernel.

    Raises:
        UserError: The sides change, and no stride says how.
    """
    layer, kind = node.operation, type(node.operation).__name__
    if isinstance(layer, layers.UpSampling2D):
        return Fraction(1, min(layer.size))
    # pooling of `keras.ops` without strides has those of its windows
    if strides := getattr(layer, "strides", None) or getattr(layer, "pool_size", None):
        strides = strides if isinstance(strides, (tuple, list)) else (strides,)
        enlarges = isinstance(layer, layers.Conv2DTranspose) or kind == "ConvTranspose"
        return Fraction(1, min(strides)) if enlarges else Fraction(max(strides))
    steps = [one.step for one in keras.tree.flatten(node.arguments.args) if isinstance(one, slice)]
    if isinstance(layer, _PADDING) or kind == "Pad" or (kind == "GetItem" and not {*steps} - {None, 1}):
        return Fraction(1)
    if isinstance(layer, _PREPARING) and all(id(tensor) in images for tensor in node.input_tensors):
        return Fraction(1)
    sides = {tuple(tensor.shape[1:3]) for tensor in node.input_tensors if len(tensor.shape) == 4}
    after = tuple(output.shape[1:3])
    if after in sides and (kind != "GetItem" or None not in after):
        return Fraction(1)
    if 1 in after:  # an average over positions, not a map
        return None
    raise UserError(f"the stride of {layer.name} ({kind}), which changes the sides of its map to {after}, is not known")
