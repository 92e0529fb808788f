"""A study at the size of continuous integration, and what its run must reach."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Guards:
    """What a run must reach, or it exits with 1.

    Attributes:
        params: Trainable parameters by variant, exactly.
        least_top1: Least test top-1 of every trial, from 0 to 1.
    """

    params: Mapping[str, int] = field(default_factory=dict)
    least_top1: float = 0.0


# What a study of colour images needs to run at a small size on the embedded data, seconds a trial on 2 cores.
ON_DIGITS = MappingProxyType(
    {
        "dataset": "digits",
        "image_size": 32,
        "fraction": 0.5,
        "augmentation": ("crop",),  # a mirrored digit is another sign
        "width": 0.125,
        "epochs": 3,
        "batch_size": 32,
        "learning_rate": 0.05,
        "precision": "float32",
        "batch_momentum": 0.9,  # with 60 steps, statistics of momentum 0.99 would not have arrived
    }
)


@dataclass(frozen=True)
class Reduced:
    """The study at a size for continuous integration.

    Attributes:
        settings: Those of `--set`.
        seeds: Number of trials of each variant.
        guards: What its run must reach.
        variants: Names of the arms that it keeps, the baseline among them; none: all. Comparisons and claims of others
            are left out.
    """

    settings: Mapping[str, object]
    seeds: int
    guards: Guards
    variants: tuple[str, ...] = ()
