"""Gives a head that was replaced for another task the names of the published one."""

from collections.abc import Mapping
from typing import Any

from inception_keras.errors import UserError
from inception_keras.weights.forms import Form
from inception_keras.weights.registry import recognise


def name_head(arrays: Mapping[str, Any], head: str, framework: str, file: str) -> dict[str, Any]:
    """The arrays with the layer `head` under the name that the classifier has in their form.

    Args:
        arrays: Key -> array, as the tables of names have them.
        head: Name of the layer, such as `fc.1` of `nn.Sequential(nn.Dropout(), nn.Linear(...))`; a prefix that was
            removed from the keys may still stand before it.
        framework: As in `Form`.
        file: What messages call the arrays.

    Raises:
        UserError: There is no such layer, it has other arrays than a weight and a bias, or the published head is there.
    """
    separator, parts = _naming(framework)
    layer = head.strip(separator)
    while separator == "." and layer and not _keys(arrays, layer, separator) and "." in layer:
        layer = layer.partition(".")[2]
    own = _keys(arrays, layer, separator)
    if not own:
        last = ", ".join(list(arrays)[-2:])
        raise UserError(f"{file} has no arrays of a layer {head!r} for the head: its last ones are {last}")
    if sorted(own) != sorted(f"{layer}{separator}{part}" for part in parts):
        raise UserError(f"{file}: a head is one layer with a weight and a bias; {head!r} has {', '.join(own)}")
    rest = {key: array for key, array in arrays.items() if key not in own}
    match = recognise(rest, framework)
    if match is None:
        return dict(arrays)  # of no network of the zoo: the caller says so
    named = {entry.key: entry.key.rpartition(separator)[2] for entry in match.form.head}
    if both := next((key for key in named if key in rest), None):
        raise UserError(f"{file} has the published head too, {both}: drop head={head!r}, or leave one of both out")
    return {**rest, **{key: arrays[f"{layer}{separator}{part}"] for key, part in named.items()}}


def head_hint(arrays: Mapping[str, Any], form: Form, missing: tuple[str, ...], left_over: tuple[str, ...]) -> str:
    """What to type if only the head differs from the form's, for messages; else an empty text."""
    if not missing or not set(missing) <= {entry.key for entry in form.head}:
        return ""
    separator, _ = _naming(form.framework)
    layers = [key.rpartition(separator)[0] for key in left_over if _is_dense(arrays[key], form.framework)]
    return f". If its head was replaced: --head {layers[-1]} (head={layers[-1]!r} in Python)" if layers else ""


def _is_dense(array: Any, framework: str) -> bool:
    """Whether an array may be a classifier's kernel, which slim has as a 1x1 convolution too; in any order of axes."""
    shape = getattr(array, "shape", ())
    return len(shape) == 2 or (framework == "slim" and len(shape) == 4 and (1, 1) in (shape[:2], shape[2:]))


def _naming(framework: str) -> tuple[str, tuple[str, str]]:
    """What stands between a layer and its arrays in a framework's names, and what these are called."""
    return "." if framework == "torch" else "/", ("weights", "biases") if framework == "slim" else ("weight", "bias")


def _keys(arrays: Mapping[str, Any], layer: str, separator: str) -> list[str]:
    return [key for key in arrays if key.startswith(f"{layer}{separator}")]
