"""The end of `run` and `report`: one sentence says what was found, one what to type next."""

from collections.abc import Sequence
from statistics import fmean

from ablations.evidence.findings import Finding
from ablations.evidence.sections import Section, scores
from ablations.evidence.trained import AT_CHANCE
from ablations.evidence.verdict import SETTLED, is_real
from ablations.report import claim_texts
from ablations.statistics import least_seeds
from ablations.study import Study
from ablations.study.decimals import counted


def closing(section: Section, found: Sequence[Finding], typed: str, options: str = "") -> tuple[str, str]:
    """What a study found, and the next step.

    Args:
        section: Its first section.
        found: The findings on its claims, the primary one first; empty if it states none.
        typed: The study, as typed.
        options: What `run` and `report` were told, such as `--out DIR`.
    """
    report = " ".join(filter(None, ("python -m ablations report", typed, options, "--open")))
    reduced = "--reduced" if section.profile == "reduced" else ""
    words = " ".join(filter(None, (typed, reduced, options)))
    page = f"`{report}` shows the figures on a page"
    if not found:
        return f"Found: {_best(section)}.", f"Next: {page}."
    return f"Found: {_sentence(found[0])}.", f"Next: {_step(found[0], words) or page}."


def _sentence(one: Finding) -> str:
    """The measured difference, the claim and its verdict."""
    words = f"“{one.claim.statement}” is {claim_texts.verdict(one)}: {one.verdict.reason}"
    if one.evidence is None and not one.steps:
        return f"the claim {words}"
    return f"{claim_texts.measured(one)}, n = {claim_texts.n_words(one)}; the claim {words}"


def _best(section: Section) -> str:
    """The variant with the highest mean top-1, for a study without a claim, if a difference between arms is shown."""
    means = {name: [*scores(section, name, "top1").values()] for name in section.variants}
    means = {name: values for name, values in means.items() if values}
    if not means:
        return "no trial is done, so that there is nothing to compare"
    best = max(means, key=lambda name: fmean(means[name]))
    seeds = len(means[best])
    if not any(map(is_real, section.compared)):
        return f"no difference between the arms is shown (n = {seeds}); the study states no claim"
    return f"{best} has the highest top-1, {fmean(means[best]):.1f}% (n = {seeds}); the study states no claim"


def _step(one: Finding, words: str) -> str:
    """What could settle the claim; empty if it is settled, or if no command could. `words`: the study, as typed."""
    if one.verdict.name in SETTLED:
        return ""
    if (one.evidence is None and not one.steps) or ": missing" in one.verdict.reason:
        return f"`python -m ablations run {words}` trains what is missing"
    if AT_CHANCE in one.verdict.reason:
        return _tuning(one.study, words)
    if one.verdict.more_seeds:
        return _more_seeds(one, words)
    if one.untrained and not one.study.rungs:
        return _rungs(one)
    return ""


def _tuning(study: Study, words: str) -> str:
    """How to find a learning rate at which arms learn that ended at chance."""
    trains = "more epochs or a lower learning rate may train them"
    if study.tuning is not None:
        return f"{trains}: declare more `epochs` and lower rates in the `tuning` of the study"
    rates = ", ".join(f"{study.recipe.learning_rate / by:g}" for by in (4, 2, 1))
    tuning = f'tuning=Tuning(grid={{"learning_rate": ({rates})}}, epochs={study.recipe.epochs})'
    return f"{trains}: declare `{tuning}` in the study, then type `python -m ablations tune {words}`"


def _rungs(one: Finding) -> str:
    """How to show whether longer training changes anything: a lock does not cover trials whose results are known."""
    epochs = one.study.recipe.epochs
    declared = f"`epochs={2 * epochs}` in the recipe and `rungs=({epochs}, {2 * epochs})` in the study"
    seeds = f"`first_seed={one.study.seed_range.stop}`"
    fresh = f"; these seeds are known: take others, {seeds}, and lock the study again" if one.lock else ""
    return f"only longer training can settle it: declare {declared}{fresh}"


def _more_seeds(one: Finding, words: str) -> str:
    """How to train as many seeds as a verdict needs: a lock does not cover seeds that its results asked for."""
    needed = filter(None, (one.needs.to_show, one.needs.to_exclude)) if one.needs else ()
    seeds = max([least_seeds(), *needed])
    if one.lock is None:
        trains = f"`python -m ablations run {words} --seeds {seeds}` trains as many seeds as a verdict needs"
        return f"{trains}; the ledger counts what the study declares"
    fresh = f"`first_seed={one.study.seed_range.stop}, seeds={seeds}`"
    return f"{counted(seeds, 'seeds')} would tell: declare {fresh} and lock the study again; its lock covers no more"
