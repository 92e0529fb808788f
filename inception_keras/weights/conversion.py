"""Converts a checkpoint of another framework into a Keras weights file with a manifest that describes it."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType

from inception_keras.errors import UserError
from inception_keras.io.class_names import check_class_names
from inception_keras.io.keras_weights import weights_content
from inception_keras.io.layer_pairs import CLASSIFIER
from inception_keras.io.manifests import SUFFIX, check_place, manifest_path, sha256
from inception_keras.io.versions import installed_versions
from inception_keras.io.writing import replace_together, workshop, write_synced, written_or_refused
from inception_keras.weights.checkpoints import Checkpoint, read_checkpoint
from inception_keras.weights.forms import Form, Preprocessing
from inception_keras.weights.identification import flat, form_of
from inception_keras.weights.importing import from_caffe, from_slim, from_torch
from inception_keras.weights.preprocessing import constants
from inception_keras.weights.registry import class_count, describe
from inception_keras.weights.slim import without_background
from inception_keras.weights.unsaid import assumptions, find_preprocessing

ASSIGN: Mapping[str, Callable[..., object]] = {"torch": from_torch, "caffe": from_caffe, "slim": from_slim}
AUX_PARTS = {"aux1", "aux2", "loss1", "loss2"}  # GoogLeNet's auxiliary heads, in torchvision's and in Caffe's names


def convert(
    source: str | Path,
    target: str | Path,
    model_name: str | None = None,
    *,
    aux_heads: bool = False,
    classes: int | None = None,
    class_names: Sequence[str] | None = None,
    ema: bool = False,
    head: str | None = None,
    ignore: Sequence[str] = (),
    preprocessing: str | Preprocessing | None = None,
) -> dict:
    """Converts a checkpoint file into `NAME.weights.h5`, with a manifest `NAME.json` beside it.

    Both are written in a temporary folder and then renamed, so that no partial file is left behind, and no moment shows
    the weights beside the manifest of others.

    Args:
        source: A file that `read_checkpoint` reads.
        target: The path to write; it must end in `.weights.h5`.
        model_name: The model of the zoo that the caller expects; `None` accepts any.
        aux_heads: Whether to keep GoogLeNet's auxiliary heads. Otherwise the manifest lists them as left out.
        classes: The number that the caller expects. Required for 1,001, which TF-slim's checkpoints have because of
            their background class 0; of a checkpoint of TF-slim itself, 1,000 drops it.
        class_names: Names for the manifest, one per class.
        ema: Whether to take the moving average (EMA) that the file has beside the weights.
        head: Name of the classifier in the file if it was replaced, such as `"fc.1"`.
        ignore: Key prefixes of arrays that are no part of the network, such as `("criterion",)`.
        preprocessing: How images were prepared, as `preprocess_input` takes it, or with the sizes. Required where the
            file can't tell: for torchvision's GoogLeNet and Inception v3, except their published files.

    Returns:
        The manifest.

    Raises:
        UserError: The checkpoint cannot be read or is not what the arguments ask for, the target cannot be written, or
            `NAME.json` is a file of another kind.
    """
    target = Path(target)
    if not target.name.endswith(SUFFIX):
        raise UserError(f"the file to write must end in {SUFFIX}; got {target.name!r}")
    if not target.parent.is_dir():
        raise UserError(f"there is no folder {target.parent} to write {target.name} in")
    check_place(target)
    if isinstance(ignore, str):
        raise UserError(f"ignore takes several prefixes, such as ({ignore!r},); got {ignore!r}")
    if class_names is not None:
        check_class_names(class_names)
    checkpoint = read_checkpoint(source, ema=ema)
    arrays = flat(checkpoint, head=head, ignore=ignore)
    form, parts = form_of(checkpoint, arrays, head)
    _check_name(model_name, form, checkpoint, arrays)
    if checkpoint.framework == "slim" and classes == 1000 and class_count(arrays, form) == 1001:
        kept_classes = without_background(checkpoint.arrays, tuple(entry.key for entry in form.head))
        checkpoint = replace(checkpoint, arrays=kept_classes)
        arrays = flat(checkpoint, head=head, ignore=ignore)
    classes = _check_classes(classes, class_names, form, checkpoint, arrays)
    sizes_given = isinstance(preprocessing, Preprocessing)
    if not isinstance(preprocessing, Preprocessing):
        preprocessing = find_preprocessing(checkpoint, form, preprocessing)
    kept = tuple(part for part in parts if aux_heads and part in AUX_PARTS)
    if aux_heads and not kept:
        raise UserError(f"{checkpoint.path.name} has no auxiliary heads: convert it without aux_heads")
    ignored = tuple(part for part in parts if part not in kept)

    from inception_keras.graph.without_weights import without_weights
    from inception_keras.zoo import create_model

    options = {**form.options, **({"aux_heads": True} if kept else {})}
    source_facts = {
        "form": form.title,
        "file": checkpoint.path.name,
        "kind": checkpoint.kind,
        "sha256": sha256(checkpoint.path),
        "left_out": [*ignored, *ignore],
        "place": checkpoint.place,
        "moving_average": checkpoint.averaged,
        "other_weights": list(checkpoint.others),
        "assumed": assumptions(checkpoint, form, sizes_given=sizes_given),
    }
    with without_weights():  # all of them are assigned
        model = create_model(form.name, classes=classes, **options)
        ASSIGN[checkpoint.framework](model, checkpoint.arrays, ignore=(*ignored, *ignore), head=head)
        return write_converted(
            model, target, form.name, preprocessing, source_facts, options=options, class_names=class_names
        )


def write_converted(
    model,
    target: Path,
    name: str,
    prepared: Preprocessing,
    source: Mapping[str, object],
    *,
    options: Mapping[str, object] = MappingProxyType({}),
    class_names: Sequence[str] | None = None,
) -> dict:
    """Writes a model's weights and the manifest beside them; returns the manifest.

    Args:
        model: A model with its classifier and the weights to write.
        target: The path, which ends in `.weights.h5`.
        name: The model's name in the zoo.
        prepared: How images are prepared for it.
        source: What is known about the file that the weights are from.
        options: The toggles that it was built with.
        class_names: One per class.
    """
    from inception_keras.zoo import architecture

    manifest = {
        "manifest": 1,
        "name": name,
        "options": dict(options),
        "input_size": architecture(name).input_size,
        "classes": model.get_layer(CLASSIFIER).bias.shape[0],
        "class_names": list(class_names) if class_names is not None else None,
        "preprocessing": json.loads(json.dumps({**asdict(prepared), **constants(prepared.mode)})),  # as JSON reads it
        "source": dict(source),
        "versions": _versions(),
    }
    _write(model, target, manifest)
    return manifest


def _check_name(model_name: str | None, form: Form, checkpoint: Checkpoint, arrays: Mapping):
    from inception_keras.zoo import architecture

    if model_name is not None and architecture(model_name).name != form.name:
        words = describe(arrays, checkpoint.framework)
        raise UserError(f"{checkpoint.path.name} is not of the form {model_name!r}: {words}")


def _check_classes(classes, class_names, form: Form, checkpoint: Checkpoint, arrays: Mapping) -> int:
    found = class_count(arrays, form)
    if found is None:
        raise UserError(f"{checkpoint.path.name}: {form.classifier.key} should be a vector with one value per class")
    if classes is not None and classes != found:
        raise UserError(f"{checkpoint.path.name} has {found:,} classes, not {classes:,}")
    if found == 1001 and classes is None:
        dropped = ", classes=1000 drops it" if checkpoint.framework == "slim" else ""
        raise UserError(
            f"{checkpoint.path.name} has 1,001 classes: TF-slim's checkpoints have a background class 0 before "
            f"ImageNet's 1,000. classes=1001 keeps all of them{dropped}"
        )
    if class_names is not None and len(class_names) != found:
        raise UserError(f"{checkpoint.path.name} has {found:,} classes, but class_names has {len(class_names):,}")
    return found


def _versions() -> Mapping[str, str | None]:
    import keras

    found = installed_versions(("inception_keras", "numpy"))
    return {
        "inception_keras": found.get("inception_keras"),  # None for a checkout that is not installed
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "numpy": found["numpy"],
    }


def _write(model, target: Path, manifest: dict):
    content = weights_content(model)
    manifest["weights"] = {"file": target.name, "sha256": hashlib.sha256(content).hexdigest()}
    described = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    with written_or_refused(target), workshop(target) as folder:
        targets = target, manifest_path(target)
        for path, part in zip(targets, (content, described.encode()), strict=True):
            write_synced(folder / path.name, part)
        replace_together(folder, targets)
