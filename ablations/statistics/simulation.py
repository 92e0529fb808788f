"""Checks tests, intervals and power on simulated trials whose true effect is known: `python -m ablations simulate`.

Scores are in points: normal over the seeds with a standard deviation of 0.3 (what trials of this bench show). Where
trials are paired, those of one seed share half of the variance. Answers to single images come from a threshold model:
an image is answered right if its own difficulty, its difficulty for the arm, the effect of the seed and chance add up
to less than the arm's skill.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from ablations.statistics.bootstrap import crossed_interval
from ablations.statistics.comparison import compare, equivalence
from ablations.statistics.plateau import arms_hold, difference_holds, movement
from ablations.statistics.power import detectable_difference, required_seeds
from ablations.statistics.significance import holm, holm_exclusive

DRAWS = 2000  # per promise, which its bounds are for
SPREAD, EFFECT, MARGIN = 0.3, 0.6, 0.3
BEFORE = 3  # seeds of the rung before the last
MOVES = (0.0, 0.8)  # points that both arms gain from it to the last: trained out, and nearly so
SEEDS = (8, 10, 20)
SHOWN = ((6, 1), (8, 4), (20, 4))  # seeds and tests with which the detectable difference is tried
IMAGES = 400
SHARE_OF = {"image": 0.6, "arm": 0.15, "seed": 0.0005, "chance": 0.2495}  # of the variance of that sum


@dataclass(frozen=True)
class Question:
    """A property that the statistics promise, and one simulation that answers yes or no.

    Attributes:
        promise: The property in words.
        seeds: Trials per arm.
        low, high: Bounds on the share of draws that answer yes, for `DRAWS` of them.
        draw: Simulates once with a random generator and returns the answer.
    """

    promise: str
    seeds: int
    low: float
    high: float
    draw: Callable[[np.random.Generator], bool]

    def bounds(self, repetitions: int) -> tuple[float, float]:
        """The bounds for fewer draws, wider by two standard errors of what chance adds to their share."""
        chance = max(0.0, 1 / repetitions**0.5 - 1 / DRAWS**0.5)
        low, high = (2 * chance * (bound * (1 - bound)) ** 0.5 for bound in (self.low, self.high))
        return self.low - low, self.high + high


def questions() -> Iterator[Question]:
    """Yields every promise: at most 5% false alarms, the planned power, intervals that cover the truth."""
    for n in SEEDS:
        yield Question("no effect, 5% test: false alarms", n, 0.035, 0.065, partial(_rejects, n=n, effect=0))
        yield Question("95% interval covers (paired)", n, 0.92, 0.97, partial(_covers, n=n))
        yield Question("95% interval covers seeds and images", n, 0.92, 0.97, partial(_covers_images, n=n))
    n = SEEDS[0]
    yield Question("95% interval covers (Welch's, one arm three times as noisy)", n, 0.92, 0.97, _covers_unpaired)
    n = required_seeds(SPREAD, EFFECT)
    yield Question(
        f"power for {EFFECT} points at the seeds asked for", n, 0.75, 0.9, lambda rng: _rejects(rng, n, EFFECT)
    )
    yield Question("four true nulls, Holm: any false alarm in the family", 10, 0.0, 0.065, _family_errs)
    yield Question(
        "difference and equivalence corrected together: any false alarm in the family", 10, 0.0, 0.065, _pairs_err
    )
    for gain in MOVES:
        name = f"no effect, arms that gain {gain} points"
        alarm, judged = partial(_judged_alarm, gain=gain), partial(_alarm_if_judged, gain=gain)
        yield Question(f"{name}: false alarms with the plateau", 8, 0.0, 0.055, alarm)
        yield Question(f"{name}: false alarms among the studies that are judged", 8, 0.0, 0.065, judged)
    yield Question("arms that gain 2.1 points: judged all the same", 8, 0.0, 0.01, partial(_judged, gain=2.1))
    yield Question("arms that gain nothing: judged", 20, 0.6, 1.0, partial(_judged, gain=0.0, n=20, before=20))
    for pairs, tests in SHOWN:
        promise = f"the detectable difference (p times {tests}): judged real"
        yield Question(promise, pairs, 0.76, 0.84, partial(_shows, n=pairs, tests=tests))


def simulate(repetitions: int, seed: int = 0) -> pd.DataFrame:
    """One row per promise: the share of `repetitions` draws that answer yes, and whether it is within its bounds."""
    rows = []
    for number, question in enumerate(questions()):
        rng = np.random.default_rng([seed, number])
        share = sum(question.draw(rng) for _ in range(repetitions)) / repetitions
        low, high = question.bounds(repetitions)
        rows.append(
            {
                "promise": question.promise,
                "seeds": question.seeds,
                "repetitions": repetitions,
                "share": share,
                "low": low,
                "high": high,
                "kept": low <= share <= high,
            }
        )
    return pd.DataFrame(rows)


def arms(rng: np.random.Generator, n: int, effect: float, correlation: float) -> tuple[np.ndarray, np.ndarray]:
    """Draws the scores of two arms, `(n,)` each, with standard deviation `SPREAD` and the given correlation."""
    shared, own = np.sqrt(correlation) * rng.normal(size=n), np.sqrt(1 - correlation) * rng.normal(size=(2, n))
    return 80 + SPREAD * (shared + own[0]), 80 + effect + SPREAD * (shared + own[1])


def answers(rng: np.random.Generator, n: int, skills: tuple[float, float]) -> list[np.ndarray]:
    """Draws the answers of two arms, bool `(n, IMAGES)` each; the expected share of right ones is Phi(skill)."""
    scale = {name: np.sqrt(share) for name, share in SHARE_OF.items()}
    image = scale["image"] * rng.normal(size=IMAGES)
    right = []
    for skill in skills:
        hard = image + scale["arm"] * rng.normal(size=IMAGES) + scale["seed"] * rng.normal(size=(n, 1))
        right.append(hard + scale["chance"] * rng.normal(size=(n, IMAGES)) < skill)
    return right


def _rejects(rng: np.random.Generator, n: int, effect: float) -> bool:
    return compare(*arms(rng, n, effect, correlation=0.5 if effect == 0 else 0.0)).p_value < 0.05


def _shows(rng: np.random.Generator, n: int, tests: int) -> bool:
    """Whether the detectable difference is judged real by the rule of `evidence.verdict`, at the first step of Holm."""
    effect = detectable_difference(SPREAD * 2**0.5, n, comparisons=tests)
    found = compare(*arms(rng, n, effect, correlation=0.0))
    return found.p_value * tests < 0.05 and found.low > 0


def _covers(rng: np.random.Generator, n: int) -> bool:
    found = compare(*arms(rng, n, EFFECT, correlation=0.5))
    return found.low <= EFFECT <= found.high


def _covers_unpaired(rng: np.random.Generator) -> bool:
    quiet, loud = rng.normal(80, SPREAD, SEEDS[0]), rng.normal(80 + EFFECT, 3 * SPREAD, SEEDS[0])
    found = compare(quiet, loud, paired=False)
    return found.low <= EFFECT <= found.high


def _covers_images(rng: np.random.Generator, n: int) -> bool:
    skills = (0.8, 0.7)
    low, high = crossed_interval(*answers(rng, n, skills))
    return low <= stats.norm.cdf(skills[1]) - stats.norm.cdf(skills[0]) <= high


def _family_errs(rng: np.random.Generator) -> bool:
    baseline = rng.normal(80, SPREAD, 10)
    variants = rng.normal(80, SPREAD, (4, 10))
    return bool((holm([compare(baseline, variant).p_value for variant in variants]) < 0.05).any())


def _pairs_err(rng: np.random.Generator) -> bool:
    """Two tests without a difference, two whose difference is the margin: in each one null hypothesis is true."""
    baseline, errors = rng.normal(80, SPREAD, 10), []
    groups = []
    for effect in (0.0, 0.0, MARGIN, MARGIN):
        found = compare(baseline, rng.normal(80 + effect, SPREAD, 10))
        groups.append((found.p_value, equivalence(found, MARGIN).p_value))
        errors.append(0 if effect == 0 else 1)
    adjusted = holm_exclusive(groups)
    return any(values[wrong] < 0.05 for values, wrong in zip(adjusted, errors, strict=True))


def _rungs(rng: np.random.Generator, gain: float, n: int, before: int):
    """The scores of two equal arms at two budgets: `before` seeds at the shorter one, `n` at the longer one."""
    first = arms(rng, before, 0.0, correlation=0.5)
    last = arms(rng, n, 0.0, correlation=0.5)
    return first, tuple(arm + gain for arm in last)


def _holds(first, last) -> bool:
    """The rule of `evidence.trained`: arms move by less than a point, their difference by less than half the margin."""
    moved = movement(first, last)
    return arms_hold(moved) and difference_holds(moved.difference, MARGIN)


def _judged(rng: np.random.Generator, gain: float, n: int = SEEDS[0], before: int = BEFORE) -> bool:
    return _holds(*_rungs(rng, gain, n, before))


def _judged_alarm(rng: np.random.Generator, gain: float) -> bool:
    first, last = _rungs(rng, gain, SEEDS[0], BEFORE)
    return _holds(first, last) and compare(*last).p_value < 0.05


def _alarm_if_judged(rng: np.random.Generator, gain: float) -> bool:
    """Draws studies until one is judged: whether that one is a false alarm."""
    while True:
        first, last = _rungs(rng, gain, SEEDS[0], BEFORE)
        if _holds(first, last):
            return compare(*last).p_value < 0.05
