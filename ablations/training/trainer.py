"""One trial: its start, its epochs, its evaluations, and what comes of it."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import keras

from ablations.data.datasets import Dataset
from ablations.data.shifts import shifted
from ablations.data.splits import Examples
from ablations.records.checkpoints import Checkpoints, State, capture, restore
from ablations.records.outcomes import Evaluation, Outcome, Stopped
from ablations.study import Study, Variant
from ablations.study.measures import SHIFTS
from ablations.training.callback import ProbeCallback, TrialCallback
from ablations.training.devices import Devices
from ablations.training.evaluation import evaluate
from ablations.training.keras_fit import KerasFit
from ablations.training.networks import build
from ablations.training.optimizer import MomentumSGD, learning_rate
from ablations.training.progress import TrialListener
from ablations.training.seeding import reset_optimizer, seed_model
from inception_keras import inference_model
from inception_keras.errors import UserError

# A mean loss of so many times what guessing costs, ln(classes), does not come back: the trial has diverged.
EXPLODING = 100.0
PROBED_IMAGES = 128


@dataclass(frozen=True)
class Pace:
    """Seconds that a variant takes here: to trace its graph, for a training step, to evaluate an image."""

    compile: float
    step: float
    image: float


class Trainer:
    """The network of one variant, traced once and trained for one seed after another.

    Args:
        study, variant: Whose network.
        data: What it is trained on.
        devices: On which, as `distribution.find` gives them; one by default.

    Raises:
        UserError: The data is less than one batch, or the network can't be built on it.
    """

    def __init__(self, study: Study, variant: Variant, data: Dataset, devices: Devices | None = None):
        self.recipe, self.data, self.devices = study.recipe, data, devices or Devices()
        self.evaluations = study.evaluations
        self.steps = len(data.train) // self.recipe.batch_size
        if self.steps == 0:
            raise UserError(
                f"{study.name}: {len(data.train)} training images are less than one batch of {self.recipe.batch_size}: "
                "set a smaller batch_size or a larger fraction"
            )
        keras.utils.clear_session()  # automatic names decide the rounding on TensorFlow: they start from zero
        with self.devices.scope():
            self.model = build(study, variant, data.image_shape, data.classes)
            self.devices.prepare(self.model)
            self.inference = inference_model(self.model)
            self.outputs = list(self.model.output) if isinstance(self.model.output, dict) else None
            self._compile()
        self.epochs = self._strategy()
        self.exploding = EXPLODING * math.log(data.classes)

    def train(
        self,
        seed: int,
        listener: TrialListener,
        checkpoints: Checkpoints | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Outcome:
        """Trains from the seed's own start and evaluates; the test split is read here, once, after the last epoch.

        Args:
            seed: Of weights, order, augmentation and dropout.
            listener: Is told about steps and epochs.
            checkpoints: Where the trial goes on from, and saves after each epoch.
            stop: Asked after each epoch whether to leave off there.

        Raises:
            Stopped: It was asked to; the checkpoint is written.
        """
        with self.devices.scope():
            return self._train(seed, listener, checkpoints, stop)

    def _train(self, seed, listener, checkpoints, stop) -> Outcome:
        begun, watch = time.perf_counter(), TrialCallback(listener, self.exploding)
        outcome, before = self._start(seed, checkpoints)
        for row in outcome.history:
            listener.epoch_done(row)
        for epoch in range(len(outcome.history), self.recipe.epochs):
            logs = self.epochs.train(seed, epoch, watch, self.steps)
            if watch.diverged(logs["loss"]):
                outcome.status, outcome.reason = "diverged", f"loss {logs['loss']:.4g} in epoch {epoch + 1}"
                outcome.metrics = {}  # what it reached before is no result
                break
            with watch.evaluating():
                validation = self._evaluate(self.data.validation)
            outcome.history.append({"epoch": epoch + 1, **logs, **_prefixed("validation", validation.metrics)})
            outcome.metrics = {"validation": validation.metrics}
            listener.epoch_done(outcome.history[-1])
            if checkpoints:
                times = watch.times(before, time.perf_counter() - begun)
                notes = {"history": outcome.history, "times": times, "validation": validation.metrics}
                listener.saved(checkpoints.save(State(epoch + 1, capture(self.model), notes)))
            if epoch + 1 < self.recipe.epochs and stop():
                raise Stopped
        else:
            with watch.evaluating():
                outcome.test = self._evaluate(test := self.data.test)
                outcome.metrics["test"] = outcome.test.metrics
                outcome.metrics |= {name: self._evaluate(split).metrics for name, split in self._further(test)}
        outcome.times = watch.times(before, time.perf_counter() - begun)
        return outcome

    def probe(self, steps: int = 10) -> Pace:
        """Times up to so many training steps and some evaluation batches; the weights are of no use afterwards."""
        with self.devices.scope():
            return self._probe(steps)

    def _probe(self, steps: int) -> Pace:
        watch = ProbeCallback(TrialListener(), self.exploding)
        # part of a dispatch takes as long as all of it
        self.epochs.train(0, 0, watch, min(max(steps, self.epochs.together), self.steps))
        some = self.data.validation.head(max(PROBED_IMAGES, self.recipe.batch_size))
        self._evaluate(some)  # traces the graph
        begun = time.perf_counter()
        self._evaluate(some)
        image = (time.perf_counter() - begun) / len(some)
        times = watch.times({}, 0.0)
        return Pace(times["compile"], times["step"], image)

    def _start(self, seed: int, checkpoints: Checkpoints | None) -> tuple[Outcome, dict[str, float]]:
        """The trial at its first epoch, or at the one after its checkpoint, and the seconds that were spent before."""
        seed_model(self.model, seed)
        reset_optimizer(self.model.optimizer)
        state = checkpoints.load() if checkpoints else None
        if state is None:
            return Outcome(), {}
        restore(self.model, state.variables)
        resumed = Outcome(history=state.notes["history"], metrics={"validation": state.notes["validation"]})
        return resumed, state.notes["times"]

    def _strategy(self):
        """How an epoch is trained: all strategies end in the same trial, up to rounding."""
        parts = (self.model, self.data.train, self.recipe, self.devices)
        if self.devices.dispatch == "scan":
            from ablations.training.jax_scan import JaxScan  # needs JAX

            return JaxScan(*parts)
        return KerasFit(*parts)

    def _compile(self):
        recipe = self.recipe
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
        top1 = keras.metrics.CategoricalAccuracy(name="top1")
        optimizer = MomentumSGD(
            learning_rate(recipe, self.steps),
            momentum=recipe.momentum,
            nesterov=recipe.momentum > 0,
            weight_decay=recipe.weight_decay or None,
        )
        if recipe.weight_decay:
            optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        optimizer.build(self.model.trainable_variables)
        outputs = self.outputs
        self.model.compile(
            optimizer,
            loss={name: loss for name in outputs} if outputs else loss,
            loss_weights={name: 1.0 if name == "main" else recipe.aux_weight for name in outputs} if outputs else None,
            metrics={"main": [top1]} if outputs else [top1],
            # XLA makes convolutions on a CPU slower on TensorFlow (a third of the speed); JAX has nothing else
            jit_compile="auto" if keras.backend.backend() != "tensorflow" else False,
        )
        if self.devices.replicas == 1:  # with several, Keras does it
            self._build_metrics()

    def _build_metrics(self):
        """Makes the variables of loss and metrics, since TensorFlow traces a step that makes variables twice."""
        guess = keras.ops.zeros((1, self.data.classes))
        guesses = {name: guess for name in self.outputs} if self.outputs else guess
        self.model.compute_loss(y=guesses, y_pred=guesses)
        self.model.compute_metrics(None, guesses, guesses)
        self.model.reset_metrics()

    def _further(self, test: Examples) -> Iterator[tuple[str, Examples]]:
        """What the study evaluates on beside the test split, by the name that the record has for it."""
        if "train" in self.evaluations:
            yield "train", self.data.train
        if "shifts" in self.evaluations:
            for pixels in SHIFTS:
                yield f"shift_{pixels}", shifted(test, pixels)

    def _evaluate(self, split: Examples) -> Evaluation:
        return evaluate(self.devices.predictor(self.inference), split, self.recipe.batch_size)


def _prefixed(prefix: str, metrics: dict[str, float]) -> dict[str, float]:
    return {f"{prefix}_{name}": value for name, value in metrics.items()}
