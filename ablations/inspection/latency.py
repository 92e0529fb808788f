"""Latency of engines, timed in alternating rounds: a disturbance of the machine affects all of them."""

import os
import time
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

Key = TypeVar("Key")

LEAST_SECONDS = 0.05  # of calls per round and engine
LEAST_CALLS = 3


def pin(threads: int | None) -> int:
    """Pins this process, and every library that it loads afterwards, to `threads` cores; returns their number.

    Call it before a framework is loaded: libraries count the cores that they may use when they start.
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
    """Seconds per batch by engine, each `(rounds,)`: the median over the calls of a round.

    Args:
        engines: Objects with `predict_on_batch`, by any key.
        images: The batch, float32 `(batch, height, width, channels)`.
        rounds: Each round times every engine once, in a new random order.
        seed: Seed of these orders.
    """
    rng = np.random.default_rng(seed)
    keys = list(engines)
    times = {key: np.empty(rounds) for key in keys}
    for key in keys:
        engines[key].predict_on_batch(images)  # traces the graph and allocates memory
    for number in range(rounds):
        for place in rng.permutation(len(keys)):
            times[keys[place]][number] = _median(engines[keys[place]], images)
    return times


def _median(engine, images: np.ndarray) -> float:
    engine.predict_on_batch(images)  # the caches hold another engine's data
    taken: list[float] = []
    while len(taken) < LEAST_CALLS or sum(taken) < LEAST_SECONDS:
        begun = time.perf_counter()
        engine.predict_on_batch(images)
        taken.append(time.perf_counter() - begun)
    return float(np.median(taken))
