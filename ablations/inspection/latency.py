"""How long engines take for a batch: alternating rounds, so that what disturbs the machine disturbs all of them."""

import os
import time
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

Key = TypeVar("Key")

LEAST_SECONDS = 0.05  # of calls a round
LEAST_CALLS = 3


def pin(threads: int | None) -> int:
    """Keeps this process, and every library that it loads afterwards, on so many cores; returns how many.

    Libraries count the cores that they may use when they start: to be called before a framework is loaded.
    """
    if not hasattr(os, "sched_setaffinity"):  # macOS
        return threads or os.cpu_count() or 1
    cores = sorted(os.sched_getaffinity(0))
    count = min(threads or len(cores), len(cores))
    os.sched_setaffinity(0, cores[:count])
    return count


def measure_latency(
    engines: Mapping[Key, Any], images: np.ndarray, rounds: int, seed: int = 0
) -> dict[Key, np.ndarray]:
    """Seconds for one batch by engine, each `(rounds,)`: the median over the calls of a round.

    Args:
        engines: By any key, each with `predict_on_batch`.
        images: The batch, float32 `(batch, height, width, channels)`.
        rounds: In each of them every engine has a turn, in an order drawn anew.
        seed: Of the orders.
    """
    rng = np.random.default_rng(seed)
    keys = list(engines)
    times = {key: np.empty(rounds) for key in keys}
    for key in keys:
        engines[key].predict_on_batch(images)  # graphs are traced and memory is planned
    for turn in range(rounds):
        for place in rng.permutation(len(keys)):
            times[keys[place]][turn] = _median(engines[keys[place]], images)
    return times


def _median(engine, images: np.ndarray) -> float:
    engine.predict_on_batch(images)  # the caches are another engine's
    taken: list[float] = []
    while len(taken) < LEAST_CALLS or sum(taken) < LEAST_SECONDS:
        begun = time.perf_counter()
        engine.predict_on_batch(images)
        taken.append(time.perf_counter() - begun)
    return float(np.median(taken))
