"""Keras weights files (`.weights.h5`): lists the layers in a file, and loads it after checking every shape."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from inception_keras.errors import UserError, in_one_line, unknown, warn
from inception_keras.io.hdf5 import is_array, open_hdf5, read_array
from inception_keras.io.keras2_weights import read_keras2_layers, read_keras2_variables
from inception_keras.io.layer_pairs import (
    CHANNELS,
    HEADS,
    Head,
    Mismatch,
    Pairs,
    Shapes,
    Stored,
    is_head,
    pair_by_name,
    pair_in_order,
)
from inception_keras.origins import remember_file


def load_weights(model, path: str | Path, *, head: Head = "load", channels: str | None = None) -> Pairs:
    """Loads a weights file into a model after checking every shape.

    Auxiliary heads that the model lacks are left out. Files of Keras 2 are read too. Numbers are rounded to the model's
    precision; a model at least as precise as the file gets the file's very numbers. From then on the manifest beside
    the file is the model's, for `preprocess_input` and, if no layer of the head starts anew, `decode_predictions`.

    Args:
        model: A model.
        path: A `.weights.h5` file, or Keras 2's `.h5` file with weights alone.
        head: `"load"`: the file has the model's head. `"skip"`: the model's head keeps its initial values, and the
            file's is left out. `"fit"`: as `"load"`, but the classifier starts anew if the file's has other classes,
            and the head is left out if the model has none.
        channels: How a first convolution gets from the file's number of channels to the model's: `"sum"` over the
            channels, for grey images, which it then sees as it saw them repeated in RGB; `"repeat"`: its channels in
            turn, scaled so that the sum over all stays. `None`: the numbers are equal.

    Returns:
        What was loaded, and the names of the layers that were left out or start anew.

    Raises:
        UserError: The file is missing, cut short, damaged or of another kind; or it belongs to another model; or it is
            not exactly the model's, and one of both has layers inside of layers. In the last two cases the message
            names the first such layer, and nothing has been assigned.
    """
    if head not in HEADS:
        raise unknown("head", head, HEADS)
    if channels not in CHANNELS:
        raise unknown("channels", channels, CHANNELS)
    path = Path(path)
    pairs = assign_weights(model, path, head, channels)
    remember_file(model, path, head=not any(map(is_head, pairs.fresh)))
    if _is_keras2(path) and _normalizes(model):
        warn(
            f"{path.name} into {model.name!r}: with ImageNet's weights Keras also divides images by numbers that no "
            "EfficientNet file of Keras 2 holds; here they are not divided. If it is such a file, convert it: "
            f"python -m inception_keras fetch NAME --from {path}; weights='imagenet' then has the division"
        )
    return pairs


def assign_weights(model, path: Path, head: Head = "load", channels: str | None = None) -> Pairs:
    """Does what `load_weights` does, without noting the file and without its warning."""
    in_order = _is_keras2(path)
    stored = read_keras2_layers(path) if in_order else read_layers(path)
    layers = layer_keys(model)
    whole = not in_order and {k: s for k, v in layers.items() if (s := shapes_of(v))} == _shapes(stored)
    if whole and head != "skip" and not _in_another_order(layers, stored):
        _load_whole(model, layers, path)
        return Pairs({layer.name: key for key, layer in layers.items()}, (), ())
    _check_flat(model, layers, path)
    if not any(layer.name for layer in stored.values()):  # written before Keras stored names
        stored = {key: Stored(key, layer.shapes) for key, layer in stored.items()}
    else:
        layers = {layer.name: layer for layer in layers.values()}
    own = {name: shapes for name, layer in layers.items() if (shapes := shapes_of(layer))}
    convolution = next((name for name, shapes in own.items() if len(shapes[0]) == 4), None)
    pair = pair_in_order if in_order else pair_by_name
    try:
        pairs = pair(own, stored, head, convolution if channels else None)
    except Mismatch as error:
        hint = _hint(error, model, convolution, path)
        raise UserError(f"{path.name} belongs to another model than {model.name!r}: {error}{hint}") from None
    read = read_keras2_variables if in_order else _read_variables
    values = {}
    for name, arrays in read(path, pairs.keys).items():
        if name == convolution and channels:
            arrays = [_with_channels(arrays[0], own[name][0][2], channels), *arrays[1:]]
        values[name] = [array.reshape(shape) for array, shape in zip(arrays, own[name], strict=True)]
    for name, arrays in values.items():
        layers[name].load_own_variables({str(number): array for number, array in enumerate(arrays)})
    return pairs


def _load_whole(model, layers: Mapping[str, Any], path: Path):
    """Loads a file of the model's own layers, as `model.load_weights` does.

    Keras looks for variables in every attribute of every layer, which takes longer than reading them does: it is
    left to it where there may be others than those of the layers, as in nested models and optimizers.
    """
    own = {key: key for key, layer in layers.items() if shapes_of(layer)}
    try:
        if not _is_flat(model, layers) or model.compiled:
            model.load_weights(str(path))
            return
        for key, arrays in _read_variables(path, own).items():
            layers[key].load_own_variables({str(number): array for number, array in enumerate(arrays)})
    except Exception as error:  # on damaged files h5py and Keras raise exceptions of many types
        raise UserError(f"{path.name} cannot be loaded into {model.name!r}: {in_one_line(error)}") from error


def _is_flat(model, layers: Mapping[str, Any]) -> bool:
    """Whether all weights of a model are variables of its layers, and none of layers inside them."""
    return len(model.weights) == sum(len(shapes_of(layer)) for layer in layers.values())


def _check_flat(model, layers: Mapping[str, Any], path: Path):
    """Raises `UserError` for layers inside of layers: pairing sees the outer ones alone, and would skip the others."""
    inside = [layer.name for layer in layers.values() if len(layer.weights) > len(shapes_of(layer))]
    if not _is_flat(model, layers):
        place = f"{(inside or [model.name])[0]!r} of the model"
    elif not _is_keras2(path) and (key := _key_of_nested(path)):
        place = f"{key!r} of the file"
    else:
        return
    raise UserError(
        f"{path.name} is not exactly the file of {model.name!r}, and {place} contains layers, which are not paired one "
        "by one: build the model as it was when the file was saved, load it with head='load', and take its layers"
    )


def _key_of_nested(path: Path) -> str | None:
    """The key of a file's first layer that contains layers with variables, if there is one."""
    with open_hdf5(path) as file:
        return next((key for key, group in file.get("layers", {}).items() if _nests(group)), None)


def _nests(group) -> bool:
    return any(len(inner.get("vars", ())) or _nests(inner) for inner in group.get("layers", {}).values())


def _is_keras2(path: Path) -> bool:
    from inception_keras.io.kinds import KERAS_2, kind_of

    return kind_of(path) == KERAS_2


def _normalizes(model) -> bool:
    """Whether the model normalises images by statistics of its file, as EfficientNet alone does."""
    from keras import layers

    return any(isinstance(layer, layers.Normalization) for layer in model.layers)


def _shapes(stored: Mapping[str, Stored]) -> dict[str, Shapes]:
    return {key: layer.shapes for key, layer in stored.items() if layer.shapes}


def _in_another_order(layers: Mapping[str, Any], stored: Mapping[str, Stored]) -> bool:
    """Whether a file has the names of the model's layers, but by other keys: keys number layers in the graph's order.

    The same layers joined otherwise may come in another order. Other names say nothing: Keras gives new ones each time.
    """
    theirs = {key: layer.name for key, layer in stored.items() if layer.shapes}
    own = {key: layers[key].name for key in theirs}
    return own != theirs and sorted(own.values()) == sorted(theirs.values())


def _read_variables(path: Path, keys: Mapping[str, str]) -> dict[str, list[np.ndarray]]:
    """The arrays of layers by the model's names; `keys` has the file's key for each."""
    found = {}
    with open_hdf5(path) as file:
        for name, key in keys.items():
            variables = file["layers"][key]["vars"]
            found[name] = [read_array(variables[number]) for number in sorted(variables, key=int)]
    return found


def _with_channels(kernel: np.ndarray, channels: int, how: str) -> np.ndarray:
    """A kernel `(height, width, channels, filters)` for another number of channels."""
    if how == "repeat":
        given = kernel.shape[2]
        return kernel[:, :, np.arange(channels) % given] * np.float32(given / channels)
    if channels != 1:
        raise UserError(f"channels='sum' is for models of one channel; this one has {channels}: use channels='repeat'")
    return kernel.sum(axis=2, keepdims=True)


def _hint(error: Mismatch, model, convolution: str | None, path: Path) -> str:
    size = "; the file is for images of another size, as input_shape says it" if _differs_in_size(error, model) else ""
    if is_head(error.layer):
        return f"{size}; weights.load_weights(model, {path.name!r}, head='skip') loads all but the head"
    if error.layer == convolution and error.in_channels:
        return f"; weights.load_weights(model, {path.name!r}, channels='sum') or 'repeat' adapts the channels"
    return ""


def _differs_in_size(error: Mismatch, model) -> bool:
    """Whether a dense layer differs in its inputs alone, and they are a flattened map, of another number of pixels."""
    from keras import layers

    if not error.in_inputs:
        return False
    flattened = [one for one in model.layers if isinstance(one, layers.Flatten) and len(one._inbound_nodes) == 1]
    maps = [layer.input.shape for layer in flattened if layer.output.shape[-1] == error.own[0][0]]
    inputs = error.theirs[0][0]  # as many as there are channels: a map that was averaged, not flattened
    return any(inputs % shape[-1] == 0 and inputs > shape[-1] for shape in maps)


def weights_content(model) -> bytes:
    """The content of the file that `model.save_weights` writes.

    It is made in memory: HDF5 can't close a file on a full disk, and would end the process at its exit.
    """
    from keras.src.saving import saving_lib  # `save_weights` takes paths only

    file = io.BytesIO()
    store = saving_lib.H5IOStore(file, mode="w")
    saving_lib._save_state(model, weights_store=store, assets_store=None, inner_path="", visited_saveables=set())
    store.close()
    return file.getvalue()


def read_layers(path: str | Path) -> dict[str, Stored]:
    """All layers in a `.weights.h5` file, by Keras's keys (`conv2d`, `conv2d_1`, ...).

    Raises:
        UserError: The file is not a weights file of Keras 3.
    """
    from inception_keras.io.kinds import kind_of

    path = Path(path)
    kind = kind_of(path)
    if kind != "keras weights":
        raise UserError(f"{path.name} is not a Keras .weights.h5 file: it looks like {_in_words(kind)}")
    with open_hdf5(path) as file:
        return {key: _stored(key, group) for key, group in file.get("layers", {}).items()}


def layer_keys(model) -> dict[str, Any]:
    """The model's layers by the keys that a weights file uses for them: the class's name, numbered."""
    keys: dict[str, Any] = {}
    counts: dict[str, int] = {}
    for layer in model.layers:
        base = _snake_case(type(layer).__name__)
        counts[base] = counts.get(base, -1) + 1
        keys[f"{base}_{counts[base]}" if counts[base] else base] = layer
    return keys


def _snake_case(name: str) -> str:
    """Converts a name as Keras does: `Conv2D` is `conv2d`, `GlobalAveragePooling2D` is `global_average_pooling2d`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _stored(key: str, group) -> Stored:
    """Reads one layer; a `ValueError` becomes the message that the file is damaged."""
    import h5py

    if not isinstance(group, h5py.Group):
        raise ValueError(f"the layer {key} is not a group")
    if "vars" not in group:
        return Stored("", ())
    variables = group["vars"]
    if not isinstance(variables, h5py.Group) or not all(is_array(variable) for variable in variables.values()):
        raise ValueError(f"the layer {key} has variables that are not arrays")
    shapes = tuple(tuple(variables[number].shape) for number in sorted(variables, key=int))
    return Stored(str(variables.attrs.get("name", "")), shapes)


def shapes_of(layer) -> tuple[tuple[int, ...], ...]:
    """Shapes of the layer's own variables in Keras's order; excludes random generators' states."""
    return tuple(tuple(v.shape) for v in layer._trainable_variables + layer._non_trainable_variables)


def _in_words(kind: str) -> str:
    return {"torch": "a torch checkpoint", "safetensors": "a safetensors file", "caffemodel": "a .caffemodel"}.get(
        kind, kind
    )
