"""Which of the machine's resources each worker process may use: some of the cores, one GPU."""

import contextlib
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ablations.environment import gpus, has_other_accelerator, usable_cores
from inception_keras.io.own_folder import own_folder

MEMORY_PER_WORKER = 2 * 2**30  # bytes: with the framework and CIFAR-10 one takes about half of it
# A framework reserves most of a GPU's memory when it starts; with these settings it allocates what it needs, so that
# several processes can share a GPU.
GROWING = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}


@dataclass(frozen=True)
class Resources:
    """What one worker may use.

    Attributes:
        cores: Numbers of the cores that it may use; empty for all.
        gpu: The GPU that it sees; `None` for all of them, or if there is none.
        alone: Whether no other worker sees that GPU.
    """

    cores: tuple[int, ...] = ()
    gpu: str | None = None
    alone: bool = True

    def take(self):
        """Restricts this process to the resources. Call it before the framework is loaded, which then counts cores."""
        if self.cores and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, self.cores)
        if self.gpu is not None:
            os.environ["CUDA_VISIBLE_DEVICES"] = self.gpu
        if not self.alone:
            grow()


def grow():
    """Makes this process's framework allocate GPU memory as needed, unless the environment says otherwise."""
    os.environ.update({name: os.environ.get(name, value) for name, value in GROWING.items()})


def fastest_jobs(trials: int) -> int:
    """How many trials in parallel are fastest on this machine.

    On processors alone it is one per core, as far as trials and memory go: two trials of the studies' small network on
    a core each train 1.3 times as many images a second as one on both. On GPUs and TPUs it is one.

    It does not depend on what is done or free at the moment: a trial that goes on after a crash must have as many cores
    as before, since their number changes the rounding.

    Args:
        trials: How many trials the run has, done ones too.
    """
    if gpus() or has_other_accelerator():
        return 1
    import psutil  # TFDS depends on it

    fitting = psutil.virtual_memory().total // MEMORY_PER_WORKER
    return max(1, min(len(usable_cores()), trials, fitting))


def resources_per_worker(jobs: int) -> list[Resources]:
    """The resources of each of `jobs` workers; a single worker gets the whole machine."""
    if jobs == 1:
        return [Resources()]
    return divide(jobs, usable_cores(), gpus())


def divide(jobs: int, cores: Sequence[int], gpus: Sequence[str]) -> list[Resources]:
    """Divides cores and GPUs among `jobs` workers.

    Cores are divided into contiguous blocks of equal size, since neighbours share caches; GPUs are assigned in turn. If
    there are fewer cores or GPUs than workers, some are used more than once. On systems that do not
    number the cores, such as macOS, every worker may use all of them.

    >>> [resources.cores for resources in divide(2, (0, 1, 2, 3), ())]
    [(0, 1), (2, 3)]
    >>> [resources.gpu for resources in divide(3, (0,), ("0", "1"))]
    ['0', '1', '0']
    """
    size = len(cores) // jobs
    blocks = [
        cores[job * size : (job + 1) * size] if size else cores[job % len(cores) :][:1] if cores else ()
        for job in range(jobs)
    ]
    alone = not gpus or jobs <= len(gpus)
    return [Resources(tuple(block), gpus[job % len(gpus)] if gpus else None, alone) for job, block in enumerate(blocks)]


def reserve(count: int) -> list[FileLock]:
    """Binds this thread, and those that it starts, to `count` cores that no other process of this user has reserved.

    For workers of a cluster: no process knows all workers of a machine. If too few cores are free, reserved ones are
    used too.

    Returns:
        The locks that hold the reservation: keep them for as long as it is needed. It ends with the process.
    """
    user = os.getuid() if hasattr(os, "getuid") else ""
    cores = usable_cores()
    taken: dict[int, FileLock] = {}
    try:
        folder = own_folder(Path(tempfile.gettempdir()) / f"ablations-cores-{user}")
    except OSError:  # without locks workers may share cores, which costs time and changes no result
        Resources(tuple(cores[:count])).take()
        return []
    for core in cores:
        lock = FileLock(folder / f"{core}.lock", timeout=0, thread_local=False)
        with contextlib.suppress(Timeout):
            if len(taken) < count:
                lock.acquire()
                taken[core] = lock
    others = [core for core in cores if core not in taken]
    Resources(tuple([*taken, *others][:count])).take()
    return list(taken.values())
