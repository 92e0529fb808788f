"""Where a number is from: versions, hardware, commit."""

import importlib.util
import os
import platform
import shutil
import subprocess
from pathlib import Path

from inception_keras.io.versions import installed_versions as installed

# What has a say in the numbers of a trial.
PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy", "tensorflow-datasets", "grain")
ENGINES = ("keras", "tensorflow", "onnxruntime", "ai-edge-litert", "openvino", "numpy")  # of `deploy`


def versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Of Python and of those of the packages that are installed."""
    return {"python": platform.python_version(), **installed(packages)}


def hardware() -> dict[str, object]:
    """The processor, the cores that this process may use, memory, and the accelerators that the backend sees."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "accelerators": accelerators(),
        "backend": backend(),
    }


def hardware_words(found: dict) -> str:
    """What `hardware` found, in words."""
    accelerators = ", ".join(found["accelerators"]) or "no accelerator"
    cores = "1 core" if found["cores"] == 1 else f"{found['cores']} cores"
    return f"{found['processor']}, {cores}, {found['memory_gib']} GiB, {accelerators}"


def versions_words(found: dict[str, str]) -> str:
    """What `versions` found, in words."""
    return ", ".join(f"{name} {version}" for name, version in found.items())


def accelerators() -> list[str]:
    """Those that the backend sees: of NVIDIA's GPUs what the driver calls them, of others their numbers."""
    import keras

    found = [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]
    if found and all(name.startswith("gpu") for name in found):
        return gpu_names() or found
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


# What Linux calls instructions that multiply bfloat16: of x86, and of ARM.
INSTRUCTIONS = {"avx512_bf16", "amx_bf16", "bf16"}
AMPERE = 8.0  # the compute capability of the first NVIDIA GPUs with bfloat16


def fastest_precision() -> str:
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


def usable_cores() -> tuple[int, ...]:
    """Those that this process may use."""
    return tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()


def gpus() -> list[str]:
    """NVIDIA's GPUs that this process may use, asked without a framework, which would take hold of them."""
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        return [gpu for gpu in os.environ["CUDA_VISIBLE_DEVICES"].split(",") if gpu.strip()]
    return ask_nvidia("index")


def gpu_names() -> list[str]:
    """What NVIDIA's driver calls the GPUs that this process may use; nothing where it can't tell which these are."""
    known = dict(zip(ask_nvidia("index"), ask_nvidia("name"), strict=True))
    visible = [gpu.strip() for gpu in gpus()]  # numbers, unless CUDA_VISIBLE_DEVICES has them in another way
    return [known[gpu] for gpu in visible] if known.keys() >= set(visible) else []


def ask_nvidia(field: str) -> list[str]:
    """What NVIDIA's driver says of each GPU of this machine; nothing where there is no driver."""
    if not shutil.which("nvidia-smi"):
        return []
    asked = subprocess.run(
        ["nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader"], capture_output=True, text=True
    )
    return asked.stdout.strip().splitlines() if asked.returncode == 0 else []
