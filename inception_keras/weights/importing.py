"""Assigns arrays of other frameworks to a model, after checking all of them.

Layouts: torch and Caffe store kernels as (out, in, height, width) and dense weights as (out, in); Keras stores them as
(height, width, in, out) and (in, out). The inputs of the first dense layer after a flattened map are ordered channel by
channel there and position by position here, so its rows are reordered too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np

from inception_keras.errors import UserError
from inception_keras.weights.caffe_graph import check_graph
from inception_keras.weights.forms import Entry, Form, Trait
from inception_keras.weights.registry import FORMS, class_count, describe, leave_out, part_keys, recognise
from inception_keras.weights.replaced_heads import head_hint, name_head
from inception_keras.weights.slim import in_torchs_order
from inception_keras.weights.state_dicts import normalise


def from_torch(model, state_dict, *, ignore: Iterable[str] = (), ema: bool = False, head: str | None = None):
    """Assigns torchvision's or timm's weights to a model of the same form.

    The model's layers decide which table of names applies; its name does not matter. `num_batches_tracked` is ignored.

    Args:
        model: A model of the zoo: GoogLeNet in torchvision's form, with or without auxiliary heads, AlexNet in
            torchvision's form, VGG, ResNet in torchvision's form, BN-Inception, Inception v3 and v4,
            Inception-ResNet v2.
        state_dict: Name -> array or tensor, with the names of torch's `state_dict()`; also what a training script saves
            around one, and with the prefixes that wrappers add (`normalise` says which).
        ignore: Key prefixes of the arrays to leave out: `("aux1", "aux2")` if the model has no auxiliary heads,
            `("fc",)` if it has no top. No other array is left out.
        ema: Whether to take the moving average (EMA) that is stored beside the weights.
        head: Name of the classifier if it was replaced, such as `"fc.1"`.

    Returns:
        `model`.

    Raises:
        UserError: An array is missing, left over, of another shape or not finite; or the model is of another form
            than the arrays. The message names the key and the layer, and nothing has been assigned.
    """
    arrays: dict = normalise(state_dict, ema=ema).arrays
    arrays = {key: _checked(key, value) for key, value in arrays.items()}
    return _assign(model, _with_head(arrays, head, "torch"), "torch", tuple(ignore))


def from_caffe(model, blobs: Mapping, *, ignore: Iterable[str] = (), head: str | None = None):
    """Assigns the weights of BVLC's Caffe networks to a model of the same form.

    Args:
        model: `create_model("googlenet")`, with or without auxiliary heads, or `create_model("alexnet")`.
        blobs: Layer name -> (weight, bias), in Caffe's order of axes.
        ignore: Layers or their prefixes to leave out: `("loss1", "loss2")` if the model has no auxiliary heads,
            `("loss3",)` or `("fc8",)` if it has no top.
        head: Name of the classifier if it was replaced, such as `"fc8_flickr"`.

    Returns:
        `model`.

    Raises:
        UserError: As `from_torch`.
    """
    arrays = {}
    for layer, pair in _items(blobs, "blobs"):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise UserError(f"{layer}: expected (weight, bias); got {_kind(pair)}")
        for part, value in zip(("weight", "bias"), pair, strict=True):
            arrays[f"{layer}/{part}"] = _checked(f"{layer}/{part}", value)
    arrays = _with_head(arrays, head, "caffe")
    if match := recognise(arrays, "caffe"):
        check_graph(blobs, match.form, "blobs", head)
    return _assign(model, arrays, "caffe", tuple(ignore))


def from_slim(model, variables: Mapping, *, ignore: Iterable[str] = (), head: str | None = None):
    """Assigns the variables of TF-slim's Inception networks to a model of the same form.

    Args:
        model: `create_model(NAME)` with `"googlenet_slim"`, `"inception_v2_slim"`, `"inception_v3"` or
            `"inception_resnet_v2"`, or `create_model("inception_v4", batch_scale=False)`; with `classes=1001` if the
            variables have the background class.
        variables: Name -> array, with slim's names and TensorFlow's order of axes, such as
            `InceptionV1/Conv2d_1a_7x7/weights`.
        ignore: Names or their prefixes to leave out: `("InceptionV4/AuxLogits",)`, or `("InceptionV1/Logits",)` if the
            model has no top.
        head: Scope of the classifier if it was replaced.

    Returns:
        `model`.

    Raises:
        UserError: As `from_torch`.
    """
    arrays = {key: _checked(key, value) for key, value in _items(variables, "variables")}
    arrays = _with_head(arrays, head, "slim")
    classifiers = {entry.key for form in FORMS if form.framework == "slim" for entry in form.head}
    return _assign(model, in_torchs_order(arrays, classifiers), "slim", tuple(ignore))


# -- the arrays --------------------------------------------------------------------------------------------------------


def _items(mapping: Mapping, name: str):
    if not isinstance(mapping, Mapping):
        raise UserError(f"{name} must be a mapping of names to arrays; got {_kind(mapping)}")
    if not mapping:
        raise UserError(f"{name} is empty")
    return mapping.items()


def _kind(value) -> str:
    size = f" of length {len(value)}" if isinstance(value, (tuple, list, dict, str)) else ""
    return f"{type(value).__name__}{size}"


def _checked(key: object, value) -> np.ndarray:
    try:
        array = np.asarray(value)
        floating = array.dtype.kind == "f" or array.dtype.name.startswith(("bfloat", "float"))  # ml_dtypes' own kinds
    except Exception as error:  # another library's object may raise anything
        raise UserError(f"{key}: not an array: {_kind(value)} ({error})") from error
    if not floating:
        raise UserError(f"{key}: expected an array of floating point numbers; got {_kind(value)} of {array.dtype}")
    with np.errstate(over="ignore"):
        cast = array.astype("float32")
    if not np.isfinite(cast).all():
        too_large = np.isfinite(array).all()
        reason = "they exceed float32" if too_large else "the checkpoint is corrupt, or training diverged"
        raise UserError(f"{key}: not all of its values are finite: {reason}")
    return cast


def _without_leading_axis(array: np.ndarray, variable) -> np.ndarray:
    """For a vector, what torch's old batch normalisation stored as a matrix of one row; a classifier may be one."""
    vector = variable is not None and len(variable.shape) == 1
    return array[0] if vector and array.ndim == 2 and len(array) == 1 else array


def _with_head(arrays: dict, head: str | None, framework: str) -> dict:
    return arrays if head is None else name_head(arrays, head, framework, "the checkpoint")


# -- the model ---------------------------------------------------------------------------------------------------------


def _assign(model, arrays: dict, framework: str, ignore: tuple[str, ...]):
    arrays = leave_out(arrays, ignore)
    layers = {layer.name: layer for layer in model.layers}
    form = _form_of(model, layers, arrays, framework)
    parts = [prefix for prefix, entries in form.parts.items() if entries and entries[0].layer in layers]
    _check_traits(model, form, parts, layers)
    entries = [*form.entries, *(entry for prefix in parts for entry in form.parts[prefix])]
    if form.head[0].layer in layers:
        entries += form.head
    _check_keys(model, form, entries, arrays)
    for entry in entries:
        arrays[entry.key] = _without_leading_axis(arrays[entry.key], getattr(layers[entry.layer], entry.variable))
        _check_shape(entry, layers[entry.layer], form, arrays)
        if entry.variable == "moving_variance" and (arrays[entry.key] < 0).any():
            raise UserError(f"{entry.key}: a variance is negative: the checkpoint is corrupt")
    for entry in entries:
        layer = layers[entry.layer]
        getattr(layer, entry.variable).assign(_to_keras(arrays[entry.key], layer))
    return model


def _form_of(model, layers: Mapping, arrays: Mapping, framework: str) -> Form:
    """The form that fills exactly those layers of the model that have weights.

    Several forms can have the same layers, as GoogLeNets with batch normalisation do; `_assign` tells them apart by
    traits and shapes.
    """
    weighted = {name for name, layer in layers.items() if layer.weights}
    candidates = [
        form
        for form in FORMS
        if form.framework == framework and {e.layer for e in form.entries} <= weighted <= form.layers
    ]
    match = recognise(arrays, framework)
    if match and match.form in candidates:
        return match.form
    if candidates:
        return candidates[0]
    hint = ""
    if match:
        absent = [entry.layer for entry in match.form.entries if entry.layer not in weighted]
        extra = [name for name in layers if name in weighted and name not in match.form.layers]
        hint = f"; the model has no {absent[0]!r}" if absent else f"; its {extra[0]!r} has no counterpart"
    raise UserError(
        f"the model {model.name!r} is of another form than these arrays: {describe(arrays, framework)}{hint}"
    )


def _check_keys(model, form: Form, entries: list[Entry], arrays: Mapping):
    wanted = {entry.key: entry.layer for entry in entries}
    missing = tuple(key for key in wanted if key not in arrays)
    left_over = tuple(key for key in arrays if key not in wanted)
    if missing:
        more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
        hint = head_hint(arrays, form, missing, left_over)
        raise UserError(
            f"{missing[0]} is missing, for {wanted[missing[0]]} of {model.name!r}{more}: "
            f"{describe(arrays, form.framework)}{hint}"
        )
    if not left_over:
        return
    count = f"{len(left_over)} arrays are" if len(left_over) > 1 else "1 array is"
    owners = {entry.key: _prefix(entry.key) for entry in form.head}
    owners.update((key, prefix) for prefix in form.parts for key in part_keys(form, prefix, arrays))
    strange = [key for key in left_over if key not in owners]
    if strange:
        raise UserError(
            f"{count} left over: no layer of {model.name!r} takes {strange[0]}: {describe(arrays, form.framework)}"
        )
    prefixes = tuple(dict.fromkeys(owners[key] for key in left_over))
    raise UserError(
        f"{count} left over, {left_over[0]} first: {model.name!r} has no layers for them. Build the model with these "
        "layers if the architecture has them (aux_heads=True, include_top=True), or leave the arrays out: "
        f"ignore={prefixes!r}"
    )


def _prefix(key: str) -> str:
    return re.sub("[./](weights?|bias|biases)$", "", key)


def _check_traits(model, form: Form, parts: list[str], layers: Mapping):
    for trait in form.traits:
        if trait.part is not None and trait.part not in parts:
            continue
        if difference := _difference(trait, layers):
            raise UserError(f"the model {model.name!r} is not {form.title}: {difference}; build it with {form.call}")


def _difference(trait: Trait, layers: Mapping) -> str | None:
    if not trait.present:
        return f"it has the layer {trait.layer!r}" if trait.layer in layers else None
    if trait.layer not in layers:
        return f"it has no layer {trait.layer!r}"
    for name, value in trait.settings.items():
        got = getattr(layers[trait.layer], name, None)
        if got != value:
            return f"{trait.layer} has {name} {got}, not {value}"
    return None


# -- layouts -----------------------------------------------------------------------------------------------------------

# The Keras variable's axis for each axis of a checkpoint's array, by number of axes.
AXES = {4: (3, 2, 0, 1), 2: (1, 0), 1: (0,)}


def _check_shape(entry: Entry, layer, form: Form, arrays: Mapping):
    variable = getattr(layer, entry.variable)
    if variable is None:
        raise UserError(f"{entry.layer} has no {entry.variable} to take {entry.key}: build the model with {form.call}")
    expected = tuple(variable.shape[axis] for axis in AXES[len(variable.shape)])
    got = arrays[entry.key].shape
    if got != expected:
        reason = _reason(entry, layer, form, arrays)
        raise UserError(f"{entry.key} has the shape {got}, {entry.layer} takes {expected}: {reason}")


def _reason(entry: Entry, layer, form: Form, arrays: Mapping) -> str:
    classes = class_count(arrays, form)
    if entry in form.head and classes is not None and classes != layer.bias.shape[0]:
        reason = f"the checkpoint has {classes:,} classes, the model {layer.bias.shape[0]:,}"
        if classes == 1001:
            reason += " (TF-slim's checkpoints have a background class 0 before ImageNet's 1,000)"
        return f"{reason}; build the model with classes={classes}, or keep only the rows of the model's classes"
    flattened = _flattened_map(layer)
    if flattened is not None:
        return f"the model flattens a map of {' x '.join(map(str, flattened))}; was it built with another input_shape?"
    return describe(arrays, form.framework)


def _to_keras(array: np.ndarray, layer) -> np.ndarray:
    """The array in Keras's order of axes."""
    if array.ndim == 4:
        return array.transpose(2, 3, 1, 0)
    if array.ndim == 2:
        flattened = _flattened_map(layer)
        if flattened is None:
            return array.T
        height, width, channels = flattened
        return array.reshape(-1, channels, height, width).transpose(2, 3, 1, 0).reshape(-1, len(array))
    return array


def _flattened_map(layer) -> tuple[int, int, int] | None:
    """(height, width, channels) of the flattened map that a dense layer takes, also through dropout; else `None`."""
    if type(layer).__name__ != "Dense":
        return None
    tensor = layer._inbound_nodes[0].input_tensors[0]
    while True:
        operation = tensor._keras_history.operation
        kind = type(operation).__name__
        if kind == "Flatten":
            shape = tuple(operation._inbound_nodes[0].input_tensors[0].shape[1:])
            return shape if len(shape) == 3 else None
        if kind != "Dropout":
            return None
        tensor = operation._inbound_nodes[0].input_tensors[0]
