"""Reads TF-slim's checkpoints: variables by name, in TensorFlow's format of 2016 (one file) and of today (`.index`).

A checkpoint holds no graph and no code. TensorFlow reads it.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from inception_keras.errors import UserError, in_one_line
from inception_keras.io.unpacking import check_unpacked

AVERAGE = "/ExponentialMovingAverage"
# What a training keeps beside the weights: its step, and the states of optimizers.
TRAINING = re.compile(r"(^|/)(global_step|(Adam|RMSProp|Momentum|Adagrad|Ftrl)(_\d+)?|beta\d_power)$")


def read_slim(path: Path, *, ema: bool = False) -> dict[str, np.ndarray]:
    """The weights in a checkpoint by their names, in TensorFlow's order of axes.

    Args:
        path: The file, or the `.index` file of a checkpoint in several.
        ema: Whether to take the moving averages that are stored beside the weights.

    Raises:
        UserError: TensorFlow is not installed, the checkpoint is damaged, or it has no moving averages.
    """
    try:
        import tensorflow as tf
    except ImportError:
        raise UserError(
            f"reading {path.name} needs tensorflow, which is not installed: pip install tensorflow"
        ) from None
    prefix = path.with_name(path.name.removesuffix(".index"))
    files = [path, *path.parent.glob(f"{escape(prefix.name)}.data-*")] if prefix != path else [path]
    try:
        with _plainly_named(prefix, files) as plain:
            reader = tf.train.load_checkpoint(str(plain))
            return _variables(reader, path, sum(file.stat().st_size for file in files), ema)
    except UserError:
        raise
    except Exception as error:  # TensorFlow raises errors of many types
        raise UserError(
            f"{path.name} is a TensorFlow checkpoint that is cut short or damaged: {in_one_line(error, most=200)}"
        ) from None


@contextmanager
def _plainly_named(prefix: Path, files: Iterable[Path]) -> Iterator[Path]:
    """The files' common prefix, or that of links to them: TensorFlow takes a name with brackets for a pattern."""
    if escape(str(prefix)) == str(prefix):
        yield prefix
        return
    with TemporaryDirectory() as folder:
        plain = Path(folder) / "model"
        for file in files:
            Path(f"{plain}{file.name.removeprefix(prefix.name)}").symlink_to(file.absolute())
        yield plain


def _variables(reader: Any, path: Path, packed: int, ema: bool) -> dict[str, np.ndarray]:
    shapes, kinds = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
    size = sum(int(np.prod(shape, dtype=object)) * kinds[name].size for name, shape in shapes.items())
    check_unpacked(path.name, size, packed)
    names = [name for name in sorted(shapes) if not TRAINING.search(name)]
    chosen = {name.removesuffix(AVERAGE): name for name in names if name.endswith(AVERAGE) == ema}
    if not chosen:
        raise UserError(f"{path.name} holds no moving average (EMA): drop ema")
    return {name: reader.get_tensor(stored) for name, stored in chosen.items()}


def without_background(arrays: Mapping[str, np.ndarray], classifier: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The arrays without class 0 in those of the classifier; classes are on the last axis."""
    return {key: array[..., 1:] if key in classifier else array for key, array in arrays.items()}


def in_torchs_order(arrays: Mapping[str, np.ndarray], classifiers: Collection[str]) -> dict[str, np.ndarray]:
    """The arrays with torch's order of axes, and those of `classifiers` that are 1x1 convolutions as matrices."""
    return {key: _reordered(array, key in classifiers) for key, array in arrays.items()}


def _reordered(array: np.ndarray, classifier: bool) -> np.ndarray:
    if classifier and array.ndim == 4 and array.shape[:2] == (1, 1):
        array = array[0, 0]
    return array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T
