"""Quantises a trained network to int8 without retraining, and measures what that costs in accuracy."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

from ablations.data.augmentation import Augmentation
from ablations.data.batches import training_batches
from ablations.data.datasets import Dataset
from ablations.statistics.bootstrap import Interval, crossed_interval
from ablations.study import Study

CALIBRATION = 256  # images
PRECISIONS = ("float32", "float16", "int8")


def calibration_images(study: Study, data: Dataset) -> np.ndarray:
    """Training images, augmented as in a trial's first epoch, float32 `(n, height, width, channels)`."""
    count = min(CALIBRATION, len(data.train))
    batches = training_batches(data.train, count, seed=0, epoch=0, augmentation=Augmentation.of(study.recipe))
    return next(iter(batches))[0]


def write_litert(model, path: Path, precision: str, calibration: np.ndarray):
    """Writes a LiteRT file in one of `PRECISIONS`; its input (images) and output (logits) are always float32.

    In float16 only the weights are stored in that precision. In int8 weights and activations are integers, scaled by
    the ranges that the calibration images give; what LiteRT can't do in int8 (the square in LRN) stays in float32.
    """
    import tensorflow as tf

    from inception_keras.export import convert

    options: dict[str, Any] = {}
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
    """The 95% interval of the change in accuracy between answers to the same images, bool `(seeds, images)`.

    The change is from -1 to 1. The interval of one seed is over images. That of several is over seeds and images, and
    never narrower than the mean interval of a single seed: if int8 changes only a few answers of each seed, the
    bootstrap alone would have no width.
    """
    single = np.mean([_over_images(*pair) for pair in zip(before, after, strict=True)], axis=0)
    if len(before) < 2:
        return Interval(*single.tolist())
    both = crossed_interval(before, after)
    return Interval(float(min(both.low, single[0])), float(max(both.high, single[1])))


def _over_images(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Wald's interval with half an image added to each cell (Agresti and Min, Statistics in Medicine 24, 2005)."""
    n, lost, won = first.size + 2, (first & ~second).sum() + 0.5, (~first & second).sum() + 0.5
    change = (won - lost) / n
    reach = float(special.ndtri(0.975)) * math.sqrt((won + lost) / n - change**2) / math.sqrt(n)
    return change - reach, change + reach
