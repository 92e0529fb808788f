"""A claim on the Markdown page of its study: the verdict, and everything that decided it."""

import pandas as pd

from ablations.evidence.claimed import count_words, over_images
from ablations.evidence.findings import Finding
from ablations.evidence.rungs import Rung
from ablations.evidence.weighing import SEEDS
from ablations.report import claim_texts, experiments
from ablations.report.escapes import markdown
from ablations.report.formats import equals, p_value, to_markdown
from ablations.report.published import elsewhere
from ablations.study import Claim
from ablations.study.decimals import plain

TITLES = ("The claim", "A secondary claim")  # how their sections begin


def claim_lines(one: Finding) -> list[str]:
    """The lines of a claim, from its heading on."""
    title = TITLES[0] if one.primary else TITLES[1]
    said = f"> {markdown(one.claim.statement)} ({markdown(one.claim.source)})"
    lines = [f"## {title}: {claim_texts.verdict(one)}", "", said, ""]
    lines += [f"- {markdown(f'{name}: {text}')}." for name, text in facts(one).items()]
    lines += [f"- {markdown(f'Elsewhere: {row}')}." for row in elsewhere(one)]
    lines += [""]
    if len(one.rungs) > 1:
        lines += [to_markdown(budget_table(one)), ""]
    return lines


def facts(one: Finding) -> dict[str, str]:
    """What decided a claim, by name; without a full stop at the end."""
    found = {"Why": one.verdict.reason, "Measured": claim_texts.measured(one)}
    if one.evidence is not None:
        found["Measured"] += _seeds(one)
        found["Claimed"] = claim_texts.claimed_cell(one)
        found["Accuracy of the arms"] = claim_texts.accuracy_cell(one)
        found["Trained out"] = claim_texts.trained_cell(one)
        if one.evidence.found.n > 1:
            test = one.evidence
            found["Sign-flip test"] = f"p {equals(test.found.p_value)}, corrected {p_value(test.p_holm)}"
        if images := over_images(one.evidence):
            found["Over seeds and images"] = images
    for step in one.steps:
        words = f"p {equals(step.p_value)}, corrected {p_value(step.p_holm)}, over images"
        found[f"From {step.worse} to {step.better} (models x crops)"] = f"{claim_texts.step_words(step)}; {words}"
    if one.mechanism:
        found["Mechanism"] = one.mechanism
    elif one.evidence is not None and one.evidence.training is None:
        found["Mechanism"] = "unknown: the arms were not evaluated on clean training images"
    if one.notes:
        found["Note"] = "; ".join(one.notes)
    if one.needs:
        found["Seeds needed"] = str(one.needs)
    if one.records:
        found["Experiment"] = experiments.in_full(one).removesuffix(".")
    found["Standing"] = one.standing
    if one.plan:
        found["The whole study"] = one.plan
    if one.claim.refuted_by:
        found["It would be refuted by"] = one.claim.refuted_by
    return found


def budget_table(one: Finding) -> pd.DataFrame:
    """The difference over the budget: one row per rung, with the accuracy of both arms."""
    return pd.DataFrame([_rung(one, rung) for rung in one.rungs])


def _rung(one: Finding, rung: Rung) -> dict[str, str]:
    assert isinstance(one.claim, Claim), "an ordering has no pair"
    row = {"epochs": str(rung.epochs)}
    for label, mean in zip(rung.evidence.labels, rung.means, strict=True):
        row[f"{label}, top-1 (%)"] = plain(mean, "%")
    return row | {"as claimed [95%]": claim_texts.rung_words(one, rung)}


def _seeds(one: Finding) -> str:
    """How many pairs, seeds or rounds were compared, to follow what was measured."""
    assert one.evidence is not None, "there are seeds to count"
    pairs = " pairs" if one.study.paired and one.evidence.over == SEEDS else ""
    return f", n = {count_words(one.evidence)}{pairs}"
