"""Trains one trial: its start or resumption, its epochs, its evaluations, and its outcome."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import keras

from ablations import environment
from ablations.data.datasets import Dataset
from ablations.data.recipe_checks import steps_per_epoch
from ablations.records.checkpoints import Checkpoints, State, capture, restore, variable_names
from ablations.records.outcomes import Diverged, Outcome, Stopped
from ablations.study import Study, Variant
from ablations.training.averaging import WeightAverage
from ablations.training.callback import ProbeCallback, TrialCallback
from ablations.training.devices import Devices
from ablations.training.fixed_trunk import FixedTrunk, is_fixed
from ablations.training.keras_fit import KerasFit
from ablations.training.networks import build
from ablations.training.optimizers import make_optimizer
from ablations.training.pretrained import freeze, load_start, start_of_seed
from ablations.training.progress import TrialListener
from ablations.training.seeding import reset_optimizer, seed_model
from ablations.training.trial_evaluations import TrialEvaluations
from ablations.training.whitening import keep_random, whiten

# A trial has diverged if its mean loss exceeds this multiple of ln(classes), the loss of guessing: it does not recover.
EXPLODING = 100.0
PROBED_IMAGES = 128


@dataclass(frozen=True)
class Pace:
    """Seconds that a variant takes on this machine: to trace its graph, per training step, per evaluated image, and to
    recompute its batch statistics (0 if evaluations use the moving averages).

    What is computed once, such as the maps of a frozen trunk, counts with the tracing.
    """

    compile: float
    step: float
    image: float
    statistics: float


class Trainer:
    """The network of one variant, traced once and trained for one seed after another.

    Args:
        study: Whose network, at one rung: its epochs are the recipe's.
        variant: Which of its networks; it is trained by the variant's own recipe.
        data: What it is trained on.
        devices: Where it is trained, as returned by `find_devices`; one device by default.
        seed: Of the first trial; by default the study's first. Only a frozen trunk that changes with the seed needs it.
        only_timed: Whether it will not train a trial: then no file of weights is needed, which changes no time.

    Raises:
        UserError: The training data is less than one batch, the network can't be built on it, the recipe has a setting
            for layers that the network lacks, or the file with the weights of a frozen trunk can't be read.
    """

    def __init__(
        self,
        study: Study,
        variant: Variant,
        data: Dataset,
        devices: Devices | None = None,
        *,
        seed: int | None = None,
        only_timed: bool = False,
    ):
        self.recipe, self.data, self.devices = study.recipe_of(variant), data, devices or Devices()
        self.toggles = study.toggles(variant)
        self.steps = steps_per_epoch(study, variant, len(data.train))
        keras.utils.clear_session()  # resets automatic names, which change the rounding on TensorFlow
        with self.devices.scope():
            self.network = self.model = build(study, variant, data.image_shape, data.classes)
            freeze(self.network, self.toggles)
            if only_timed:
                keep_random(self.network)
            self.devices.prepare(self.network)
            self._fix_trunk(study, None if only_timed else study.first_seed if seed is None else seed)
            self.outputs = list(self.model.output) if isinstance(self.model.output, dict) else None
            self._compile()
            self.average = WeightAverage(self.model, self.recipe, self.recipe.epochs * self.steps)
            graph = (self.model, study, variant, self.data, self.devices)
            self.evaluations = TrialEvaluations(*graph, self.average, self._trunk)
        self.epochs = self._epoch_trainer()
        self.exploding = EXPLODING * math.log(data.classes)

    def suits(self, seed: int) -> bool:
        """Whether it can train the trial of a seed: the maps that it trains on, if it does, are those of its trunk."""
        return self._trunk is None or self._start_of_maps == start_of_seed(self.toggles, seed)

    def train(
        self,
        seed: int,
        listener: TrialListener,
        checkpoints: Checkpoints | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Outcome:
        """Trains one trial and evaluates it; the test split is read only here, once, after the last epoch.

        Args:
            seed: Of weights, order, augmentation and dropout; one that it `suits`.
            listener: Receives steps and epochs.
            checkpoints: What the trial resumes from, and where it saves its state after each epoch.
            stop: Called after each epoch but the last; if it returns true, the trial stops.

        Raises:
            Stopped: `stop` returned true; the checkpoint is written.
        """
        with self.devices.scope():
            return self._train(seed, listener, checkpoints, stop)

    def _train(self, seed, listener, checkpoints, stop) -> Outcome:
        assert self.suits(seed), "another trunk's maps"
        begun, callback = time.perf_counter(), TrialCallback(listener, self.exploding)
        load = environment.load_average()
        outcome, before = self._start(seed, checkpoints, listener)
        if outcome.history:
            listener.resumed(len(outcome.history))
        for row in outcome.history:
            listener.epoch_done(row)
        try:
            self._train_epochs(outcome, seed, listener, checkpoints, stop, callback, before, begun)
            self.average.keep()
            with callback.evaluating(), self.evaluations.in_place():
                self.evaluations.finish(outcome)
        except Diverged as reason:
            outcome.status, outcome.reason = "diverged", str(reason)
            # those of earlier epochs and of other splits are no result
            outcome.metrics, outcome.by_class, outcome.test = {}, {}, None
        outcome.times = callback.times(before, time.perf_counter() - begun)
        outcome.load = [one for one in (load, environment.load_average()) if one is not None]
        return outcome

    def _train_epochs(self, outcome, seed, listener, checkpoints, stop, callback, before, begun):
        """Trains and validates the epochs that are left, and adds them to the outcome."""
        for epoch in range(len(outcome.history), self.recipe.epochs):
            logs = self.epochs.train(seed, epoch, callback, self.steps)
            if callback.diverged(logs["loss"]):
                raise Diverged(f"loss {logs['loss']:.4g} in epoch {epoch + 1}")
            with callback.evaluating(), self.evaluations.in_place():
                validation = self.evaluations.validate(epoch)
            outcome.history.append({"epoch": epoch + 1, **logs, **_prefixed("validation", validation.metrics)})
            outcome.metrics = {"validation": validation.metrics}
            listener.epoch_done(outcome.history[-1])
            if checkpoints:
                times = callback.times(before, time.perf_counter() - begun)
                notes = {"history": outcome.history, "times": times, "validation": validation.metrics}
                notes["began"] = outcome.began
                listener.saved(checkpoints.save(State(epoch + 1, capture(self.model, self.average.variables), notes)))
            if epoch + 1 < self.recipe.epochs and stop():
                raise Stopped

    def probe(self, steps: int = 10) -> Pace:
        """Times up to `steps` training steps and some evaluation batches; the weights are useless afterwards."""
        with self.devices.scope():
            return self._probe(steps)

    def _probe(self, steps: int) -> Pace:
        callback = ProbeCallback(TrialListener(), self.exploding)
        # at least a whole dispatch, since a part of one takes as long
        self.epochs.train(0, 0, callback, min(max(steps, self.epochs.together), self.steps))
        some = self.data.validation.head(max(PROBED_IMAGES, self.recipe.batch_size))
        statistics, evaluation = [self.evaluations.time(some) for _ in range(2)][1]  # the first traces the graphs
        times = callback.times({}, 0.0)
        return Pace(self._preparing + times["compile"], times["step"], evaluation / len(some), statistics)

    def _start(
        self, seed: int, checkpoints: Checkpoints | None, listener: TrialListener
    ) -> tuple[Outcome, dict[str, float]]:
        """Sets the model to the trial's first epoch, or to the one after its checkpoint.

        Returns:
            The outcome so far, and the times until the checkpoint (empty without one).
        """
        seed_model(self.network, seed)
        if not load_start(self.network, self.toggles, seed):
            whiten(self.network, self.data.train, seed)
        reset_optimizer(self.model.optimizer)
        self.average.reset()
        names = variable_names(self.model, self.average.variables)
        state = checkpoints.load(listener.passed_over, names) if checkpoints else None
        if state is None:
            return Outcome(began=environment.now()), {}
        restore(self.model, state.variables, self.average.variables)
        notes = state.notes  # those of an older version have no `began`
        resumed = Outcome(history=notes["history"], began=notes.get("began", environment.now()))
        resumed.metrics = {"validation": notes["validation"]}
        return resumed, notes["times"]

    def _fix_trunk(self, study: Study, seed: int | None):
        """Goes on with the head alone, and maps as the data, if the maps of the trunk are always the same.

        Without a seed the trunk has other weights than a trial's, which changes no time.
        """
        begun, self._trunk, self._start_of_maps = time.perf_counter(), None, None
        if is_fixed(self.network, self.toggles, self.recipe, study.evaluations, self.data, self.devices):
            if seed is not None:
                load_start(self.network, self.toggles, seed)
                self._start_of_maps = start_of_seed(self.toggles, seed)
            self._trunk = FixedTrunk(self.network)
            self.model = self._trunk.head
            train, validation = map(self._trunk.kept_maps, (self.data.train, self.data.validation))
            self.data = replace(self.data, train=train, validation=validation)
        self._preparing = time.perf_counter() - begun

    def _epoch_trainer(self):
        """What trains an epoch: `JaxScan` or `KerasFit`. Both give the same trial, up to rounding."""
        parts = (self.model, self.data.train, self.recipe, self.devices, self.average)
        if self.devices.dispatch == "scan":
            from ablations.training.jax_scan import JaxScan  # needs JAX

            return JaxScan(*parts)
        return KerasFit(*parts)

    def _compile(self):
        recipe = self.recipe
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
        top1 = keras.metrics.CategoricalAccuracy(name="top1")
        outputs = self.outputs
        self.model.compile(
            make_optimizer(recipe, self.steps, self.model.trainable_variables),
            loss={name: loss for name in outputs} if outputs else loss,
            loss_weights={name: 1.0 if name == "main" else recipe.aux_weight for name in outputs} if outputs else None,
            metrics={"main": [top1]} if outputs else [top1],
            # on TensorFlow, XLA slows convolutions on a CPU to a third of the speed; JAX always uses XLA
            jit_compile="auto" if keras.backend.backend() != "tensorflow" else False,
        )
        if self.devices.replicas == 1:  # with several, Keras does it itself
            self._build_metrics()

    def _build_metrics(self):
        """Creates the variables of loss and metrics: TensorFlow would trace a step that creates variables twice."""
        guess = keras.ops.zeros((1, self.data.classes))
        guesses = {name: guess for name in self.outputs} if self.outputs else guess
        self.model.compute_loss(y=guesses, y_pred=guesses)
        self.model.compute_metrics(None, guesses, guesses)
        self.model.reset_metrics()


def _prefixed(prefix: str, metrics: dict[str, float]) -> dict[str, float]:
    return {f"{prefix}_{name}": value for name, value in metrics.items()}
