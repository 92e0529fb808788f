"""Which crew trains a run, from what the user typed."""

from ablations.processes import Processes
from ablations.seats import Crew, Here


def choose(jobs: int | None, ray: str | None) -> Crew:
    """Where trials are trained.

    Args:
        jobs: Trials at once, 0 for one in this process; `None` for one, or as many as a cluster has places for.
        ray: The address of a Ray cluster; `auto` for the one that runs on this machine, else one is started here.
    """
    if ray is not None:
        from ablations.cluster import Cluster

        return Cluster(None if ray == "auto" else ray, jobs)
    return Here() if jobs == 0 else Processes(jobs or 1)
