"""Reads TF-slim's checkpoints: variables by name, in TensorFlow's format of 2016 (one file) and of today (`.index`).

A checkpoint holds no graph and no code. TensorFlow reads it.
"""

import re
from collections.abc import Mapping
from pathlib import Path

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
    files = [path, *path.parent.glob(f"{prefix.name}.data-*")] if prefix != path else [path]
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        shapes, kinds = reader.get_variable_to_shape_map(), reader.get_variable_to_dtype_map()
        size = sum(int(np.prod(shape, dtype=object)) * kinds[name].size for name, shape in shapes.items())
        check_unpacked(path.name, size, sum(file.stat().st_size for file in files))
        names = [name for name in sorted(shapes) if not TRAINING.search(name)]
        chosen = {name.removesuffix(AVERAGE): name for name in names if name.endswith(AVERAGE) == ema}
        if not chosen:
            raise UserError(f"{path.name} holds no moving average (EMA): drop ema")
        return {name: reader.get_tensor(stored) for name, stored in chosen.items()}
    except UserError:
        raise
    except Exception as error:  # TensorFlow raises errors of many types
        raise UserError(
            f"{path.name} is a TensorFlow checkpoint that is cut short or damaged: {in_one_line(error, most=200)}"
        ) from None


def without_background(arrays: Mapping[str, np.ndarray], classifier: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The arrays without class 0 in those of the classifier; classes are on the last axis."""
    return {key: array[..., 1:] if key in classifier else array for key, array in arrays.items()}


def in_torchs_order(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays with torch's order of axes, and a classifier that is a 1x1 convolution as a matrix."""
    return {key: _reordered(key, array) for key, array in arrays.items()}


def _reordered(key: str, array: np.ndarray) -> np.ndarray:
    if "/Logits/" in key and array.ndim == 4 and array.shape[:2] == (1, 1):
        array = array[0, 0]
    return array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T
