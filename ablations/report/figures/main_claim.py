"""What the figure of the main claim shows: the difference in every study that asks the question."""

from collections import Counter
from collections.abc import Sequence

from ablations.evidence.claimed import as_claimed, facing
from ablations.evidence.findings import Finding
from ablations.evidence.rungs import Rung
from ablations.evidence.verdict import NOT_JUDGED
from ablations.report.figures.numbers import rounded
from ablations.report.main_question import STUDIES, answers
from ablations.study import Claim, Study

POOLED, CONNECTED = "average pooling", "fully connected"


def main_claim_numbers(found: Sequence[Finding]) -> dict:
    """One row per study, at its longest budget, in the claim's direction; no rows if the main claim has no results.

    Args:
        found: The findings on all studies. Those count whose primary claim is the paper's.
    """
    asked = [one for one in found if one.primary and one.study.name in STUDIES]
    asked.sort(key=lambda one: STUDIES.index(one.study.name))
    rows = [_row(one, one.rungs[-1]) for one in asked if one.rungs]
    main = next(iter(answers([one for one in asked if one.rungs])), None)
    if main is None or not isinstance(main.claim, Claim) or main.claim.effect is None:
        return {"rows": []}
    return rounded({"title": _title(rows), "effect": abs(main.claim.effect), "rows": rows})


def better_head(row: dict) -> str | None:
    """`gap` or `fc`; `None` where the interval includes 0."""
    low, high = row["seeds"] or (0.0, 0.0)
    return "gap" if low > 0 else "fc" if high < 0 else None


def _row(one: Finding, rung: Rung) -> dict:
    assert isinstance(one.claim, Claim), "an ordering has no rungs"
    found, record = as_claimed(one.claim, rung.evidence.found), one.records[0]
    seeds = [found.low, found.high] if found.low > -float("inf") else None
    row = {"study": one.study.name, "dataset": record.data["name"], "images": record.data["counts"]["train"]}
    row |= {"width": record.toggles.get("width"), "budget": rung.epochs, "n": rung.evidence.found.n}
    row |= {"over": facing(one.study, rung.evidence).second, "hidden": _has_hidden_layer(one.study, one.claim)}
    row["shared"] = _shared_arm(one)
    verdict = None if one.verdict.name == NOT_JUDGED else one.verdict.name
    return row | {"difference": found.mean, "seeds": seeds, "verdict": verdict}


def _shared_arm(one: Finding) -> dict | None:
    """The arm whose trials were taken from another study, with that study; `None` if there is none."""
    taken = next((record for record in one.records if record.shared), None)
    if taken is None:
        return None
    labels = {arm.name: arm.label for arm in one.study.arms}
    return {"arm": labels[taken.variant], "study": taken.shared["study"]}


def _has_hidden_layer(study: Study, claim: Claim) -> bool:
    """Whether the fully connected head of a claim's pair has more than its classifier."""
    arms = {arm.name: arm for arm in study.arms}
    found = (study.toggles(arms[name]) for name in study.claimed_pair(claim))
    return any(toggles.get("fc_units") for toggles in found if toggles.get("head") == "fc")


def _title(rows: list[dict]) -> str:
    """What is judged and how, apart from what is not, since a difference may go with longer training."""
    judged, others = [row for row in rows if row["verdict"]], [row for row in rows if not row["verdict"]]
    if not judged:
        return f"{_shown(others)}: {NOT_JUDGED}".capitalize()
    verdicts = dict.fromkeys(row["verdict"] for row in judged)
    words = "; ".join(_judged(name, [row for row in judged if row["verdict"] == name]) for name in verdicts)
    rest = f". Not judged: {_shown(others)}" if others else ""
    return f"Trained out, {words}{rest}"


def _judged(verdict: str, rows: list[dict]) -> str:
    """Rows of one verdict: which head is better and by how much; where none is, which heads are compared."""
    if any(map(better_head, rows)):
        return f"{_shown(rows)}: {verdict}"
    return f"{POOLED} against {' and '.join(dict.fromkeys(row['over'] for row in rows))}: {verdict}"


def _shown(rows: list[dict]) -> str:
    """Which head is better, or how often each was ahead; and what single pairs show."""
    measured, single = [row for row in rows if row["seeds"]], [row for row in rows if not row["seeds"]]
    heads = Counter(map(better_head, measured))
    parts = []
    if set(heads) == {None}:
        parts.append("no difference shown")
    elif len(heads) > 1:
        parts.append(_counts(heads))
    elif measured:
        size = _range(sorted(abs(row["difference"]) for row in measured), "{:.1f}")
        parts.append(f"{POOLED if 'gap' in heads else CONNECTED} better by {size} points after {_epochs(measured)}")
    return "; ".join(parts + ([_single_pairs(single)] if single else []))


def _counts(heads: Counter) -> str:
    """How often each head was ahead, without a word on why: comparisons differ in more than one respect."""
    names = {"gap": f"{POOLED} ahead in", "fc": f"{CONNECTED} ahead in", None: "no difference shown in"}
    first, *others = [f"{words} {heads[head]}" for head, words in names.items() if heads[head]]
    return ", ".join([f"{first} of {heads.total()} comparisons", *others])


def _single_pairs(rows: list[dict]) -> str:
    """What rows of one pair show, which tells nothing for sure: `one pair +1.0 after 96 epochs`."""
    pairs = "one pair" if len(rows) == 1 else f"{len(rows)} single pairs"
    return f"{pairs} {_range(sorted(row['difference'] for row in rows), '{:+.1f}')} after {_epochs(rows)}"


def _epochs(rows: list[dict]) -> str:
    """The budgets of rows, from the least to the greatest."""
    epochs = _range(sorted(row["budget"] for row in rows), "{}")
    return "1 epoch" if epochs == "1" else f"{epochs} epochs"


def _range(numbers: Sequence[float], written: str) -> str:
    """From the first to the last of sorted numbers."""
    first, last = written.format(numbers[0]), written.format(numbers[-1])
    return first if first == last else f"{first} to {last}"
