"""What of this machine each worker process may use: its share of the cores, its own GPU."""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ablations.environment import gpus, usable_cores

# A framework takes most of the memory of a GPU at its start; with these it takes what it needs, and several share one.
GROWING = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


@dataclass(frozen=True)
class Resources:
    """Of one worker.

    Attributes:
        cores: Numbers of the cores that it may use; empty for all.
        gpu: The GPU that it sees; `None` for all, or where there is none.
        alone: Whether no other worker sees that GPU.
    """

    cores: tuple[int, ...] = ()
    gpu: str | None = None
    alone: bool = True

    def take(self):
        """Binds this process to the share; before the deep learning framework is loaded, which counts cores then."""
        if self.cores and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, self.cores)
        if self.gpu is not None:
            os.environ["CUDA_VISIBLE_DEVICES"] = self.gpu
        if not self.alone:
            grow()


def grow():
    """Has the framework of this process take a GPU's memory bit by bit, unless the environment says otherwise."""
    os.environ.update({name: os.environ.get(name, value) for name, value in GROWING.items()})


def resources_per_worker(jobs: int) -> list[Resources]:
    """A share for each of so many workers; with one, all of the machine."""
    if jobs == 1:
        return [Resources()]
    return divide(jobs, usable_cores(), gpus())


def divide(jobs: int, cores: Sequence[int], gpus: Sequence[str]) -> list[Resources]:
    """Cores in blocks of the same size, since neighbours share caches; GPUs by turns. Too few are used twice.

    >>> [share.cores for share in split(2, (0, 1, 2, 3), ())]
    [(0, 1), (2, 3)]
    >>> [share.gpu for share in split(3, (0,), ("0", "1"))]
    ['0', '1', '0']
    """
    size = len(cores) // jobs
    blocks = [cores[job * size : (job + 1) * size] if size else (cores[job % len(cores)],) for job in range(jobs)]
    alone = not gpus or jobs <= len(gpus)
    return [Resources(tuple(block), gpus[job % len(gpus)] if gpus else None, alone) for job, block in enumerate(blocks)]


def reserve(count: int) -> list[FileLock]:
    """Binds this thread, and those that it starts, to so many cores that no other process here has reserved.

    For workers that nobody on their machine knows all of, as on a cluster. Where too few are free, some are used twice.

    Returns:
        What holds the reservation while it lives; it ends with the process.
    """
    folder = Path(tempfile.gettempdir()) / "ablations-cores"
    folder.mkdir(mode=0o777, exist_ok=True)
    cores = usable_cores()
    taken: dict[int, FileLock] = {}
    for core in cores:
        lock = FileLock(folder / f"{core}.lock", timeout=0, thread_local=False)
        with contextlib.suppress(Timeout):
            if len(taken) < count:
                lock.acquire()
                taken[core] = lock
    others = [core for core in cores if core not in taken]
    Resources(tuple([*taken, *others][:count])).take()
    return list(taken.values())
