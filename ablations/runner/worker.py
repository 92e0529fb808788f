"""What trains: the data of a study read once, the graph of a variant traced once for all its seeds."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ablations import environment
from ablations.data import datasets, synthetic
from ablations.records import outcomes, weights
from ablations.records.checkpoints import Checkpoints
from ablations.records.outcomes import Outcome, Stopped
from ablations.records.trials import Cost, Site
from ablations.study import Study, Variant
from ablations.training import devices
from ablations.training.progress import TrialListener
from inception_keras.backend import load_backend
from inception_keras.errors import UserError

if TYPE_CHECKING:
    from ablations.training.trainer import Trainer


TOLD_EVERY = 0.1  # seconds between two steps that are told: a person sees no more


class Worker:
    """Trains the trials of one study, in whatever process it lives.

    The quick questions come first: an answer about the data does not wait for the deep learning framework.

    Args:
        study: Whose trials.
        data_dir: Where TFDS keeps prepared sets; `None` for its own default.
        distribute: On how many devices each trial is trained: see `distribution.find`.
        stand_in: Whether random images will do where a well-known set is not prepared: to plan, not to train.

    Raises:
        UserError: For anything about the data, or the devices, that can't work.
    """

    def __init__(self, study: Study, data_dir: str | None, distribute: str = "none", stand_in: bool = False):
        self.study = study
        self.data = (synthetic.synthetic_dataset(study, data_dir) if stand_in else None) or datasets.load_for(
            study, data_dir
        )
        load_backend()
        from ablations.training import compile_cache  # like all that needs the framework

        compile_cache.keep()
        self.devices = devices.find_devices(distribute, study.recipe.batch_size)
        self.site = Site(
            self.data.describe(),
            environment.hardware(),
            environment.versions(),
            self.devices.rounding,
            distribute,
        )
        # the cores too: with more of them sums are taken in another order, and come out with other last digits
        self._origin = f"{self.site.versions} {self.site.hardware} {environment.commit()}"
        self._variant: Variant | None = None
        self._trainer: Trainer | None = None

    def costs(self) -> dict[str, Cost]:
        """The cost of every variant, by name, after the proof that they differ as they say.

        Raises:
            UserError: They don't, or one can't be built.
        """
        from ablations.training import networks

        return networks.prove(self.study, self.data.image_shape, self.data.classes)

    def probe(self) -> dict[str, object]:
        """By variant the seconds that its parts take on this machine, from a few steps of each."""
        from ablations.training.trainer import Trainer

        trainers = ((arm.name, Trainer(self.study, arm, self.data, self.devices)) for arm in self.study.arms)
        return {name: trainer.probe() for name, trainer in trainers}

    def train(
        self,
        variant: str,
        seed: int,
        listener: TrialListener,
        folder: Path,
        stop: Callable[[], bool],
        keep_weights: bool = False,
    ) -> Outcome:
        """Trains one trial, from its checkpoint in `folder` if there is one; what it raises becomes its outcome.

        The weights travel in the outcome, so that they reach the store from another process or machine too.

        Raises:
            UserError: What no other trial could get around: the data is damaged, the disk is full.
            Stopped: As `Trainer.train`.
        """
        listener.trial_started(variant, seed, self.study.recipe.epochs)
        checkpoints = Checkpoints(folder, origin=self._origin)
        try:
            trainer = self._traced(variant)
            outcome = trainer.train(seed, listener, checkpoints, stop)
            if keep_weights and outcome.status == "done":
                outcome.weights = weights.pack(trainer.model)
            return outcome
        except (UserError, Stopped):
            raise
        except Exception as error:
            self._variant = self._trainer = None  # what is left of it can't be trusted
            listener.failed(traceback.format_exc())
            return outcomes.of_error(error)

    def _traced(self, name: str) -> "Trainer":
        from ablations.training.trainer import Trainer

        variant: Variant = next(arm for arm in self.study.arms if arm.name == name)
        if self._trainer is None or variant != self._variant:
            self._variant = self._trainer = None  # the old network's memory first
            self._trainer = Trainer(self.study, variant, self.data, self.devices)
            self._variant = variant
        return self._trainer


class Relay(TrialListener):
    """Hands what a trial tells to a function, `(method, arguments)`, steps no more often than a person sees."""

    def __init__(self, tell: Callable[[str, tuple], None]):
        self._tell, self._told = tell, 0.0

    def trial_started(self, *arguments):
        self._tell("trial_started", arguments)

    def step(self, *arguments):
        if time.monotonic() - self._told >= TOLD_EVERY:
            self._told = time.monotonic()
            self._tell("step", arguments)

    def epoch_done(self, *arguments):
        self._tell("epoch_done", arguments)

    def saved(self, *arguments):
        self._tell("saved", arguments)

    def failed(self, *arguments):
        self._tell("failed", arguments)


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
