"""The learning rate of every step of a training, as a Keras schedule."""

import keras
from keras import ops
from keras.optimizers import schedules

from ablations.study import Recipe

START = 0.2  # of the highest rate, at the first step of `triangular`: airbench94.py


def learning_rate(recipe: Recipe, steps_per_epoch: int) -> schedules.LearningRateSchedule:
    """The recipe's learning rate over all steps of the training."""
    steps, peak = recipe.epochs * steps_per_epoch, recipe.learning_rate
    warmup = int(steps * recipe.warmup)
    if recipe.schedule == "one_cycle":
        return schedules.CosineDecay(peak / 25, steps - warmup, warmup_target=peak, warmup_steps=warmup)
    if recipe.schedule == "triangular":
        return Triangular(peak, steps, warmup, recipe.final_rate)
    if recipe.schedule == "polynomial":
        return schedules.PolynomialDecay(peak, steps, end_learning_rate=0.0, power=0.5)
    return schedules.PiecewiseConstantDecay([steps], [peak, peak])


class Triangular(schedules.LearningRateSchedule):
    """Rises linearly to a peak, then falls linearly.

    Source: `triangle` of KellerJordan/cifar10-airbench, legacy/airbench94.py: 0.2 at the first step, 1 after 23% of
    them, 0.07 at the end.

    Args:
        peak: The highest rate.
        steps: Number of steps of the training; afterwards the rate stays.
        warmup: Steps until the peak; 0: the first step has it.
        final: Share of the peak after the last step.
    """

    def __init__(self, peak: float, steps: int, warmup: int, final: float):
        self.peak, self.steps, self.warmup, self.final = peak, steps, warmup, final

    def __call__(self, step):
        step = ops.cast(step, keras.config.floatx())
        rising = START + (1 - START) * step / max(self.warmup, 1)
        left = ops.clip((self.steps - step) / max(self.steps - self.warmup, 1), 0.0, 1.0)
        falling = self.final + (1 - self.final) * left
        return self.peak * ops.where(step < self.warmup, rising, falling)

    def get_config(self):
        return {"peak": self.peak, "steps": self.steps, "warmup": self.warmup, "final": self.final}


class Given(schedules.LearningRateSchedule):
    """The rate that whoever runs a step has computed: a program with it does not depend on the schedule.

    Args:
        schedule: What computes the rate of each step.

    Attributes:
        now: The rate of the step that is being traced.
    """

    now: object = 0.0

    def __init__(self, schedule: schedules.LearningRateSchedule):
        self.schedule = schedule

    def __call__(self, step):
        return self.now


def given_rate(optimizer: keras.optimizers.Optimizer) -> Given:
    """Makes an optimizer take its learning rate from a `Given`, and returns that; always the same one."""
    if not isinstance(rate := optimizer._learning_rate, Given):
        optimizer.learning_rate = rate = Given(rate)
    return rate
