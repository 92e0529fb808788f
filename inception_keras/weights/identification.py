"""Identifies the model of the zoo that a weights file belongs to."""

from collections.abc import Callable, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import NamedTuple

from inception_keras.errors import UserError
from inception_keras.io.keras2_weights import read_keras2_layers
from inception_keras.io.keras_weights import layer_keys, read_layers, shapes_of
from inception_keras.io.kinds import KERAS_2, kind_of
from inception_keras.io.layer_pairs import Mismatch, Pairs, Stored, pair_by_name, pair_in_order
from inception_keras.weights.caffe_graph import check_graph
from inception_keras.weights.checkpoints import Checkpoint, read_checkpoint
from inception_keras.weights.forms import Form
from inception_keras.weights.registry import FORMS, class_count, describe, leave_out, recognise, stranger
from inception_keras.weights.replaced_heads import head_hint, name_head


class Identity(NamedTuple):
    """The network that a file belongs to.

    Attributes:
        name: The model's name in the zoo.
        kind: As `kind_of` says.
        classes: Number of classes; `None` for a trunk without its top.
        options: Keywords with which `create_model` builds the file's form.
        parts: Optional parts in the file, such as `aux1`; for Keras files `aux_heads`.
    """

    name: str
    kind: str
    classes: int | None
    options: dict
    parts: tuple[str, ...]


def identify(path: str | Path) -> str:
    """The name of the model of the zoo that a weights file belongs to; raises as `inspect_file`."""
    return inspect_file(path).name


def inspect_file(path: str | Path) -> Identity:
    """Identifies a `.weights.h5`, `.safetensors`, `.pth` or `.caffemodel` file.

    Raises:
        UserError: The file cannot be read, or belongs to no model of the zoo; the message says what it looks like.
    """
    path = Path(path)
    if (kind := kind_of(path)) in ("keras weights", KERAS_2):
        return _inspect_keras(path, kind)
    checkpoint = read_checkpoint(path)
    arrays = flat(checkpoint)
    form, parts = form_of(checkpoint, arrays)
    classes = class_count(arrays, form)
    return Identity(form.name, checkpoint.kind, classes, dict(form.options), parts)


def flat(checkpoint: Checkpoint, *, head: str | None = None, ignore: Sequence[str] = ()) -> dict:
    """The arrays by the keys that the tables of names use.

    Args:
        checkpoint: A file's arrays.
        head: Name of the classifier if it was replaced; it gets the published one's.
        ignore: Key prefixes of arrays to leave out.

    Raises:
        UserError: `head` or a prefix fits no array.
    """
    arrays = dict(checkpoint.arrays)
    if checkpoint.framework == "caffe":
        arrays = {
            f"{layer}/{part}": array
            for layer, pair in checkpoint.arrays.items()
            for part, array in zip(("weight", "bias"), pair, strict=True)
        }
    if head is not None:
        arrays = name_head(arrays, head, checkpoint.framework, checkpoint.path.name)
    return leave_out(arrays, ignore)


def form_of(checkpoint: Checkpoint, arrays: Mapping, head: str | None = None) -> tuple[Form, tuple[str, ...]]:
    """The form that has exactly the keys of a checkpoint's `arrays`, as `flat` gives them, and their optional parts.

    Raises:
        UserError: There is no such form; the message says what the arrays look like, and the first that is missing or
            left over. Or the file holds the graph of another network with the form's names.
    """
    match = recognise(arrays, checkpoint.framework)
    if match is not None and match.exact:
        check_graph(checkpoint.arrays, match.form, checkpoint.path.name, head)
        return match.form, match.parts
    name, words = checkpoint.path.name, describe(arrays, checkpoint.framework)
    if match is None or stranger(arrays, checkpoint.framework):
        raise UserError(f"{name} fits no model of the zoo: {words}")
    if match.missing:
        hint = head_hint(arrays, match.form, match.missing, match.left_over)
        raise UserError(f"{name}: {words}, but {_several(match.missing)} missing, {match.missing[0]} first{hint}")
    parts = " ".join(f"--ignore {part}" for part in dict.fromkeys(key.partition(".")[0] for key in match.left_over))
    raise UserError(
        f"{name}: {words}, but {_several(match.left_over)} left over, {match.left_over[0]} first. If they are no part "
        f"of the network, as a loss is none: {parts}"
    )


def _several(keys: Sequence[str]) -> str:
    return f"{len(keys)} arrays are" if len(keys) > 1 else "1 array is"


# -- Keras's files -----------------------------------------------------------------------------------------------------


def _inspect_keras(path: Path, kind: str) -> Identity:
    """By the manifest; without one by the parameter count, then by comparing all shapes with the built models."""
    from inception_keras.io.manifests import read_manifest
    from inception_keras.zoo import ARCHITECTURES, create_model

    layers = read_keras2_layers(path) if kind == KERAS_2 else read_layers(path)
    manifest = read_manifest(path)
    if manifest is not None:  # `read_manifest` has compared its checksum
        parts = ("aux_heads",) if manifest["options"].get("aux_heads") else ()
        return Identity(manifest["name"], kind, manifest["classes"], dict(manifest["options"]), parts)
    auxiliary = {key for key, layer in layers.items() if layer.name.startswith("aux_")}
    main = {key: layer for key, layer in layers.items() if key not in auxiliary}
    params = sum(_trainable(key, layer) for key, layer in main.items())
    best: tuple[int, Identity] | None = None
    for entry, variant, counted in _candidates(ARCHITECTURES.values(), main, params):
        for classes, include_top in _tops(entry, main, counted):
            options = {**variant, **({"aux_heads": True} if auxiliary else {})}
            try:
                arguments = {"classes": classes} if include_top else {"include_top": False}
                model = create_model(entry.name, **arguments, **options)
            except UserError:  # this architecture has no auxiliary heads
                continue
            agreeing = _agreement(model, layers, pair_in_order if kind == KERAS_2 else pair_by_name)
            parts = ("aux_heads",) if auxiliary else ()
            identity = Identity(entry.name, kind, classes if include_top else None, options, parts)
            if agreeing is not None and (best is None or agreeing > best[0]):
                best = agreeing, identity
    if best is not None:
        return best[1]
    kinds = [key.rsplit("_", 1)[0] if key[-1].isdigit() and "_" in key else key for key in main]
    convolutions, norms = kinds.count("conv2d"), kinds.count("batch_normalization")
    raise UserError(
        f"{path.name} fits no model of the zoo in its published form: it has {convolutions} convolutions, "
        f"{kinds.count('dense')} dense layers and {norms} batch normalisations with {params:,} parameters in total"
    )


def _candidates(entries, layers: dict[str, Stored], params: int):
    """Yields (entry, options, parameters to compare with the entry's).

    These are the zoo's models, and the forms that add a gamma to batch normalisation; gammas are not counted for them.
    """
    gammas = sum(
        prod(layer.shapes[0])
        for key, layer in layers.items()
        if key.startswith("batch_norm") and len(layer.shapes) == 4
    )
    for entry in entries:
        yield entry, {}, params
        for form in FORMS:
            if form.name == entry.name and form.options.get("batch_scale"):
                yield entry, dict(form.options), params - gammas


def _trainable(key: str, layer: Stored) -> int:
    """Parameters of a layer without its statistics, the last two vectors of batch normalisation."""
    if key.startswith("normalization"):
        return 0
    batch = key.startswith("batch_normalization") or [len(shape) for shape in layer.shapes] in ([1] * 3, [1] * 4)
    shapes = layer.shapes[:-2] if batch else layer.shapes
    return sum(prod(shape) for shape in shapes)


def _tops(entry, layers: dict[str, Stored], params: int):
    """Yields every (classes, include_top) with which the entry has `params` parameters."""
    if params == entry.params_no_top:
        yield None, False
    seen = set()
    for layer in layers.values():
        if len(layer.shapes) == 2 and len(layer.shapes[0]) in (2, 4) and len(layer.shapes[1]) == 1:
            *inputs, classes = layer.shapes[0]
            if classes not in seen and params + (1000 - classes) * (prod(inputs) + 1) == entry.params:
                seen.add(classes)
                yield classes, True


def _agreement(model, layers: dict[str, Stored], pair: Callable[..., Pairs]) -> int | None:
    """Layers with the same name in the file, less those that only one of both has; `None` if any shape differs."""
    keys = layer_keys(model)
    own = {key: shapes for key, layer in keys.items() if (shapes := shapes_of(layer))}
    if own == {key: layer.shapes for key, layer in layers.items() if layer.shapes}:
        same = sum(key in layers and layer.name == layers[key].name for key, layer in keys.items())
        return same - len(keys.keys() ^ layers.keys())
    try:
        pairs = pair({keys[key].name: shapes for key, shapes in own.items()}, layers, "load", None)
    except Mismatch:
        return None
    return sum(name == layers[key].name for name, key in pairs.keys.items())
