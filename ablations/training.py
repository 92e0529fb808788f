"""One trial: the only caller of `fit()`."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import keras
import numpy as np
from keras.optimizers import schedules

from ablations.datasets import Dataset, Split, training_batches
from ablations.evaluation import Evaluation, evaluate
from ablations.networks import build
from ablations.progress import Reporter
from ablations.seeding import reset_optimizer, seed_model
from ablations.study import Recipe, Study, Variant
from inception_keras import inference_model
from inception_keras.errors import UserError


@dataclass
class Outcome:
    """What came of a trial.

    Attributes:
        status: `done` or `diverged`.
        reason: Why it is not done.
        history: A row an epoch: training loss and top-1 (augmented images, with dropout), validation metrics.
        metrics: By split, after the last epoch.
        test: The results on the test split, or `None` where the trial did not come to them.
        times: In seconds: `compile`, `step` (median), `input` (making batches, beside the steps), `training`,
            `evaluation`, `total`.
    """

    status: str = "done"
    reason: str = ""
    history: list[dict] = field(default_factory=list)
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    test: Evaluation | None = None
    times: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Pace:
    """Seconds that a variant takes here: to trace its graph, for a training step, to evaluate an image."""

    compile: float
    step: float
    image: float


class Trainer:
    """The network of one variant, traced once and trained for one seed after another."""

    def __init__(self, study: Study, variant: Variant, data: Dataset):
        self.recipe, self.data = study.recipe, data
        self.steps = len(data.train) // self.recipe.batch_size
        if self.steps == 0:
            raise UserError(
                f"{study.name}: {len(data.train)} training images are less than one batch of {self.recipe.batch_size}: "
                "set a smaller batch_size or a larger fraction"
            )
        keras.utils.clear_session()  # automatic names decide the rounding on TensorFlow: they start from zero
        self.model = build(study, variant, data.image_shape, data.classes)
        self.inference = inference_model(self.model)
        self.outputs = list(self.model.output) if isinstance(self.model.output, dict) else None
        self._compile()

    def train(self, seed: int, reporter: Reporter) -> Outcome:
        """Trains from the seed's own start and evaluates; the test split is read here, once, after the last epoch."""
        outcome, watch, started = Outcome(), Watch(reporter), time.perf_counter()
        seed_model(self.model, seed)
        reset_optimizer(self.model.optimizer)
        evaluation = 0.0
        for epoch in range(self.recipe.epochs):
            logs = self._fit(seed, epoch, watch)
            if not math.isfinite(logs["loss"]):
                outcome.status, outcome.reason = "diverged", f"loss {logs['loss']} in epoch {epoch + 1}"
                break
            begun = time.perf_counter()
            validation = evaluate(self.inference, self.data.validation, self.recipe.batch_size)
            evaluation += time.perf_counter() - begun
            outcome.history.append({"epoch": epoch + 1, **logs, **_prefixed("validation", validation.metrics)})
            reporter.epoch_done(outcome.history[-1])
        else:
            begun = time.perf_counter()
            outcome.test = evaluate(self.inference, self.data.test, self.recipe.batch_size)
            evaluation += time.perf_counter() - begun
            outcome.metrics = {"validation": validation.metrics, "test": outcome.test.metrics}
        outcome.times = {**watch.times(), "evaluation": evaluation, "total": time.perf_counter() - started}
        return outcome

    def probe(self, steps: int = 10) -> Pace:
        """Times some training steps and evaluation batches; the weights are of no use afterwards."""
        watch = Watch(Reporter())
        self._fit(0, 0, watch, min(steps, self.steps))
        first = np.arange(min(4 * self.recipe.batch_size, len(self.data.validation)))
        some = Split(*self.data.validation.take(first), self.data.validation.ids[first])
        evaluate(self.inference, some, self.recipe.batch_size)  # traces the graph
        begun = time.perf_counter()
        evaluate(self.inference, some, self.recipe.batch_size)
        image = (time.perf_counter() - begun) / len(some)
        return Pace(watch.times()["compile"], watch.times()["step"], image)

    def _compile(self):
        recipe = self.recipe
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
        top1 = keras.metrics.CategoricalAccuracy(name="top1")
        optimizer = keras.optimizers.SGD(
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

    def _fit(self, seed: int, epoch: int, watch: "Watch", steps: int | None = None) -> dict[str, float]:
        """One epoch, or its first steps; returns its mean loss and top-1."""
        history = self.model.fit(
            self._feed(seed, epoch, watch),
            steps_per_epoch=steps or self.steps,
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,  # the feed has the order already
            verbose=0,
            callbacks=[watch],
        )
        return _main_logs({name: values[-1] for name, values in history.history.items()})

    def _feed(self, seed: int, epoch: int, watch: "Watch") -> Iterator[tuple[np.ndarray, object]]:
        batches = iter(
            training_batches(
                self.data.train, self.recipe.batch_size, seed=seed, epoch=epoch, augmentation=self.recipe.augmentation
            )
        )
        while True:
            begun = time.perf_counter()
            batch = next(batches, None)
            if batch is None:
                return
            images, labels = batch
            target = keras.utils.to_categorical(labels, self.data.classes)
            watch.input_seconds += time.perf_counter() - begun
            yield images, {name: target for name in self.outputs} if self.outputs else target


class Watch(keras.callbacks.Callback):
    """Tells the reporter about each step, times the steps, and stops at a loss that is no number."""

    def __init__(self, reporter: Reporter):
        super().__init__()
        self.reporter = reporter
        self.input_seconds = self.training_seconds = 0.0
        self._steps: list[float] = []

    def on_epoch_begin(self, epoch, logs=None):
        self._epoch, self._epoch_started = epoch, time.perf_counter()
        self._last = self._epoch_started

    def on_train_batch_end(self, batch, logs=None):
        now = time.perf_counter()
        self._steps.append(now - self._last)
        self._last = now
        logs = _main_logs(logs)
        self.reporter.step(self._epoch, batch, logs["loss"], logs["top1"])
        if not math.isfinite(logs["loss"]):
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        self.training_seconds += time.perf_counter() - self._epoch_started

    def times(self) -> dict[str, float]:
        step = float(np.median(self._steps))
        compile_seconds = max(0.0, self._steps[0] - step)  # the first step traces the graph, if nobody did before
        return {
            "compile": compile_seconds,
            "step": step,
            "input": self.input_seconds,
            "training": self.training_seconds,
        }


def learning_rate(recipe: Recipe, steps_per_epoch: int):
    """The recipe's learning rate as a Keras schedule over all steps."""
    steps, peak = recipe.epochs * steps_per_epoch, recipe.learning_rate
    if recipe.schedule == "one_cycle":
        warmup = int(steps * recipe.warmup)
        return schedules.CosineDecay(peak / 25, steps - warmup, warmup_target=peak, warmup_steps=warmup)
    if recipe.schedule == "polynomial":
        return schedules.PolynomialDecay(peak, steps, end_learning_rate=0.0, power=0.5)
    return schedules.PiecewiseConstantDecay([steps], [peak, peak])


def _main_logs(logs: dict) -> dict[str, float]:
    """Loss and top-1 of the main output; with several outputs Keras puts their name before the metric's."""
    return {"loss": float(logs["loss"]), "top1": float(logs.get("main_top1", logs.get("top1")))}


def _prefixed(prefix: str, metrics: dict[str, float]) -> dict[str, float]:
    return {f"{prefix}_{name}": value for name, value in metrics.items()}
