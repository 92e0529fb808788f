"""Which layer of a weights file goes to which layer of a model, if the file is not exactly the model's.

Pure bookkeeping on names and shapes: nothing is read or assigned here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from inception_keras.errors import UserError

Shapes = tuple[tuple[int, ...], ...]
Head = Literal["load", "skip", "fit"]
HEADS = ("load", "skip", "fit")
CHANNELS = (None, "sum", "repeat")
CLASSIFIER = "head_classifier"
# Layers that follow the trunk, in the models of Keras Applications.
KERAS_HEADS = ("predictions", "conv_preds", "logits", "fc1", "fc2")


class Stored(NamedTuple):
    """A layer in a weights file.

    Attributes:
        name: The layer's own name, or "" if the file does not store it.
        shapes: The shapes of its variables, in Keras's order.
    """

    name: str
    shapes: Shapes


class Pairs(NamedTuple):
    """The layers to load, and the others.

    Attributes:
        keys: For each layer of the model that is loaded, by name: the file's key of its layer.
        left_out: Names of the file's layers that are not loaded.
        fresh: Names of the model's layers that keep their initial values.
    """

    keys: dict[str, str]
    left_out: tuple[str, ...]
    fresh: tuple[str, ...]


def is_head(name: str) -> bool:
    """Whether a layer follows the trunk."""
    return name.startswith("head_") or name in KERAS_HEADS


def is_auxiliary(name: str) -> bool:
    """Whether a layer belongs to an auxiliary classifier."""
    return name.startswith("aux_")


def is_classifier(name: str) -> bool:
    """Whether a layer gives the classes: the last one of the network or of an auxiliary head."""
    return name == CLASSIFIER or (is_auxiliary(name) and name.endswith("_classifier"))


def pair_by_name(own: Mapping[str, Shapes], stored: Mapping[str, Stored], head: Head, first: str | None) -> Pairs:
    """Pairs layers of the same name.

    A dense layer also takes a 1x1 convolution on a pooled map, which computes the same product: so Keras Applications
    builds MobileNet's head.

    Args:
        own: The model's layers with variables: name -> shapes.
        stored: The file's layers by its keys.
        head: See `load_weights`.
        first: Name of the model's first convolution if its channels may differ, else `None`.

    Raises:
        UserError: A layer that is no head has no counterpart, or one of other shapes; it is named.
    """
    by_name = {layer.name: key for key, layer in stored.items() if layer.shapes}
    keys = {name: by_name[name] for name in own if name in by_name}
    lacking = [name for name in own if name not in keys]
    surplus = [name for name in by_name if name not in own]
    convolutions = [name for name in surplus if _is_pointwise(stored[by_name[name]].shapes)]
    for name in [name for name in lacking if is_head(name)]:
        if convolutions and _squeezed(own[name]) == _squeezed(stored[by_name[convolutions[0]]].shapes):
            keys[name] = by_name[convolutions[0]]
            surplus.remove(convolutions.pop(0))
            lacking.remove(name)
    return _checked(own, stored, keys, lacking, surplus, head, first)


def pair_in_order(own: Mapping[str, Shapes], stored: Mapping[str, Stored], head: Head, first: str | None) -> Pairs:
    """Pairs the layers with variables in their order, as Keras 2's files without this package's names need.

    Arguments and errors are those of `pair_by_name`.
    """
    theirs = [key for key, layer in stored.items() if layer.shapes]
    names = list(own)
    if not any(is_head(name) for name in names):
        surplus = [key for key in theirs if is_head(stored[key].name)]
        theirs = [key for key in theirs if key not in surplus]
    else:
        surplus = []
    keys = dict(zip(names, theirs, strict=False))
    lacking = names[len(theirs) :]
    surplus = [stored[key].name for key in (*theirs[len(names) :], *surplus)]
    return _checked(own, stored, keys, lacking, surplus, head, first)


def _checked(
    own: Mapping[str, Shapes],
    stored: Mapping[str, Stored],
    keys: dict[str, str],
    lacking: Sequence[str],
    surplus: Sequence[str],
    head: Head,
    first: str | None,
) -> Pairs:
    whole = any(is_head(name) for name in own)
    fresh: list[str] = []
    for name in own:
        theirs = stored[keys[name]].shapes if name in keys else ()
        if head == "skip" and (is_head(name) or (is_auxiliary(name) and name not in keys)):
            fresh.append(name)
        elif _squeezed(own[name]) != _squeezed(theirs) and not (
            name == first and _differ_in_channels(own[name], theirs)
        ):
            if head == "fit" and is_classifier(name) and _differ_in_classes(own[name], theirs):
                fresh.append(name)
            else:
                raise Mismatch(name, own[name], theirs)
    left_out = [name for name in surplus if is_auxiliary(name) or (is_head(name) and (head != "load" and not whole))]
    for name in surplus:
        if name not in left_out and not (head == "skip" and is_head(name)):
            theirs = next(layer.shapes for layer in stored.values() if layer.name == name)
            raise Mismatch(name, (), theirs)
    left_out += [stored[keys[name]].name for name in fresh if name in keys]
    left_out += [name for name in surplus if name not in left_out]
    return Pairs({name: key for name, key in keys.items() if name not in fresh}, tuple(left_out), tuple(fresh))


class Mismatch(UserError):
    """A layer whose shapes differ in the model and in the file; `()` where there is no such layer."""

    def __init__(self, name: str, own: Shapes, theirs: Shapes):
        super().__init__(
            f"{name} has variables of the shapes {_list(own)} in the model and {_list(theirs)} in the file"
        )
        self.layer, self.own, self.theirs = name, own, theirs
        self.in_inputs = bool(own and theirs) and _differ_in_inputs(own, theirs)
        self.in_channels = bool(own and theirs) and _differ_in_channels(own, theirs)


def _list(shapes: Any) -> str:
    return ", ".join(map(str, shapes)) or "(none)"


def _squeezed(shapes: Shapes) -> list[tuple[int, ...]]:
    """Shapes of kernels without the axes of a 1x1 patch before channels; `(1, 1, 8, 3)` is `(8, 3)`."""
    return [shape[2:] if len(shape) == 4 and shape[:2] == (1, 1) else shape for shape in shapes]


def _is_pointwise(shapes: Shapes) -> bool:
    return len(shapes) == 2 and len(shapes[0]) == 4 and shapes[0][:2] == (1, 1)


def _differ_in_channels(own: Shapes, theirs: Shapes) -> bool:
    """Whether two convolutions differ in the number of input channels alone."""
    if not theirs or len(own[0]) != 4 or len(theirs[0]) != 4 or own[1:] != theirs[1:]:
        return False
    return own[0][:2] == theirs[0][:2] and own[0][3] == theirs[0][3]


def _differ_in_inputs(own: Shapes, theirs: Shapes) -> bool:
    """Whether two dense layers differ in the number of inputs alone."""
    return len(own[0]) == len(theirs[0]) == 2 and own[0][1] == theirs[0][1] and own[1:] == theirs[1:]


def _differ_in_classes(own: Shapes, theirs: Shapes) -> bool:
    return len(own) == len(theirs) == 2 and _squeezed(own)[0][:-1] == _squeezed(theirs)[0][:-1]
