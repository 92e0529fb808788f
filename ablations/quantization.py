"""A trained network in int8, without training it again, and what that costs in accuracy."""

import math
from pathlib import Path

import numpy as np
from scipy import stats

from ablations.batches import training_batches
from ablations.crossed import Interval, crossed_interval
from ablations.datasets import Dataset
from ablations.study import Study

CALIBRATION = 256  # images
PRECISIONS = ("float32", "float16", "int8")


def calibration_images(study: Study, data: Dataset) -> np.ndarray:
    """Training images as a trial sees them in its first batches, float32 `(n, height, width, channels)`."""
    count = min(CALIBRATION, len(data.train))
    batches = training_batches(data.train, count, seed=0, epoch=0, augmentation=study.recipe.augmentation)
    return next(iter(batches))[0]


def write_litert(model, path: Path, precision: str, calibration: np.ndarray):
    """Writes a LiteRT file in one of `PRECISIONS`; images go in and logits come out in float32 in all of them.

    In float16 the weights alone are stored so; in int8 weights and activations are integers, scaled by the ranges that
    the calibration images give. What LiteRT can't do in int8 (the square in LRN) stays in float32.
    """
    import tensorflow as tf

    from inception_keras.export import convert

    options = {}
    if precision == "float16":
        options = {"optimizations": [tf.lite.Optimize.DEFAULT], "target_spec": {"supported_types": [tf.float16]}}
    elif precision == "int8":
        operations = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.lite.OpsSet.TFLITE_BUILTINS]
        options = {
            "optimizations": [tf.lite.Optimize.DEFAULT],
            "target_spec": {"supported_ops": operations},
            "representative_dataset": lambda: ([image[None]] for image in calibration),
        }
    convert(model, path, "litert", **options)


def change_interval(before: np.ndarray, after: np.ndarray) -> Interval:
    """The 95% interval of the mean change of answers to the same images, bool `(seeds, images)`, from -1 to 1.

    Of several seeds over other seeds and other images. Of one seed over other images: Wald's with half an image added
    to each cell of the table (Agresti and Min, Statistics in Medicine 24, 2005), which keeps a width where no answer
    changed.
    """
    if len(before) > 1 and (before != after).any():
        return crossed_interval(before, after)
    first, second = before[0], after[0]
    n, lost, won = first.size + 2, (first & ~second).sum() + 0.5, (~first & second).sum() + 0.5
    change = (won - lost) / n
    reach = float(stats.norm.ppf(0.975)) * math.sqrt((won + lost) / n - change**2) / math.sqrt(n)
    return Interval(float(change - reach), float(change + reach))
