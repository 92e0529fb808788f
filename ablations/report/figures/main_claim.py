"""What the figure of the main claim shows: the difference in every study and at every budget that asks the question."""

from collections.abc import Sequence

from ablations.evidence.claimed import as_claimed, facing
from ablations.evidence.findings import Finding
from ablations.evidence.rungs import Rung
from ablations.report.average_pooling import STUDIES, best
from ablations.report.figures.numbers import rounded
from ablations.study import Claim

POOLED, CONNECTED = "average pooling", "fully connected"


def main_claim_numbers(found: Sequence[Finding]) -> dict:
    """One row per study and budget, in the claim's direction; without rows if the main claim has no results.

    Args:
        found: The findings on all studies. Those count whose primary claim is the paper's.
    """
    asked = [one for one in found if one.primary and one.study.name in STUDIES]
    asked.sort(key=lambda one: STUDIES.index(one.study.name))
    rows = [_row(one, rung) for one in asked for rung in one.rungs]
    main = best([one for one in asked if one.rungs])
    if main is None or not isinstance(main.claim, Claim) or main.claim.effect is None:
        return {"rows": []}
    return rounded({"title": _title(rows, main), "effect": abs(main.claim.effect), "rows": rows})


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
    row["over"] = facing(one.study, rung.evidence).second
    return row | {"difference": found.mean, "seeds": seeds}


def _title(rows: list[dict], main: Finding) -> str:
    """Which head is better wherever it was measured, and the verdict on the main claim."""
    rows = [row for row in rows if row["seeds"]] or rows  # one pair tells nothing
    heads, sizes = {better_head(row) for row in rows}, sorted(abs(row["difference"]) for row in rows)
    if len(heads) > 1 or None in heads:
        return f"Which head is better depends on data and budget: {main.verdict.name}"
    better = POOLED if heads == {"gap"} else CONNECTED
    size = _range([f"{size:.1f}" for size in sizes])
    epochs = _range([str(epochs) for epochs in sorted({row["budget"] for row in rows})])
    after = "1 epoch" if epochs == "1" else f"{epochs} epochs"
    return f"{better.capitalize()} better by {size} points after {after}: {main.verdict.name}"


def _range(texts: list[str]) -> str:
    """From the first to the last of sorted numbers."""
    return texts[0] if texts[0] == texts[-1] else f"{texts[0]} to {texts[-1]}"
