"""The machine's peak: multiply-adds per second of a large matrix product."""

from benchmarks.cases import Case
from benchmarks.contestants import Task

SIDE = {"cpu": 4096, "gpu": 16384}  # large enough to hide the dispatch; a GPU needs 1 ms for 4096


def prepare(case: Case, setting: str) -> Task:
    """A product of two square matrices in the precision of the case, by Keras's backend or by `torch`."""
    return _torch(case) if setting == "torch" else _keras(case)


def _keras(case: Case) -> Task:
    import keras
    import numpy as np

    from benchmarks import ours

    device = ours.device()
    side = SIDE["cpu" if device.endswith("cpu") else "gpu"]
    # random: with ones a GPU takes less power and is faster than in any network
    factor = keras.ops.cast(keras.random.normal((side, side), seed=0), case.precision)

    def run(steps: int):
        for _ in range(steps):
            product = keras.ops.matmul(factor, factor)
        np.asarray(keras.ops.cast(product[0, 0], "float32"))  # waits for the result

    return Task(run=run, macs=side**3, device=device)


def _torch(case: Case) -> Task:
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    side = SIDE["gpu" if device == "cuda" else "cpu"]
    factor = torch.randn(side, side, device=device).to(getattr(torch, case.precision))

    def run(steps: int):
        with torch.inference_mode():
            for _ in range(steps):
                product = factor @ factor
            float(product[0, 0])  # waits for the result

    return Task(run=run, macs=side**3, device=f"torch on {device}")
