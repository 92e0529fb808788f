"""How many runs (of single runs: test examples) a difference takes: from a stated spread, or from results."""

from dataclasses import dataclass
from math import inf

import numpy as np

from ablations.evidence.pairing import pair_up
from ablations.foreign.arms import Foreign
from ablations.statistics import detectable, detectable_difference, equivalence_seeds, level_within, required_seeds
from ablations.study.decimals import counted
from inception_keras.errors import UserError

EFFECTS = {"points": (0.25, 0.5, 1.0, 2.0), "units": ()}  # to plan for, if none is given
LEAST_RUNS = 3  # a spread over fewer is useless
MOST = 1_000_000  # runs or examples: more is no plan
COUNTED = {"seeds": "runs", "examples": "examples"}  # what there is of what a comparison is over


@dataclass(frozen=True)
class Plan:
    """What a difference takes.

    Attributes:
        effect: The difference.
        to_show: Runs per arm, or examples, to show it with 80% power.
        to_exclude: As many to show that equal arms differ by less.
        over: `seeds` or `examples`.
    """

    effect: float
    to_show: int
    to_exclude: int
    over: str = "seeds"


def plan(
    sd: float, effect: float, correlation: float = 0.0, over: str = "seeds", *, tests: int = 1, paired: bool = True
) -> Plan:
    """The runs that a difference takes.

    Args:
        sd: Standard deviation of a score over the seeds (or the examples) of one arm.
        effect: The difference, in the unit of `sd`.
        correlation: Of the arms over the seeds; 0 if runs do not pair.
        over: `seeds` or `examples`.
        tests: How many arms are compared with the first: the test is corrected for them.
        paired: Whether runs are compared in pairs.

    Raises:
        UserError: A number is out of range, or the difference is so small that it takes over a million runs (examples).
    """
    if not sd > 0 or not np.isfinite(sd):
        raise UserError(f"the standard deviation is above 0; got {sd:g}")
    if effect == 0 or not np.isfinite(effect):
        raise UserError(f"the difference is not 0 and finite; got {effect:g}")
    if not -1 < correlation < 1:
        raise UserError(f"the correlation lies between -1 and 1; got {correlation:g}")
    noise = sd * (2 * (1 - correlation)) ** 0.5
    if noise / abs(effect) > (MOST / 8) ** 0.5:
        per_arm = " per arm" if over == "seeds" else ""
        raise UserError(
            f"a difference of {abs(effect):g} with a spread of {sd:g} takes over {MOST:,} {COUNTED[over]}{per_arm}"
        )
    return Plan(
        abs(effect),
        required_seeds(sd, effect, correlation=correlation, comparisons=tests, paired=paired),
        equivalence_seeds(sd, abs(effect), alpha=level_within(tests), correlation=correlation),
        over,
    )


@dataclass(frozen=True)
class Spread:
    """The spread of results.

    Attributes:
        sd: Standard deviation of the difference between a run of one arm and a run of the other; of single
            runs, that between their scores of an example.
        n: Runs or examples that it was measured on.
        origin: Where it comes from, in words.
        over: `seeds` or `examples`.
        tests: How many arms are compared with the first: `compare` corrects each test for them.
        paired: Whether runs are compared in pairs.
        detectable: The difference that as many show; infinite if they can show none.
    """

    sd: float
    n: int
    origin: str
    over: str = "seeds"
    tests: int = 1
    paired: bool = True
    detectable: float = inf

    @property
    def counted(self) -> str:
        """How many runs or examples, in words."""
        return counted(self.n, COUNTED[self.over])

    @property
    def per_arm(self) -> float:
        """The spread of one arm without correlation that gives the same noise."""
        return self.sd / 2**0.5

    def plan(self, effect: float) -> Plan:
        """What a difference takes with this spread; see `plan`."""
        return plan(self.per_arm, effect, over=self.over, tests=self.tests, paired=self.paired)


def spreads(foreign: Foreign) -> list[Spread]:
    """The spread of each arm beside the first; of one arm alone its own, as if a second one were like it.

    Of arms with one run each it is over the examples that both answered.

    Raises:
        UserError: There are fewer than three runs (or examples), or answers of one run alone, which do not say how
            often another would agree.
    """
    first = foreign.arms[0]
    if len(foreign.arms) == 1:
        own = first.summary
        if first.answers and own.n == 1:
            examples = counted(len(next(iter(first.answers.values()))), "examples")
            raise UserError(
                f"{first.name} is one run with {examples}: give the answers of a second arm to plan examples, or "
                "runs with several seeds to plan seeds"
            )
        _check(own.n, first.name)
        _check_spread(own.sd, first.name, f"all {own.n} runs have the same score")
        words = f"{first.name}: {own.sd:.3g} {foreign.unit} over {own.n} runs"
        shown = detectable_difference(own.sd * 2**0.5, own.n)
        return [Spread(own.sd * 2**0.5, own.n, words, detectable=shown)]
    made = []
    for arm in foreign.arms[1:]:
        pair = pair_up(foreign, first, arm, [])
        found, over = pair.found, pair.over
        _check(found.n, f"{arm.name} and {first.name}", COUNTED[over])
        _check_spread(found.sd, f"{arm.name} and {first.name}", "they differ by the same everywhere")
        correlated = "" if np.isnan(found.correlation) else f", correlation {found.correlation:+.2f}"
        measured = f"{found.sd:.3g} {foreign.unit} over {counted(found.n, COUNTED[over])}"
        words = f"{arm.name} and {first.name}: {measured}{correlated}"
        tests, paired = len(foreign.arms) - 1, found.paired
        shown = detectable(found, comparisons=tests)
        made.append(Spread(found.sd, found.n, words, over, tests, paired, shown))
    return made


def _check(n: int, name: str, things: str = "runs"):
    if n < LEAST_RUNS:
        raise UserError(f"{name}: a spread takes {LEAST_RUNS} {things} or more, not {n}; or type `power SD EFFECT`")


def _check_spread(sd: float, name: str, why: str):
    if not sd > 0:
        raise UserError(f"{name}: {why}, so there is no spread to plan with; type `power SD EFFECT`")
