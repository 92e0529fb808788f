"""A study at a size for continuous integration, and what its run must reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from ablations.study.checks import as_tuple, check_between, check_count, check_seeds, check_settings, check_type
from ablations.study.tuning import Tuning
from inception_keras.errors import UserError, unknown


@dataclass(frozen=True)
class Guards:
    """What a run must reach; if it does not, it exits with 1.

    Attributes:
        params: Exact number of trainable parameters by variant.
        least_top1: Lowest test top-1 allowed for a trial, from 0 to 1.
        not_worse: By variant a margin in points of top-1: it must be shown, at 5%, that the variant is not worse than
            the baseline by this margin or more. What is not shown breaks it: `plan` says how many seeds it takes.
    """

    params: Mapping[str, int] = field(default_factory=dict)
    least_top1: float = 0.0
    not_worse: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self):
        check_settings("params of guards", self.params, "a count by variant, such as {'gap': 1000}, or {}")
        check_settings("not_worse of guards", self.not_worse, "a margin by variant, such as {'fc': 1.0}, or {}")
        object.__setattr__(self, "params", dict(self.params))  # as the overrides of a variant
        object.__setattr__(self, "not_worse", dict(self.not_worse))
        for name, count in self.params.items():
            check_count(f"params of {name!r}", count)
        check_between("least_top1", self.least_top1, 0, 1)
        for name, margin in self.not_worse.items():
            check_between(f"not_worse of {name!r}", margin, 0.01, 100)

    def check_variants(self, study: str, names: Sequence[str]):
        """Raises a UserError if a guard is about none of the variants `names` of a study; the first is the baseline."""
        for name in (*self.params, *self.not_worse):
            if name not in names:
                raise unknown(f"variant in the guards of {study}", name, names)
        if names[0] in self.not_worse:
            raise UserError(f"not_worse in the guards of {study}: {names[0]} is the baseline, compared with itself")


# Settings with which a study of colour images runs on the embedded data, in seconds per trial: 30 steps. Studies whose
# guard asks for an accuracy take a larger fraction.
ON_DIGITS = MappingProxyType(
    {
        "dataset": "digits",
        "image_size": 32,
        "fraction": 0.25,
        "augmentation": ("crop",),  # no flip: a mirrored digit is no digit
        "width": 0.125,
        "epochs": 3,
        "batch_size": 32,
        "learning_rate": 0.05,
        "precision": "float32",
        "batch_momentum": 0.9,  # in so few steps, moving statistics with momentum 0.99 would not converge
    }
)
# For studies of GoogLeNet that ask nothing of its branches: 10 convolutions instead of 57 between the same stages and
# heads. Tracing takes most of such a trial's time.
ONE_BRANCH_ON_DIGITS = MappingProxyType({**ON_DIGITS, "branches": ("1x1",)})


@dataclass(frozen=True)
class Reduced:
    """The study at a size for continuous integration.

    Attributes:
        settings: The settings to change, as in `--set`.
        seeds: Number of trials of each variant.
        guards: What its run must reach.
        variants: Names of the arms to keep, the baseline among them; empty for all. Comparisons and claims about other
            arms are dropped.
        tuning: What is tuned at this size; `None`: nothing, so that `run` needs no `tune` before it.
    """

    settings: Mapping[str, object]
    seeds: int
    guards: Guards
    variants: tuple[str, ...] = ()
    tuning: Tuning | None = None

    def __post_init__(self):
        check_settings("settings of a reduced profile", self.settings, "settings by name, such as {'epochs': 1}, or {}")
        object.__setattr__(self, "settings", dict(self.settings))  # as the overrides of a variant
        check_seeds(self.seeds)
        check_type("guards of a reduced profile", self.guards, Guards, "Guards, such as Guards(least_top1=0.5)")
        kept = as_tuple("variants of a reduced profile", self.variants, str, "names of variants, such as ('gap', 'fc')")
        object.__setattr__(self, "variants", kept)
        if self.tuning is not None:
            check_type("tuning of a reduced profile", self.tuning, Tuning, "a Tuning, such as Tuning(grid={...})")
