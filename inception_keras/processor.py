"""Which instructions the processor has that multiply matrices."""

import functools
import platform
from pathlib import Path

# Linux's names of these, the fastest first; the last two are ARM's. Those with `bf16` multiply bfloat16.
INSTRUCTIONS = ("amx_bf16", "avx512_bf16", "avx512f", "avx2", "bf16", "asimd")
CPUINFO = Path("/proc/cpuinfo")


def processor_kind() -> str:
    """The fastest of the instructions that multiply matrices here, as Linux names them: `avx2`, `amx_bf16`.

    Where Linux does not tell (macOS, Windows), the architecture: `arm64`.
    """
    return _kind(CPUINFO)


@functools.cache  # a network asks once for each of its layers
def _kind(cpuinfo: Path) -> str:
    found = _instructions(cpuinfo)
    return next((name for name in INSTRUCTIONS if name in found), platform.machine().lower())


def _instructions(cpuinfo: Path) -> set[str]:
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    named = (line.partition(":") for line in lines)
    return {word for key, _, words in named if key.strip() in ("flags", "Features") for word in words.split()}
