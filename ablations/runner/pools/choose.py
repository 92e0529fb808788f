"""Chooses the worker pool from `--jobs`, `--ray` and `--distribute`."""

from ablations.runner.pools.base import WorkerPool
from ablations.runner.pools.in_process import InProcessPool
from ablations.runner.pools.processes import ProcessPool
from ablations.runner.resources import fastest_jobs
from inception_keras.errors import UserError


def choose_pool(
    jobs: int | None = None, ray: str | None = None, distribute: str = "none", trials: int = 1
) -> WorkerPool:
    """The worker pool of a run.

    Args:
        jobs: Trials in parallel; 0 for one in this process. `None`: as many as are fastest on this machine, or on a
            cluster one per GPU (per node if it has no GPUs).
        ray: The address of a Ray cluster; `auto` for the one that runs on this machine, or a new one if none does.
        distribute: Unless `none`, each trial takes all devices of its machine.
        trials: How many trials the run has, done ones too.

    Raises:
        UserError: Several processes of one machine would each take all devices, or `jobs` is 0 on a cluster.
    """
    if ray is not None:
        if jobs == 0:
            raise UserError("--jobs 0 trains in this process and --ray on a cluster: give only one of them")
        from ablations.runner.pools.ray_cluster import RayPool

        return RayPool(None if ray == "auto" else ray, jobs, whole_nodes=distribute != "none")
    if jobs is None:
        jobs = 1 if distribute != "none" else fastest_jobs(trials)
    if distribute != "none" and jobs > 1:
        raise UserError(f"--distribute {distribute} takes all devices for one trial: set --jobs 1, not {jobs}")
    return ProcessPool(jobs) if jobs else InProcessPool()
