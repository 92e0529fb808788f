"""What the supervisor knows of each worker."""

import time
from dataclasses import dataclass, field

from filelock import FileLock

from ablations.records.trials import Site
from ablations.runner.pools.base import WorkerHandle
from ablations.study import Trial

# A worker is replaced before its next variant once its memory is this multiple of that after its first trial.
# TensorFlow keeps 55 MB for each GoogLeNet that it has traced, which nothing but the end of the process frees.
GROWN = 1.25


@dataclass
class Assignment:
    """A trial on a worker.

    Attributes:
        trial: What the worker trains.
        claim: Keeps other runs from training the trial.
        lock: The id of the study's lock that covers the trial, or `None`.
        attempt: How many times this run has begun the trial.
        began: When, on the monotonic clock.
        history: The rows of its epochs so far: the record of a trial that is killed or times out.
    """

    trial: Trial
    claim: FileLock
    lock: str | None
    attempt: int
    began: float = field(default_factory=time.monotonic)
    history: list[dict] = field(default_factory=list)

    @property
    def minutes(self) -> float:
        """Since it began."""
        return (time.monotonic() - self.began) / 60


@dataclass
class Seat:
    """A worker, from the start of its process to its end.

    Attributes:
        handle: What the supervisor asks.
        site: Where it is, once it has answered.
        traced: The variant and rung whose graph it has traced.
        assignment: What it trains.
        memory: Bytes that its process took after its first and after its last trial.
    """

    handle: WorkerHandle
    site: Site | None = None
    traced: tuple[str, int] | None = None
    assignment: Assignment | None = None
    memory: tuple[int, int] = (0, 0)

    @property
    def idle(self) -> bool:
        return self.site is not None and self.assignment is None

    @property
    def outgrown(self) -> bool:
        """Whether its memory has grown so much that the worker should be replaced."""
        first, last = self.memory
        return last > GROWN * first

    def measured(self, used: int):
        """Notes the memory after a trial."""
        self.memory = self.memory[0] or used, used

    def release(self) -> Trial:
        """Ends the assignment, so that other runs may train its trial, which is returned."""
        assert self.assignment is not None, "asked only of a worker that trains"
        self.assignment.claim.release()
        trial, self.assignment = self.assignment.trial, None
        return trial
