"""The worker: reads the data of a study once and traces the graph of a variant once for all its seeds."""

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ablations import environment
from ablations.data import datasets
from ablations.data.augmentation import AugmentationFailed
from ablations.data.recipe_checks import check_recipes
from ablations.data.shifts import check_shifts
from ablations.data.synthetic import synthetic_dataset
from ablations.records import outcomes, weights
from ablations.records.checkpoints import Checkpoints
from ablations.records.outcomes import Outcome, Stopped
from ablations.records.paired_times import PairedTimes
from ablations.records.trials import Cost, Site
from ablations.study import Study, Trial, Variant
from ablations.study.claims import check_measures
from ablations.study.equal_steps import equal_steps
from ablations.training import devices
from ablations.training.progress import TrialListener
from inception_keras.backend import load_backend
from inception_keras.errors import UserError

if TYPE_CHECKING:
    from ablations.training.trainer import Pace, Trainer


TOLD_EVERY = 0.1  # seconds between two steps that are reported: a person does not see more


class Worker:
    """Trains the trials of one study in the process that creates it.

    The data is checked before the deep learning framework is loaded, so that a mistake in it is reported quickly.

    Args:
        study: Whose trials.
        data_dir: Where TFDS keeps prepared sets; `None` for its own default.
        distribute: On which devices each trial is trained: see `training.devices.find_devices`.
        synthetic: Whether synthetic data may replace a known data set that is not prepared: to plan, not to train.
        streamed: As in `datasets.load`.

    Raises:
        UserError: The data can't be loaded, an arm can't be trained on it, or the devices can't be used as asked.
    """

    def __init__(
        self,
        study: Study,
        data_dir: str | None,
        distribute: str = "none",
        synthetic: bool = False,
        streamed: bool | None = None,
    ):
        self.study = study
        made_up = synthetic_dataset(study, data_dir) if synthetic else None
        self.data = made_up or datasets.load_for(study, data_dir, streamed)
        if made_up is None:  # whose classes have no names, and whose images are random
            check_measures(study.claims, self.data.class_names)
            if "shifts" in study.evaluations:
                check_shifts(self.data.train)  # as large as those for tests, which only a trained network reads
        check_recipes(study, self.data)
        load_backend()
        from ablations.training import compile_cache  # imported late, like everything that needs the framework

        compile_cache.keep()
        self.devices = devices.find_devices(distribute, *(study.recipe_of(arm).batch_size for arm in study.arms))
        self.site = Site(
            self.data.describe(),
            environment.hardware(),
            environment.versions(),
            self.devices.rounding,
            distribute,
        )
        # includes the number of cores: with another one sums are taken in another order and round differently
        self._origin = {
            "versions": self.site.versions,
            "hardware": self.site.hardware,
            "code": environment.code(),
            "data": self.data.fingerprint,
        }
        self._traced_for: tuple[str, int] | None = None
        self._trainer: Trainer | None = None

    def costs(self, tell: Callable[[str], None] = lambda variant: None) -> dict[str, Cost]:
        """Builds every variant, checks that they differ as declared and returns their costs by name.

        Args:
            tell: Called with the name of each variant before it is built.

        Raises:
            UserError: Two variants do not differ, or one can't be built.
        """
        from ablations.training import networks

        return networks.prove(self.study, self.data.image_shape, self.data.classes, tell)

    def probe(self, tell: Callable[[str], None] = lambda variant: None) -> "dict[str, Pace]":
        """Times a few steps on this machine and returns each variant's pace by name.

        Variants whose steps compute the same, as `study.equal_steps` says, are timed once.

        Args:
            tell: Called with the name of each variant before it is timed.
        """
        from ablations.training.trainer import Trainer

        equal, paces = equal_steps(self.study), {}
        for arm in self.study.arms:
            if equal[arm.name] == arm.name:
                tell(arm.name)
                paces[arm.name] = Trainer(self.study, arm, self.data, self.devices, only_timed=True).probe()
        return {name: paces[timed] for name, timed in equal.items()}

    def time_pair(self, baseline: str, variant: str, rounds: int) -> PairedTimes:
        """Times the steps of two variants in turn, for `rounds` rounds."""
        from ablations.training.paired_times import time_in_turn
        from ablations.training.trainer import Trainer

        began, load = environment.now(), environment.load_average()
        arms = {arm.name: arm for arm in self.study.arms}
        study, pair = self.study.at(), (arms[baseline], arms[variant])
        trainers = [Trainer(study, arm, self.data, self.devices, only_timed=True) for arm in pair]
        seconds = tuple(zip(*time_in_turn(trainers, rounds), strict=True))
        after = environment.load_average()
        loads = None if load is None or after is None else (load, after)
        about = {"hardware": self.site.hardware, "versions": self.site.versions, "commit": environment.commit()}
        names = (self.study.name, self.study.profile, baseline, variant)
        return PairedTimes(*names, seconds=seconds, began=began, load=loads, **about)  # type: ignore[arg-type]

    def train(
        self,
        variant: str,
        seed: int,
        epochs: int,
        listener: TrialListener,
        folder: Path,
        stop: Callable[[], bool],
        *,
        address: str,
        keep_weights: bool = False,
    ) -> Outcome:
        """Trains one trial, from its checkpoint in `folder` if there is one; an exception becomes its outcome.

        The outcome carries the weights, so that they reach the store from another process or machine too.

        Raises:
            UserError: The trial has another address here, or what would stop every other trial as well: the data is
                damaged, the disk is full.
            Stopped: As `Trainer.train`.
        """
        self._check_source(variant, seed, epochs, address)
        listener.trial_started(variant, seed, epochs)
        try:
            trainer = self._traced(variant, seed, epochs)
            outcome = trainer.train(seed, listener, Checkpoints(folder, self._origin), stop)
            if keep_weights and outcome.status == "done":
                with trainer.evaluations.in_place():  # so that they give the record's accuracy again
                    outcome.weights = weights.pack(trainer.network)
            return outcome
        except AugmentationFailed as error:
            return self._failed(error, listener)
        except (UserError, Stopped):
            raise
        except Exception as error:
            return self._failed(error, listener)

    def _failed(self, error: Exception, listener: TrialListener) -> Outcome:
        self._traced_for = self._trainer = None  # its state is undefined after an exception
        listener.failed(traceback.format_exc())
        return outcomes.of_error(error)

    def _check_source(self, variant: str, seed: int, epochs: int, address: str):
        """A process that starts during a run imports the user's code as it is then, perhaps edited."""
        trial = Trial(self.study, self._arm(variant), seed, epochs)
        if self.site.rounding.address(trial) != address:
            raise UserError(
                f"the source of {variant} was changed during the run, so that this worker would train another network "
                "than the record names: type the command again; trials that are done stay"
            )

    def _arm(self, name: str) -> Variant:
        return next(arm for arm in self.study.arms if arm.name == name)

    def _traced(self, name: str, seed: int, epochs: int) -> "Trainer":
        """The trainer of a variant at a rung, which is one for all seeds, unless its frozen trunk changes with them.

        The schedule over the epochs of the rung is part of the graph.
        """
        from ablations.training.trainer import Trainer

        if self._trainer is None or self._traced_for != (name, epochs) or not self._trainer.suits(seed):
            self._traced_for = self._trainer = None  # frees the old network's memory before the new one is built
            self._trainer = Trainer(self.study.at(epochs), self._arm(name), self.data, self.devices, seed=seed)
            self._traced_for = (name, epochs)
        return self._trainer


class Relay(TrialListener):
    """Passes each call to a function as `(method, arguments)`; steps at most every `TOLD_EVERY` seconds."""

    def __init__(self, tell: Callable[[str, tuple], None]):
        self._tell, self._last_step = tell, 0.0

    def trial_started(self, *arguments):
        self._tell("trial_started", arguments)

    def resumed(self, *arguments):
        self._tell("resumed", arguments)

    def passed_over(self, *arguments):
        self._tell("passed_over", arguments)

    def step(self, *arguments):
        if time.monotonic() - self._last_step >= TOLD_EVERY:
            self._last_step = time.monotonic()
            self._tell("step", arguments)

    def epoch_done(self, *arguments):
        self._tell("epoch_done", arguments)

    def saved(self, *arguments):
        self._tell("saved", arguments)

    def failed(self, *arguments):
        self._tell("failed", arguments)


@dataclass(frozen=True)
class Open:
    """Request to read the data, as `datasets.load` with `streamed`, and load the framework. Answered by `site`."""

    study: Study
    data_dir: str | None
    distribute: str = "none"
    streamed: bool | None = None


@dataclass(frozen=True)
class Prove:
    """Request to build every variant once. Answered by `building` for each variant, then `costs`."""


@dataclass(frozen=True)
class Train:
    """Request to train a trial for `epochs`, with its checkpoints in `folder`.

    `address` is the trial's where it was asked for. Answered by `memory` and `outcome`, or `stopped`.
    """

    variant: str
    seed: int
    epochs: int
    folder: Path
    address: str
    keep_weights: bool = False


def perform(
    worker: Worker | None, request, tell: Callable[[str, object], None], stop: Callable[[], bool]
) -> Worker | None:
    """Performs one request, passes its events to `tell` and returns the worker, which `Open` creates."""
    try:
        match request:
            case Open(study, data_dir, distribute, streamed):
                worker = Worker(study, data_dir, distribute, streamed=streamed)
                tell("site", worker.site)
            case _ if worker is None:
                pass  # `Open` failed, which was reported: the requests after it have no worker
            case Prove():
                tell("costs", worker.costs(lambda variant: tell("building", variant)))
            case Train(variant, seed, epochs, folder, address, keep_weights):
                relay = Relay(lambda *told: tell("told", told))
                outcome = worker.train(
                    variant, seed, epochs, relay, folder, stop, address=address, keep_weights=keep_weights
                )
                tell("memory", environment.memory_used())
                tell("outcome", outcome)
    except Stopped:
        tell("stopped", None)
    except UserError as error:
        tell("mistake", str(error))
    return worker
