"""What trains: the data of a study read once, the graph of a variant traced once for all its seeds."""

import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ablations import datasets, distribution, outcomes, provenance, standins, weights
from ablations.checkpoints import Checkpoints
from ablations.outcomes import Outcome, Stopped
from ablations.progress import Lane
from ablations.study import Study, Variant
from ablations.trials import Cost, Site
from inception_keras.errors import UserError
from inception_keras.loading import load_backend

if TYPE_CHECKING:
    from ablations.training import Trainer

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
        self.data = (standins.stand_in(study, data_dir) if stand_in else None) or datasets.load(
            study.dataset,
            data_dir=data_dir,
            image_size=study.image_size,
            validation=study.validation,
            fraction=study.fraction,
            augmentation=study.recipe.augmentation,
            classes=study.classes,
        )
        load_backend()
        from ablations import compiled  # like all that needs the framework

        compiled.keep()
        self.devices = distribution.find(distribute, study.recipe.batch_size)
        self.site = Site(
            self.data.describe(),
            provenance.hardware(),
            provenance.versions(),
            distribute,
            self.devices.replicas,
            self.devices.dispatch,
        )
        # the cores too: with more of them sums are taken in another order, and come out with other last digits
        self._origin = f"{self.site.versions} {self.site.hardware} {provenance.commit()}"
        self._variant: Variant | None = None
        self._trainer: Trainer | None = None

    def costs(self) -> dict[str, Cost]:
        """The cost of every variant, by name, after the proof that they differ as they say.

        Raises:
            UserError: They don't, or one can't be built.
        """
        from ablations import networks

        return networks.prove(self.study, self.data.image_shape, self.data.classes)

    def probe(self) -> dict[str, object]:
        """By variant the seconds that its parts take on this machine, from a few steps of each."""
        from ablations.training import Trainer

        trainers = ((arm.name, Trainer(self.study, arm, self.data, self.devices)) for arm in self.study.arms)
        return {name: trainer.probe() for name, trainer in trainers}

    def train(
        self,
        variant: str,
        seed: int,
        lane: Lane,
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
        lane.trial_started(variant, seed, self.study.recipe.epochs)
        checkpoints = Checkpoints(folder, origin=self._origin)
        try:
            trainer = self._traced(variant)
            outcome = trainer.train(seed, lane, checkpoints, stop)
            if keep_weights and outcome.status == "done":
                outcome.weights = weights.pack(trainer.model)
            return outcome
        except (UserError, Stopped):
            raise
        except Exception as error:
            self._variant = self._trainer = None  # what is left of it can't be trusted
            lane.failed(traceback.format_exc())
            return outcomes.of_error(error)

    def _traced(self, name: str) -> "Trainer":
        from ablations.training import Trainer

        variant: Variant = next(arm for arm in self.study.arms if arm.name == name)
        if self._trainer is None or variant != self._variant:
            self._variant = self._trainer = None  # the old network's memory first
            self._trainer = Trainer(self.study, variant, self.data, self.devices)
            self._variant = variant
        return self._trainer


class Relay(Lane):
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
