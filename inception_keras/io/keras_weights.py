"""Keras weights files (`.weights.h5`): lists the layers in a file, and loads it after checking every shape."""

import re
from pathlib import Path
from typing import Any, NamedTuple

from inception_keras.errors import UserError, in_one_line
from inception_keras.io.hdf5 import open_hdf5


class Stored(NamedTuple):
    """A layer in a weights file.

    Attributes:
        name: The layer's own name, or "" if the file does not store it.
        shapes: The shapes of its variables, in Keras's order.
    """

    name: str
    shapes: tuple[tuple[int, ...], ...]


def load_weights(model, path: str | Path):
    """Loads a `.weights.h5` file into a model after checking every shape.

    Raises:
        UserError: The file is missing, cut short, damaged or of another kind; or it belongs to another model. In the
            last case the message names the first layer that differs, and nothing has been assigned.
    """
    path = Path(path)
    stored = read_layers(path)
    expected = {key: Stored(layer.name, shapes_of(layer)) for key, layer in layer_keys(model).items()}
    for key in (*expected, *stored):
        own = expected.get(key, Stored("", ()))
        theirs = stored.get(key, Stored("", ()))
        if own.shapes != theirs.shapes:
            name = own.name or theirs.name or key
            raise UserError(
                f"{path.name} belongs to another model than {model.name!r}: {name} has variables of the shapes "
                f"{_list(own.shapes)} in the model and {_list(theirs.shapes)} in the file"
            )
    try:
        model.load_weights(str(path))
    except Exception as error:  # on damaged files h5py and Keras raise exceptions of many types
        raise UserError(f"{path.name} cannot be loaded into {model.name!r}: {in_one_line(error)}") from error


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
    if not isinstance(variables, h5py.Group) or not all(_is_array(variable) for variable in variables.values()):
        raise ValueError(f"the layer {key} has variables that are not arrays")
    shapes = tuple(tuple(variables[number].shape) for number in sorted(variables, key=int))
    return Stored(str(variables.attrs.get("name", "")), shapes)


def _is_array(variable) -> bool:
    import h5py

    return isinstance(variable, h5py.Dataset) and variable.shape is not None and variable.dtype.kind in "fiub"


def shapes_of(layer) -> tuple[tuple[int, ...], ...]:
    """Shapes of the layer's own variables in Keras's order; excludes random generators' states."""
    return tuple(tuple(v.shape) for v in layer._trainable_variables + layer._non_trainable_variables)


def _list(shapes) -> str:
    return ", ".join(map(str, shapes)) or "(none)"


def _in_words(kind: str) -> str:
    return {"torch": "a torch checkpoint", "safetensors": "a safetensors file", "caffemodel": "a .caffemodel"}.get(
        kind, kind
    )
