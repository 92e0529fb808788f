"""What a trial runs on: versions, hardware and commit for its record; the cores, GPUs and precision it may use."""

import importlib.util
import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from inception_keras.io.versions import installed_versions as installed

# Packages whose version may change the result of a trial.
PACKAGES = ("keras", "tensorflow", "jax", "torch", "numpy", "tensorflow-datasets", "grain")
# Packages whose version may change the result of `ablations.inspection.deploy`.
ENGINES = ("keras", "tensorflow", "onnxruntime", "ai-edge-litert", "openvino", "numpy")


def versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Versions of Python and of those `packages` that are installed."""
    return {"python": platform.python_version(), **installed(packages)}


def hardware() -> dict[str, object]:
    """The processor, the cores that this process may use, memory in GiB, and the backend with its accelerators."""
    import psutil  # TFDS depends on it

    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "accelerators": accelerators(),
        "backend": backend(),
    }


def memory_used() -> int:
    """The bytes of memory that this process occupies."""
    import psutil  # TFDS depends on it

    return psutil.Process().memory_info().rss


def hardware_words(found: dict) -> str:
    """The result of `hardware` as one phrase."""
    accelerators = ", ".join(found["accelerators"]) or "no accelerator"
    cores = "1 core" if found["cores"] == 1 else f"{found['cores']} cores"
    return f"{found['processor']}, {cores}, {found['memory_gib']} GiB, {accelerators}"


def versions_words(found: dict[str, str]) -> str:
    """The result of `versions` as one phrase."""
    return ", ".join(f"{name} {version}" for name, version in found.items())


def accelerators() -> list[str]:
    """The accelerators that the backend sees: NVIDIA's by the driver's names if known, others by Keras's (`tpu:0`)."""
    import keras

    found = [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]
    if found and all(name.startswith("gpu") for name in found):
        return gpu_names() or found
    return found


def backend() -> str:
    """The name of Keras's backend."""
    import keras

    return keras.backend.backend()


def now() -> str:
    """The time in ISO format, UTC, in seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def load_average() -> float | None:
    """The machine's load average over the last minute; `None` where the system has none."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def commit() -> str | None:
    """The commit of the checkout that this code runs from, with `+` if tracked code has changed; `None` without one.

    An installed package may lie inside the checkout of another project. That project does not track it, so its commit
    is not returned.
    """
    root = Path(__file__).parent.parent
    try:
        _git(root, "ls-files", "--error-unmatch", "--", __file__)
        head = _git(root, "rev-parse", "--short=12", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", "*.py")
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changed else "")


def code() -> str | None:
    """The code that runs here: its commit, and if it was changed a hash of the changes in the two packages.

    A record has the commit alone. A checkpoint is resumed by the same code only, and two edits are not the same.
    """
    named = commit()
    if named is None or not named.endswith("+"):
        return named
    packages = Path(__file__).parent
    # of the text, whatever the user's settings show of it
    shown = ("--no-color", "--no-ext-diff", "--no-textconv", "--full-index", "--binary")
    changes = _git(packages.parent, "diff", *shown, "HEAD", "--", packages.name, "inception_keras")
    return named + sha256(changes.encode()).hexdigest()[:12]


def is_tracked(folder: Path) -> bool:
    """Whether git tracks a file in a folder; false outside a checkout and without git."""
    try:
        return bool(_git(folder, "ls-files", "--", "."))
    except (OSError, subprocess.CalledProcessError):
        return False


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, encoding="utf-8", check=True
    ).stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


# Linux's names of the instructions that multiply matrices, the fastest first; the last two are ARM's. Those with `bf16`
# multiply bfloat16.
INSTRUCTIONS = ("amx_bf16", "avx512_bf16", "avx512f", "avx2", "bf16", "asimd")
AMPERE = 8.0  # the compute capability of the first NVIDIA GPUs with bfloat16


def fastest_precision() -> str:
    """`bfloat16` if the GPUs, a TPU or, without GPUs, the processor can multiply it; else `float32`.

    It asks the driver and Linux, since importing a framework takes seconds.
    """
    if capabilities := ask_nvidia("compute_cap"):
        return "bfloat16" if min(map(float, capabilities)) >= AMPERE else "float32"
    tpu = importlib.util.find_spec("libtpu")  # installed on machines with a TPU only
    return "bfloat16" if tpu or "bf16" in processor_kind() else "float32"


def processor_kind() -> str:
    """The fastest of the instructions that multiply matrices here, as Linux names them: `avx2`, `amx_bf16`.

    Where Linux does not tell (macOS, Windows), the architecture: `arm64`.
    """
    found = _instructions()
    return next((name for name in INSTRUCTIONS if name in found), platform.machine().lower())


def _instructions(cpuinfo: Path = Path("/proc/cpuinfo")) -> set[str]:
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    named = (line.partition(":") for line in lines)
    return {word for key, _, words in named if key.strip() in ("flags", "Features") for word in words.split()}


def usable_cores() -> tuple[int, ...]:
    """Numbers of the cores that this process may use; empty where the system does not tell (macOS, Windows)."""
    return tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()


def gpus() -> list[str]:
    """The NVIDIA GPUs that this process may use: the entries of CUDA_VISIBLE_DEVICES, else the driver's indices.

    It asks no framework, which would allocate memory on them.
    """
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        return [gpu for gpu in os.environ["CUDA_VISIBLE_DEVICES"].split(",") if gpu.strip()]
    return ask_nvidia("index")


def has_other_accelerator() -> bool:
    """Whether the system shows a TPU or an AMD GPU, which `gpus` does not list. It asks no framework."""
    return any(found for device in ("accel*", "vfio/[0-9]*", "kfd") for found in Path("/dev").glob(device))


def gpu_names() -> list[str]:
    """The NVIDIA driver's names of the GPUs that this process may use; empty if it can't tell which these are."""
    known = dict(zip(ask_nvidia("index"), ask_nvidia("name"), strict=True))
    visible = [gpu.strip() for gpu in gpus()]  # indices, unless CUDA_VISIBLE_DEVICES has UUIDs
    return [known[gpu] for gpu in visible] if known.keys() >= set(visible) else []


def ask_nvidia(field: str) -> list[str]:
    """The NVIDIA driver's value of a `nvidia-smi` field for each GPU of this machine; empty without a driver."""
    if not shutil.which("nvidia-smi"):
        return []
    asked = subprocess.run(
        ["nvidia-smi", f"--query-gpu={field}", "--format=csv,noheader"], capture_output=True, encoding="utf-8"
    )
    return asked.stdout.strip().splitlines() if asked.returncode == 0 else []
