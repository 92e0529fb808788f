"""Before a run: how long it will take, what it can show, and how many seeds its claim needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf

from ablations.evidence.guards import METRIC as GUARDED
from ablations.evidence.verdict import needs
from ablations.records.declared import belonging
from ablations.records.store import Store
from ablations.records.tuning import points_of
from ablations.statistics import compare, detectable_difference, least_seeds
from ablations.statistics.noninferiority import not_worse_seeds
from ablations.statistics.plateau import chance_to_hold, seeds_to_hold
from ablations.statistics.power import POWER
from ablations.study import Claim, Recipe, Study, Trial
from ablations.study.decimals import amount, counted, plain
from ablations.study.measures import SHIFTS, measure
from inception_keras.errors import UserError

ASSUMED_SD = 0.4  # points, over the seeds of one arm; gap_vs_fc's first three seeds had 0.23 and 0.47
LEAST_PAIRS = 3  # a spread measured on fewer pairs is useless


@dataclass(frozen=True)
class Spread:
    """How much the difference between a trial of one arm and a trial of the other varies over the seeds.

    Attributes:
        sd: Standard deviation in points.
        origin: Where the number comes from, in words.
        assumed: Whether it is assumed, not measured.
    """

    sd: float
    origin: str
    assumed: bool = False


def spread(study: Study, store: Store, claim: Claim | None = None) -> Spread:
    """Measures the spread on the arms of a claim; assumed, in points, if seeds are few.

    Args:
        study: Whose trials.
        store: Where its records are.
        claim: One of its claims; by default the primary one, else the first comparison's arms count.
    """
    claim = claim or study.claim
    if claim is None:
        return _spread(study, store, study.pairs[0], study.metric)
    return _spread(study, store, study.claimed_pair(claim), claim.metric)


def _spread(study: Study, store: Store, pair: tuple[str, str], metric: str) -> Spread:
    baseline, variant = pair
    arms: dict[str, dict[int, float]] = {baseline: {}, variant: {}}
    for record in belonging(study.at(), store.load()):
        value = measure(metric).of(record)
        if record.variant in arms and value is not None:
            arms[record.variant][record.seed] = value
    seeds = sorted(arms[baseline].keys() & arms[variant].keys())
    if len(seeds) < LEAST_PAIRS:
        return Spread(ASSUMED_SD * 2**0.5, f"assumed: {ASSUMED_SD} points per arm and no correlation", assumed=True)
    found = compare(*([arms[name][seed] for seed in seeds] for name in (baseline, variant)), paired=study.paired)
    correlation = f", correlation {found.correlation:+.2f}" if study.paired else ""
    return Spread(found.sd, f"from {len(seeds)} seeds of {variant} and {baseline}{correlation}")


def doubt(study: Study, store: Store) -> str | None:
    """Why a run of the study can't decide its claim; `None` if it can."""
    if study.claim is None:
        return None
    least = least_seeds(comparisons=len(study.tests))
    if study.seeds < least:
        seeds = counted(least, "seeds")
        return f"a verdict needs {seeds}, not {study.seeds}: this run can't decide the claim of {study.name}"
    noise = spread(study, store)
    if noise.assumed and measure(study.claim.metric).unit != "points":
        return None
    wanted = needs(study.claim, noise.sd, len(study.tests), study.paired)
    needed = wanted.to_exclude if study.claim.direction == "equal" else wanted.to_show
    if needed is None or needed <= study.seeds:
        return None
    seeds = counted(study.seeds, "seeds")
    return f"{seeds} may not decide the claim of {study.name}: it needs about {needed} (spread {noise.origin})"


def check_equality_seeds(study: Study, store: Store):
    """Checks that a study which claims equality has the seeds that its margins ask for, before it is locked.

    Raises:
        UserError: It has fewer: its run could not show that the arms are equal, even if they are.
    """
    for claim in (claim for claim in study.claims if claim.direction == "equal"):
        noise = spread(study, store, claim)
        if noise.assumed and measure(claim.metric).unit != "points":
            continue  # nothing is known of its spread
        needed = needs(claim, noise.sd, len(study.tests)).to_exclude
        if needed is not None and study.seeds < needed:
            raise UserError(
                f"{study.name} claims that {claim.variant} equals {study.claimed_pair(claim)[0]}: to exclude "
                f"{claim.margin_words} takes {counted(needed, 'seeds')}, not {study.seeds} "
                f"(spread {noise.origin}). Set seeds={needed}, a wider margin, or type --anyway to lock it as it is"
            )


def _guard_sentence(study: Study, store: Store, name: str) -> str:
    """What a guard on a difference of top-1 takes."""
    margin = study.guards.not_worse[name]
    seeds = not_worse_seeds(_spread(study, store, (study.baseline.name, name), GUARDED).sd, margin)
    about = f"guard: {name} not worse than {study.baseline.name} by {amount(margin, 'points')}"
    return f"{about}; if they are equal, {counted(seeds, 'seeds')} show it with 80% power, and there are {study.seeds}"


def hours(data, paces: dict, trials: Sequence[Trial]) -> float:
    """Estimates the hours of trials on this machine, one after another.

    Args:
        data: Their data set.
        paces: By variant the seconds of each part of a trial, as `runner.worker.Worker.probe` measures them.
        trials: What to run, of any rungs.
    """
    seconds = sum(paces[name].compile for name, _ in {(trial.variant.name, trial.rung) for trial in trials})
    for trial in trials:
        seconds += _training(data, paces[trial.variant.name], trial.recipe, trial.rung)
        seconds += images_at_the_end(trial.study, data) * paces[trial.variant.name].image
    return seconds / 3600


def tuning_hours(study: Study, data, paces: dict) -> float:
    """Estimates the hours of a study's tuning; see `hours`. Each setting of each variant is compiled anew."""
    if study.tuning is None:
        return 0.0
    seconds = 0.0
    for setting in study.tuning.grid:
        for arm, _ in points_of(study, setting):
            pace = paces[arm.name]
            trial = _training(data, pace, study.recipe_of(arm), study.tuning.epochs)
            seconds += pace.compile + study.tuning.seeds * trial
    return seconds / 3600


def images_at_the_end(study: Study, data) -> int:
    """How many images a trial is evaluated on after its last epoch; one with its mirror image counts twice."""
    if not study.reads_test:
        return 0
    test = len(data.test)
    further = {"train": len(data.train), "shifts": len(SHIFTS) * test, "mirrored": 2 * (test + len(data.validation))}
    return test + sum(further[name] for name in study.evaluations)


def _training(data, pace, recipe: Recipe, epochs: int) -> float:
    """Seconds of the epochs, with their validation and the batch statistics for it and for the last evaluation."""
    epoch = len(data.train) // recipe.batch_size * pace.step + len(data.validation) * pace.image
    return epochs * epoch + (epochs + 1) * pace.statistics


def sentences(study: Study, store: Store) -> list[str]:
    """What a study can show, one line each."""
    if study.ordering:
        return [f"claim: {study.ordering.statement}; after the run, `ensemble {study.name}` tests it over test images"]
    noise, unit = spread(study, store), measure(study.metric).unit
    tests = len(study.tests)
    found = detectable_difference(noise.sd, study.seeds, comparisons=tests, paired=study.paired)
    about = f"a standard deviation of {plain(noise.sd, unit)} {unit} ({noise.origin})"
    seeds_here = counted(study.seeds, "seeds")
    lines = [f"spread: the difference between two trials has {about}"]
    if noise.assumed and unit != "points":
        lines = [f"spread: in {unit} unknown before there are results, and with it what {seeds_here} show"]
    elif isinf(found):
        lines.append(f"detectable with {seeds_here}: no difference; {_least_words(study)}")
    else:
        power = "80% power to be judged real" + (f" among {tests} tests" if tests > 1 else "")
        lines.append(f"detectable with {seeds_here}: {plain(found, unit)} {unit} ({power})")
    lines += [_guard_sentence(study, store, name) for name in study.guards.not_worse]
    if study.claim is None:
        return lines
    claim = study.claim
    effect = "no size" if claim.effect is None else f"{claim.effect:+g} {unit}"
    margin = "no margin" if claim.margin is None else f"margin {claim.margin:g}"
    known = not noise.assumed or unit == "points"
    seeds = needs(claim, noise.sd, tests, study.paired) if known else "unknown"
    lines.append(f"claim: {claim.statement} ({effect}, {margin}); seeds: {seeds}")
    lines += _warnings(study)
    return [*lines, *([_plateau_sentence(study, claim, noise.sd)] if known and _asks_to_hold(study, claim) else [])]


def _least_words(study: Study) -> str:
    """The fewest seeds with which a verdict is possible at all."""
    tests = len(study.tests)
    if not study.paired:
        return f"with fewer than {least_seeds()} seeds nothing is judged"
    among = f" among {tests} tests" if tests > 1 else ""
    return f"a sign-flip test{among} needs {least_seeds(comparisons=tests)} seeds"


def _warnings(study: Study) -> list[str]:
    """What keeps a claim from the verdict that it asks for, whatever the run measures."""
    found = []
    small = study.profile.startswith("reduced")  # it is there to run through, and has no rungs whatever the study has
    if not small and not study.rungs and any(measure(claim.metric).steady for claim in study.claims):
        rungs = (study.recipe.epochs, 2 * study.recipe.epochs)
        found.append(
            "not judged: without rungs nothing shows that training is over: give it "
            f"epochs={rungs[1]} and rungs={rungs}"
        )
    for claim in study.claims:
        if claim.effect and claim.margin is not None and claim.margin >= abs(claim.effect):
            size = amount(abs(claim.effect), measure(claim.metric).unit)
            beside = "as large as" if claim.margin == abs(claim.effect) else "more than"
            found.append(
                f"margin: {claim.margin_words} is {beside} the claimed {size}, so that a difference of exactly this "
                f"size may come out as equivalent: {claim.statement}"
            )
    return found


def _asks_to_hold(study: Study, claim: Claim) -> bool:
    """Whether the claim's difference must hold still over two rungs."""
    return bool(study.rungs) and claim.margin is not None and measure(claim.metric).steady


def _plateau_sentence(study: Study, claim: Claim, noise: float) -> str:
    """How often the noise of the seeds alone lets a difference look as if it moved: then nothing is judged."""
    assert claim.margin is not None, "without a margin nothing bounds its movement"
    before, last = study.rungs[-2:]
    seeds = study.rung_seeds.get(before, study.seeds), study.seeds
    chance = chance_to_hold(noise, seeds, claim.margin)
    found = (
        f"plateau: a difference that does not move from {before} to {last} epochs is seen to hold still, within half "
        f"the margin, in {chance:.0%} of such studies"
    )
    if chance >= POWER:
        return found
    return (
        f"{found}; {POWER:.0%} take {counted(seeds_to_hold(noise, claim.margin), 'seeds')} at both, or a wider margin"
    )
