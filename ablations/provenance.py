"""Where a number is from: versions, hardware, commit."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from ablations import shares

# What has a say in the numbers of a trial.
PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy", "tensorflow-datasets", "grain")
ENGINES = ("keras", "tensorflow", "onnxruntime", "ai-edge-litert", "openvino", "numpy")  # of `deploy`


def versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Of Python and of those of the packages that are installed."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def hardware() -> dict[str, object]:
    """The processor, the cores that this process may use, memory, and the accelerators that the backend sees."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "accelerators": accelerators(),
        "backend": backend(),
    }


def accelerators() -> list[str]:
    """Those that the backend sees: of NVIDIA's GPUs what the driver calls them, of others their numbers."""
    import keras

    found = [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]
    if found and all(name.startswith("gpu") for name in found):
        return shares.names() or found
    return found


def backend() -> str:
    """The name of Keras's backend."""
    import keras

    return keras.backend.backend()


def commit() -> str | None:
    """The commit of the checkout that this code runs from, with `+` where tracked code was changed; else `None`.

    An installed package may lie in an environment inside the checkout of something else, which does not track it.
    """
    root = Path(__file__).parent.parent
    try:
        _git(root, "ls-files", "--error-unmatch", "--", __file__)
        head = _git(root, "rev-parse", "--short=12", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", "*.py")
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changed else "")


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True).stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()
