"""Exports a model to a file, which is kept only if its engine gives the model's outputs."""

import json
import shutil
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np

from inception_keras.backend import stderr_held_back
from inception_keras.errors import UserError, in_one_line
from inception_keras.export.engines import Engine, load_engine
from inception_keras.export.formats import Format, check_backend, find_format
from inception_keras.export.parity import LIMIT, Parity, compare_outputs
from inception_keras.io.versions import installed_versions
from inception_keras.io.writing import replace_together, workshop, write_synced, written_or_refused

BATCH = 32
FULL = ("No space left", "File too large", "quota exceeded")  # in the messages of all systems
NO_ROOM = 2**16  # bytes; some converters end without an error and leave part of a file
PACKAGES = ("keras", "tensorflow", "tf2onnx", "onnx", "onnxruntime", "ai-edge-litert", "openvino", "numpy")


class Disagreement(RuntimeError):
    """An exported file computes something other than the model; it was not kept."""


def export_model(
    model,
    target: str | Path,
    to: str,
    images: np.ndarray,
    *,
    limit: float = LIMIT,
    fold: bool = False,
    overwrite: bool = False,
    notes: Mapping | None = None,
) -> Parity:
    """Exports `model`'s main output to `target`, and writes its parity and origin to `TARGET.export.json`.

    Args:
        model: A functional model in float32, in Keras on TensorFlow.
        target: The file to write, or the folder for a SavedModel.
        to: A name of `FORMATS`.
        images: Prepared for the model, float32 `(n, height, width, channels)`, two or more. The first runs alone and
            the others in batches of up to 32.
        limit: Greatest difference of an output that passes.
        fold: See `portable_model`.
        overwrite: Whether to replace an existing file.
        notes: Further entries of the description, such as how images are prepared and the classes.

    Raises:
        UserError: The format is unknown, packages are missing, the backend is another, the model can't be converted or
            the engine can't run it, its main output is not `(n, classes)` or features, or the target exists or can't be
            written.
        Disagreement: The outputs differ by more than the limit, or an image gets another top-1 class that is not
            tied with Keras's. No file is written.
    """
    from inception_keras.export.networks import check_comparable

    form, target = find_format(to), Path(target)
    check_target(target, form, overwrite)
    if not limit > 0:
        raise UserError(f"the limit must be above 0; got {limit}")
    check_backend()
    check_comparable(model)
    with written_or_refused(target), workshop(target) as folder:
        with stderr_held_back(UserError), _full_disk_reported(target, folder):
            convert(model, folder / target.name, to, fold=fold)
            with _reported(f"{form.engine} can't run what {model.name} was converted to"):
                engine = load_engine(folder / target.name, to)
            parity = check_parity(model, engine, images, limit, form.engine)
        if not parity:
            raise Disagreement(f"{target} was not kept, because its outputs differ from Keras's: {parity}")
        description = {
            "export": 1,
            "format": to,
            "model": model.name,
            "input_shape": list(model.input.shape[1:]),
            "output": "logits" if _puts_out_logits(model) else "probabilities",
            "parity": asdict(parity),
            **(notes or {}),
            "versions": installed_versions(PACKAGES),
        }
        beside = folder / _description(target)
        write_synced(beside, (json.dumps(description, indent=2, ensure_ascii=False) + "\n").encode())
        replace_together(folder, _parts(target))
    return parity


def convert(model, path: Path, to: str, *, fold: bool = False, **options):
    """Writes `model`'s main output to `path` without checking its outputs.

    Args:
        model, to, fold: As for `export_model`.
        path: The path to write; it must end in the format's suffix.
        options: For TensorFlow's LiteRT converter: `optimizations`, `target_spec`, `representative_dataset`.

    Raises:
        UserError: The format is unknown, packages are missing, the backend is another, or the model can't be converted.
        OSError: The file can't be written.
    """
    from inception_keras.export.networks import portable_model

    check_backend()
    form = find_format(to)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the converters warn about NumPy and about each other
        network = portable_model(model, fold)
        with _reported(f"{model.name} can't be converted to {form.name}"):
            network.export(str(path), format=form.keras_name, verbose=False, **options)


def check_parity(model, engine: Engine, images: np.ndarray, limit: float = LIMIT, name: str = "the engine") -> Parity:
    """Compares an engine's outputs with the Keras model's, on images `(n, height, width, channels)`.

    Raises:
        UserError: There are fewer than two images, or the engine can't run the model; the message calls it `name`.
    """
    from inception_keras.graph.inference import inference_model

    if len(images) < 2:
        raise UserError(f"parity needs two images or more, so that there is more than one batch; got {len(images)}")
    expected = _outputs(inference_model(model), images)
    with _reported(f"{name} can't run {model.name}"):
        got = _outputs(engine, images)
    return compare_outputs(expected, got, limit)


def check_target(target: Path, form: Format, overwrite: bool):
    """Raises `UserError` if `target` has the wrong suffix, exists already, or can't be written."""
    if form.suffix and target.suffix != form.suffix:
        raise UserError(f"a file of the format {form.name} ends in {form.suffix}; got {target.name!r}")
    if not target.absolute().parent.is_dir():
        raise UserError(f"there is no folder {target.parent} to write {target.name} in")
    if not overwrite and (there := next((path for path in _parts(target) if path.exists()), None)):
        raise UserError(f"{there} exists already: give another --out, or --overwrite")
    if form.suffix and target.is_dir():
        raise UserError(f"{target} is a folder: give the path of a file")


def _outputs(engine: Engine, images: np.ndarray) -> np.ndarray:
    """Runs the first image alone and the others in batches: engines plan for a batch size, and all must agree."""
    batches = [images[:1], *(images[start : start + BATCH] for start in range(1, len(images), BATCH))]
    return np.concatenate([np.asarray(engine.predict_on_batch(batch)) for batch in batches])


def _parts(target: Path) -> list[Path]:
    """The paths that make up an exported model; OpenVINO stores the weights beside the graph."""
    weights = [target.with_suffix(".bin")] if target.suffix == ".xml" else []
    return [*weights, target, target.with_name(_description(target))]


def _description(target: Path) -> str:
    """The description's file name; `NAME.json` is already the manifest of `NAME.weights.h5`."""
    return f"{target.name}.export.json"


@contextmanager
def _reported(words: str) -> Iterator[None]:
    """Turns what a converter or an engine raises, each another type, into a UserError of one line."""
    try:
        yield
    except (UserError, OSError):
        raise
    except Exception as error:
        raise UserError(f"{words}: {in_one_line(error)}") from error


@contextmanager
def _full_disk_reported(target: Path, folder: Path) -> Iterator[None]:
    """Turns what converters and engines raise on a full disk, each another type, into a UserError of one line."""
    try:
        yield
    except Exception as error:
        if any(words in str(error) for words in FULL) or shutil.disk_usage(folder).free < NO_ROOM:
            raise UserError(f"{target} cannot be written, the disk is full: {in_one_line(error, most=120)}") from None
        raise


def _puts_out_logits(model) -> bool:
    output = model.output["main"] if isinstance(model.output, dict) else model.output
    activation = getattr(output._keras_history.operation, "activation", None)
    return getattr(activation, "__name__", "linear") == "linear"
