"""Which crew trains a run, from what the user typed."""

from ablations.processes import Processes
from ablations.seats import Crew, Here
from inception_keras.errors import UserError


def choose(jobs: int, distribute: str = "none") -> Crew:
    """This process for 0 jobs, else so many processes on this machine.

    Raises:
        UserError: Several processes would each take all devices.
    """
    if distribute != "none" and jobs > 1:
        raise UserError(f"--distribute {distribute} takes all devices for one trial: set --jobs 1, not {jobs}")
    return Processes(jobs) if jobs else Here()
