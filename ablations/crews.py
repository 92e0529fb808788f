"""Which crew trains a run, from what the user typed."""

from ablations.processes import Processes
from ablations.seats import Crew, Here


def choose(jobs: int) -> Crew:
    """This process for 0 jobs, else so many processes on this machine."""
    return Processes(jobs) if jobs else Here()
