"""Which pool trains a run, from what the user typed."""

from ablations.runner.pools.base import WorkerPool
from ablations.runner.pools.in_process import InProcessPool
from ablations.runner.pools.processes import ProcessPool
from inception_keras.errors import UserError


def choose_pool(jobs: int | None = None, ray: str | None = None, distribute: str = "none") -> WorkerPool:
    """Where trials are trained.

    Args:
        jobs: Trials at once, 0 for one in this process; `None` for one, or as many as a cluster has places for.
        ray: The address of a Ray cluster; `auto` for the one that runs on this machine, else one is started here.
        distribute: Other than `none`, each trial takes all devices of its machine.

    Raises:
        UserError: Several processes of one machine would each take all devices, or a cluster has no trial to train.
    """
    if ray is not None:
        if jobs == 0:
            raise UserError("--jobs 0 trains in this process and --ray on a cluster: give one of them")
        from ablations.runner.pools.ray_cluster import RayPool

        return RayPool(None if ray == "auto" else ray, jobs, whole_nodes=distribute != "none")
    jobs = 1 if jobs is None else jobs
    if distribute != "none" and jobs > 1:
        raise UserError(f"--distribute {distribute} takes all devices for one trial: set --jobs 1, not {jobs}")
    return ProcessPool(jobs) if jobs else InProcessPool()
