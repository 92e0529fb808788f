"""Tuning: the settings that a study chooses for each of its arms, on the validation split, before it compares them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ablations.study.checks import check_count, check_settings
from ablations.study.recipe import UNTUNED
from inception_keras.errors import UserError

FIRST_SEED = 1000  # of the tuning's trials: no trial of a comparison has seen what was chosen with these
LEAST_VALUES = 2


@dataclass(frozen=True)
class Tuning:
    """A grid of settings, and how many short trainings each of its points gets.

    The settings are tuned one after another in the order of the grid, each arm by itself: all values of the first with
    the others as the study declares them, then all values of the second with the best of the first, and so on. Where
    the best of several numbers is the least or the greatest of them, further ones beyond it are tried.

    Attributes:
        grid: By recipe field or toggle, the values to try.
        epochs: Passes over the training split of each trial, a full schedule.
        seeds: Trials per point, with seeds from 1,000.
    """

    grid: Mapping[str, tuple] = field(default_factory=dict)
    epochs: int = 1
    seeds: int = 1

    def __post_init__(self):
        check_count("epochs of the tuning", self.epochs)
        check_count("seeds of the tuning", self.seeds)
        check_settings("grid of a tuning", self.grid, "values by name, such as {'learning_rate': (0.1, 0.2)}")
        grid = {}
        for name, values in dict(self.grid).items():
            if name in UNTUNED:
                raise UserError(f"a tuning can't try values of {name}: {UNTUNED[name]}")
            if not isinstance(values, (list, tuple)) or len(values) < LEAST_VALUES:
                raise UserError(f"the tuning needs a tuple of two values or more for {name}; got {values!r}")
            if len({repr(value) for value in values}) < len(values):
                raise UserError(f"the tuning tries a value of {name} twice: {values!r}")
            grid[name] = tuple(values)
        if not grid:
            raise UserError('a tuning needs a grid, such as {"learning_rate": (0.1, 0.2, 0.4)}')
        object.__setattr__(self, "grid", grid)
