"""Worker pools: where trials are trained. A pool starts workers; a worker performs one request after another.

Workers answer with events, so that the same supervisor serves workers in its own process, in other processes of this
machine, and on a cluster.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

from ablations.runner.worker import Open, Prove, Train

# Called with (worker, event, value). Events: `site`; `building` with the name of the variant that is built next;
# `costs`; `told` while a trial trains, with (method, arguments) of a call to its `TrialListener`; after it `memory`,
# the bytes that the worker's process occupies, and `outcome`; or `stopped`; `mistake` with the text of a UserError;
# `gone` with words on how the worker's process ended.
EventHandler = Callable[["WorkerHandle", str, object], None]


class WorkerHandle(ABC):
    """The supervisor's side of one worker; workers are numbered from 0."""

    def __init__(self, number: int):
        self.number = number

    @abstractmethod
    def ask(self, request: Open | Prove | Train):
        """Sends the worker a request; requests are performed in order."""

    @abstractmethod
    def finish(self):
        """Asks the worker to stop its trial after the epoch in progress."""

    @abstractmethod
    def kill(self):
        """Ends the worker at once; it causes no further events."""


class WorkerPool(ABC):
    """The workers of a run. A context manager: on exit every worker is ended.

    Attributes:
        size: Trials in parallel.
        can_kill: Whether a worker can be ended: one whose trial takes too long, or whose memory has grown.
    """

    size: int
    can_kill = True

    @abstractmethod
    def start(self, number: int) -> WorkerHandle:
        """Starts a worker and returns its handle; a number that was used before replaces that worker."""

    @abstractmethod
    def events(self, handle: EventHandler, seconds: float):
        """Waits up to `seconds` for events and calls `handle` with each."""

    def __enter__(self):
        return self

    @abstractmethod
    def __exit__(self, *error): ...
