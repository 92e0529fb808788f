"""Who is timed: each is a module with `prepare(case, setting)`, which is called in a process of its own."""

import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from inception_keras.errors import unknown

# torchvision declares the very torch that it was built with; on a CPU build of torch pip would fetch another one
INSTALL_PEERS = "pip install torch==2.13.0 && pip install torchvision==0.28.0 --no-deps"


class Contestant(NamedTuple):
    """Its process begins as this repository's commands do where `ours` says so; `packages` are what it needs beside."""

    module: str
    setting: str
    why: str
    packages: tuple[str, ...] = ()
    ours: bool = False

    @property
    def missing(self) -> list[str]:
        return [name for name in self.packages if importlib.util.find_spec(name) is None]


@dataclass(frozen=True)
class Task:
    """What a contestant has ready.

    Attributes:
        run: Does so many steps and returns when the last is finished, on an accelerator too.
        params: Trainable parameters: all contestants of a case must have as many.
        macs: Multiply-adds of one step; `None` where nobody counts them.
        images: Images of one step.
        steps: Steps of a round; `None`: as many as fill the time of one.
        device: On which it runs, in words.
    """

    run: Callable[[int], None]
    params: int | None = None
    macs: int | None = None
    images: int | None = None
    steps: int | None = None
    device: str = ""

    @property
    def facts(self) -> dict[str, object]:
        """All but the function, which can't leave its process."""
        return {name: value for name, value in vars(self).items() if name != "run"}


_TORCH = ("torch", "torchvision")
CONTESTANTS = {
    "ours": Contestant(
        "benchmarks.ours",
        "feed",
        "this repository, as its bench trains; for inference, batch normalisation folded",
        ours=True,
    ),
    "keras": Contestant("benchmarks.plain", "", "the same network of Keras's own layers, compiled as Keras does"),
    "torchvision": Contestant(
        "benchmarks.peers", "default", "torchvision's GoogLeNet with the paper's windows, as it comes", _TORCH
    ),
    "torchvision_channels_last": Contestant("benchmarks.peers", "channels_last", "with channels last", _TORCH),
    "torchvision_compiled": Contestant(
        "benchmarks.peers", "compiled", "with channels last, through torch.compile", _TORCH
    ),
    "scan": Contestant(
        "benchmarks.resident", "scan", "this repository on JAX: images on the device, many steps a dispatch", ours=True
    ),
    "seeds": Contestant("benchmarks.resident", "seeds", "as scan, four seeds in one program", ours=True),
    "step": Contestant("benchmarks.resident", "step", "this repository by Keras's fit, one step a dispatch", ours=True),
    "torchvision_graphs": Contestant(
        "benchmarks.peers", "graphs", "with channels last, through torch.compile with CUDA graphs", _TORCH
    ),
    "repeated_batch": Contestant("benchmarks.ours", "repeated", "ours without an input path", ours=True),
    "quickstart": Contestant("benchmarks.program", "quickstart", "the command"),
    "matrix_product": Contestant("benchmarks.peak", "keras", "a large matrix product of Keras's backend", ours=True),
    "matrix_product_torch": Contestant("benchmarks.peak", "torch", "a large matrix product of PyTorch", ("torch",)),
}


def choose(wanted: Iterable[str], names: Iterable[str] | None) -> list[str]:
    """Those of `wanted` that a person asked for: all, or `names` and always the first, to which ratios are.

    Raises:
        UserError: A name that no contestant has.
    """
    wanted = list(wanted)
    if not names:
        return wanted
    names = list(names)
    for name in names:
        if name not in CONTESTANTS:
            raise unknown("contestant", name, CONTESTANTS)
    return [name for name in wanted if name in names or name == wanted[0]]
