"""The contestants: each is a module with `prepare(case, setting)`, which is called in a separate process."""

import importlib.util
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from inception_keras.errors import unknown
from inception_keras.export.formats import INSTALL

# torchvision requires exactly the torch that it was built with: beside a CPU build, pip would install another torch
_TORCH = ("torch", "torchvision")
INSTALL_PEERS = "pip install torch==2.13.0 && pip install torchvision==0.28.0 --no-deps"


class Contestant(NamedTuple):
    """`packages` are those that it needs beyond ours; with `ours`, its process starts as our commands do."""

    module: str
    setting: str
    why: str
    packages: tuple[str, ...] = ()
    ours: bool = False

    @property
    def missing(self) -> list[str]:
        """Those of `packages` that are not installed."""
        return [name for name in self.packages if importlib.util.find_spec(name) is None]

    @property
    def install(self) -> str:
        """The commands that install `missing`."""
        peers = [INSTALL_PEERS] if {*self.missing} & {*_TORCH} else []
        return " && ".join(peers + ([INSTALL] if {*self.missing} - {*_TORCH} else []))


@dataclass(frozen=True)
class Task:
    """The prepared work of a contestant.

    Attributes:
        run: Runs a number of steps and returns when the last is finished, on an accelerator too.
        params: Trainable parameters; the same for all contestants of a case.
        macs: Multiply-adds per step; `None` if they are not counted.
        images: Images per step.
        steps: Steps per round; `None`: as many as fill its time.
        device: The device that it runs on, in words.
    """

    run: Callable[[int], None]
    params: int | None = None
    macs: int | None = None
    images: int | None = None
    steps: int | None = None
    device: str = ""

    @property
    def facts(self) -> dict[str, object]:
        """All fields but `run`, which can't be sent to another process."""
        return {name: value for name, value in vars(self).items() if name != "run"}


CONTESTANTS = {
    "ours": Contestant(
        "benchmarks.ours",
        "feed",
        "this repository, as its bench trains; for inference, batch normalisation folded",
        ours=True,
    ),
    "keras": Contestant("benchmarks.plain", "", "the same network of Keras's layers alone, compiled as Keras does"),
    "torchvision": Contestant(
        "benchmarks.peers", "default", "torchvision's GoogLeNet with the paper's windows", _TORCH
    ),
    "torchvision_channels_last": Contestant(
        "benchmarks.peers", "channels_last", "torchvision's with channels last", _TORCH
    ),
    "torchvision_compiled": Contestant(
        "benchmarks.peers", "compiled", "torchvision's with channels last and torch.compile", _TORCH
    ),
    "ours_onnxruntime": Contestant(
        "benchmarks.engines",
        "onnx",
        "this repository, exported to ONNX Runtime",
        ("onnx", "tf2onnx", "onnxruntime"),
        True,
    ),
    "ours_openvino": Contestant(
        "benchmarks.engines", "openvino", "this repository, exported to OpenVINO", ("openvino",), True
    ),
    "torchvision_openvino": Contestant(
        "benchmarks.engines", "torchvision", "torchvision's in OpenVINO", (*_TORCH, "openvino")
    ),
    "ours_side_by_side": Contestant("benchmarks.side_by_side", "ours", "this repository, one on each core at once"),
    "torchvision_side_by_side": Contestant(
        "benchmarks.side_by_side", "torchvision_channels_last", "torchvision's with channels last, the same way", _TORCH
    ),
    "scan": Contestant(
        "benchmarks.resident", "scan", "this repository on JAX: images on device, many steps per dispatch", ours=True
    ),
    "seeds": Contestant("benchmarks.resident", "seeds", "like scan, with four seeds in one program", ours=True),
    "step": Contestant("benchmarks.resident", "step", "this repository by Keras's fit, a step per dispatch", ours=True),
    "torchvision_graphs": Contestant(
        "benchmarks.peers", "graphs", "torchvision's with channels last and torch.compile with CUDA graphs", _TORCH
    ),
    "repeated_batch": Contestant("benchmarks.ours", "repeated", "this repository without an input path", ours=True),
    "quickstart": Contestant("benchmarks.program", "quickstart", "the command `python -m ablations run quickstart`"),
    "matrix_product": Contestant("benchmarks.peak", "keras", "a large matrix product of Keras's backend", ours=True),
    "matrix_product_torch": Contestant("benchmarks.peak", "torch", "a large matrix product of PyTorch", ("torch",)),
}


def choose(wanted: Iterable[str], names: Iterable[str] | None) -> list[str]:
    """The contestants of `wanted` to time: all, or the first, which ratios are to, and those in `names`.

    Raises:
        UserError: A name is unknown.
    """
    wanted = list(wanted)
    if not names:
        return wanted
    names = list(names)
    for name in names:
        if name not in CONTESTANTS:
            raise unknown("contestant", name, CONTESTANTS)
    return [name for name in wanted if name in names or name == wanted[0]]
