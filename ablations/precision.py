"""Which precision a machine is fast in: `--precision auto`."""

import importlib.util
from dataclasses import replace
from pathlib import Path

from ablations.shares import ask_nvidia
from ablations.study import Study
from inception_keras.errors import unknown

CHOICES = ("auto", "float32", "bfloat16")
# What Linux calls instructions that multiply bfloat16: of x86, and of ARM.
INSTRUCTIONS = {"avx512_bf16", "amx_bf16", "bf16"}
AMPERE = 8.0  # the compute capability of the first NVIDIA GPUs with bfloat16


def with_precision(study: Study, precision: str | None) -> Study:
    """The study in a precision; `None` leaves its own. What the study becomes is in every record and address.

    Raises:
        UserError: The precision is unknown.
    """
    if precision is None:
        return study
    if precision not in CHOICES:
        raise unknown("--precision", precision, CHOICES)
    fast = fastest() if precision == "auto" else precision
    return replace(study, recipe=replace(study.recipe, precision=fast))


def fastest() -> str:
    """`bfloat16` where GPU, TPU or else the processor multiplies it; asked without a framework, which takes seconds."""
    if capabilities := ask_nvidia("compute_cap"):
        return "bfloat16" if min(map(float, capabilities)) >= AMPERE else "float32"
    tpu = importlib.util.find_spec("libtpu")  # which nobody installs elsewhere
    return "bfloat16" if tpu or INSTRUCTIONS & _instructions() else "float32"


def _instructions(cpuinfo: Path = Path("/proc/cpuinfo")) -> set[str]:
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return set()
    named = (line.partition(":") for line in lines)
    return {word for key, _, words in named if key.strip() in ("flags", "Features") for word in words.split()}
