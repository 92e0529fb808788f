"""Worker pools: where trials are trained. A pool starts workers, and each worker takes one request after another.

What happens in a worker comes back as events, so that one supervisor serves workers in its own process, in other
processes of this machine, and on a cluster.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

from ablations.runner.worker import Open, Prove, Train

# (worker, event, what belongs to it). Events: `site`, `costs`, `outcome`, `stopped`; `told` while a trial trains;
# `mistake`, a UserError's text; `gone`, in words how the process of the worker ended.
Handle = Callable[["WorkerHandle", str, object], None]


class WorkerHandle(ABC):
    """A place for one worker, with a number from 0."""

    def __init__(self, number: int):
        self.number = number

    @abstractmethod
    def ask(self, request: Open | Prove | Train):
        """Gives the worker its next request."""

    @abstractmethod
    def finish(self):
        """The worker leaves off after the epoch that it is in."""

    @abstractmethod
    def kill(self):
        """Ends the worker now; no event of it comes any more."""


class WorkerPool(ABC):
    """The workers of a run. A context manager: at its end no worker is left."""

    size: int
    can_kill = True  # whether a trial that takes too long can be ended

    @abstractmethod
    def start(self, number: int) -> WorkerHandle:
        """A worker with a new worker."""

    @abstractmethod
    def events(self, handle: Handle, seconds: float):
        """Waits up to so many seconds for events, and handles those that came."""

    def __enter__(self):
        return self

    @abstractmethod
    def __exit__(self, *error): ...
