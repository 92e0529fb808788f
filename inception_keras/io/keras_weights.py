"""Keras's own weights files (`.weights.h5`): what is in one, and loading one after every shape is checked."""

import re
from pathlib import Path
from typing import Any, NamedTuple

from inception_keras.errors import UserError, first_line


class Stored(NamedTuple):
    """A layer in a file.

    Attributes:
        name: The layer's own name, or "" where the file does not say.
        shapes: Of its variables, in Keras's order.
    """

    name: str
    shapes: tuple[tuple[int, ...], ...]


def load_weights(model, path: str | Path):
    """Loads a `.weights.h5` file, after a check of every shape.

    Raises:
        UserError: There is no such file; it is cut short, damaged or something else; or it belongs to another model:
            the message names the first layer that differs. Nothing has been assigned then.
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
    except Exception as error:  # h5py and Keras raise of many kinds on damaged files
        raise UserError(f"{path.name} cannot be loaded into {model.name!r}: {first_line(error)}") from error


def read_layers(path: str | Path) -> dict[str, Stored]:
    """Every layer in a `.weights.h5` file, in Keras's numbering (`conv2d`, `conv2d_1`, ...).

    Raises:
        UserError: The file is no weights file of Keras 3.
    """
    import h5py

    from inception_keras.io.kinds import kind_of

    path = Path(path)
    kind = kind_of(path)
    if kind != "keras weights":
        raise UserError(f"{path.name} is no .weights.h5 file of Keras: it looks like {_in_words(kind)}")
    try:
        with h5py.File(path, "r") as file:
            return {key: _stored(group) for key, group in file.get("layers", {}).items()}
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise UserError(f"{path.name} is a weights file that is cut short or damaged: {error}") from error


def layer_keys(model) -> dict[str, Any]:
    """The model's layers under the keys that a weights file has for them: the class's name, numbered."""
    keys: dict[str, Any] = {}
    counts: dict[str, int] = {}
    for layer in model.layers:
        base = _snake_case(type(layer).__name__)
        counts[base] = counts.get(base, -1) + 1
        keys[f"{base}_{counts[base]}" if counts[base] else base] = layer
    return keys


def _snake_case(name: str) -> str:
    """Keras's own spelling: `Conv2D` is `conv2d`, `GlobalAveragePooling2D` is `global_average_pooling2d`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _stored(group) -> Stored:
    if "vars" not in group:
        return Stored("", ())
    variables = group["vars"]
    shapes = tuple(tuple(variables[key].shape) for key in sorted(variables, key=int))
    return Stored(str(variables.attrs.get("name", "")), shapes)


def shapes_of(layer) -> tuple[tuple[int, ...], ...]:
    """Of the layer's own variables in the order in which Keras stores them; states of random generators are apart."""
    return tuple(tuple(v.shape) for v in layer._trainable_variables + layer._non_trainable_variables)


def _list(shapes) -> str:
    return ", ".join(map(str, shapes)) or "(none)"


def _in_words(kind: str) -> str:
    return {"torch": "a torch checkpoint", "safetensors": "a safetensors file", "caffemodel": "a .caffemodel"}.get(
        kind, kind
    )
