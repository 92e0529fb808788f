"""Where trials are trained: a crew has seats, each seat has a worker that takes one request after another.

What happens on a seat comes back as events, so that one supervisor serves workers in its own process, in others on this
machine, and on a cluster.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ablations.outcomes import Stopped
from ablations.study import Study
from ablations.worker import Relay, Worker
from inception_keras.errors import UserError


@dataclass(frozen=True)
class Open:
    """Read the data and load the framework. Answered by `site`."""

    study: Study
    data_dir: str | None
    distribute: str = "none"


@dataclass(frozen=True)
class Prove:
    """Build every variant once. Answered by `costs`."""


@dataclass(frozen=True)
class Train:
    """Train a trial, with its checkpoints in `folder`. Answered by `outcome`, or `stopped`."""

    variant: str
    seed: int
    folder: Path
    keep_weights: bool = False


# (seat, event, what belongs to it). Events: `site`, `costs`, `outcome`, `stopped`; `told` while a trial trains;
# `mistake`, a UserError's text; `gone`, in words how the process of the seat ended.
Handle = Callable[["Seat", str, object], None]


class Seat(ABC):
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


class Crew(ABC):
    """The seats of a run. A context manager: at its end no worker is left."""

    size: int
    can_kill = True  # whether a trial that takes too long can be ended

    @abstractmethod
    def seat(self, number: int) -> Seat:
        """A seat with a new worker."""

    @abstractmethod
    def events(self, handle: Handle, seconds: float):
        """Waits up to so many seconds for events, and handles those that came."""

    def __enter__(self):
        return self

    @abstractmethod
    def __exit__(self, *error): ...


def perform(
    worker: Worker | None, request, tell: Callable[[str, object], None], stop: Callable[[], bool]
) -> Worker | None:
    """Does one request and tells its events; returns the worker, which `Open` makes."""
    try:
        match request:
            case Open(study, data_dir, distribute):
                worker = Worker(study, data_dir, distribute)
                tell("site", worker.site)
            case _ if worker is None:
                pass  # its `Open` was a mistake, which is told: what was asked behind it has no worker
            case Prove():
                tell("costs", worker.costs())
            case Train(variant, seed, folder, keep_weights):
                relay = Relay(lambda *told: tell("told", told))
                tell("outcome", worker.train(variant, seed, relay, folder, stop, keep_weights))
    except Stopped:
        tell("stopped", None)
    except UserError as error:
        tell("mistake", str(error))
    return worker


class Here(Crew):
    """One seat in this very process: for a debugger, and for tests."""

    size, can_kill = 1, False

    def seat(self, number: int) -> Seat:
        self._seat = HereSeat(number)
        return self._seat

    def events(self, handle: Handle, seconds: float):
        self._seat.perform(handle)

    def __exit__(self, *error):
        pass


class HereSeat(Seat):
    def __init__(self, number: int):
        super().__init__(number)
        self._worker: Worker | None = None
        self._requests: list[Open | Prove | Train] = []
        self._stop = False

    def ask(self, request):
        self._requests.append(request)

    def finish(self):
        self._stop = True

    def kill(self):
        self._requests.clear()

    def perform(self, handle: Handle):
        if self._requests:
            self._worker = perform(
                self._worker, self._requests.pop(0), lambda *event: handle(self, *event), lambda: self._stop
            )
