"""The plain numbers that figures are drawn from: made from records, rounded to six digits."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from ablations.evidence.claimed import facing, in_words
from ablations.evidence.findings import Finding
from ablations.evidence.order import error
from ablations.evidence.sections import Section, done_trials, scores
from ablations.records import ensembles
from ablations.records.record import Record
from ablations.report.figures import titles
from ablations.report.figures.caveats import caveat
from ablations.report.figures.look import HEADS
from ablations.report.fully_connected import POOLED
from ablations.report.heads import kind_of_head
from ablations.statistics.student import quantile
from ablations.study.claims import PAPER
from ablations.study.measures import POINTS

NETWORKS = {"alexnet": "AlexNet", "vgg16": "VGG16", "googlenet": "GoogLeNet"}


def section_numbers(section: Section, found: Sequence[Finding]) -> dict[str, dict]:
    """By figure, everything that it shows: its title, accuracies and differences in points, counts, names.

    Args:
        section: The trials.
        found: The findings on the study; the one on the primary claim from these trials gives titles their verdict.
    """
    first, one = section.records[0], _primary(section, found)
    warned = caveat(section, one)
    shared = {"study": section.study.name, "section": section.title, "dataset": first.data["name"]}
    shared["epochs"] = first.recipe["epochs"]
    own = {
        "forest": _comparisons(section),
        "params": {"rows": _accuracies(section, lambda record: record.trained_params)},
        "macs": {"rows": _accuracies(section, lambda record: record.inference_macs)},
        "curves": {"rows": _curves(section)},
        "rungs": _rungs(section),
        "ensembles": _ensembles(section),
    }
    return {
        stem: rounded({**shared, **numbers, "title": titles.TITLES[stem](numbers, one, warned)})
        for stem, numbers in own.items()
        if numbers["rows"]
    }


def parameter_numbers(counts: pd.DataFrame) -> dict:
    """One bar per network and head: the parameters of its parts, in the order of the graph."""
    rows = []
    for model, own in counts.groupby("model", sort=False):
        model = str(model)
        params = {part: int(count) for part, count in zip(own["part"], own["params"], strict=True)}
        convolutions = params["the network"] - params["all of them"]
        dense = {part.removeprefix("head_"): count for part, count in params.items() if part.startswith("head_")}
        name, form = NETWORKS.get(model, model), own["form"].iloc[0]
        head = "fully connected" if form == "as published" else form
        rows.append({"label": f"{name}, {head}", "parts": {"convolutions": convolutions, **dense}})
        pooled = {"convolutions": convolutions, "classifier": params[POOLED] - convolutions}
        rows.append({"label": f"{name}, average pooling", "parts": pooled})
    return {"title": titles.parameters_title(rows), "rows": rows}


def _comparisons(section: Section) -> dict:
    """Differences in the claim's direction: `first` is the arm that plus favours. Each with the margin of its claim.

    The primary claim's, of which the title speaks, comes first, unless the study declares comparisons in another order.
    """
    rows, claim = [], section.study.claim
    pair = section.study.claimed_pair(claim) if claim and not section.study.comparisons else None
    for item in sorted(section.compared, key=lambda one: (one.baseline, one.variant) != pair):
        way = facing(section.study, item)
        row = {"first": way.first, "second": way.second, "n": item.found.n, "claimed": way.claim is not None}
        row |= {"difference": way.sign * item.found.difference, "words": in_words(item)}
        row["seeds"] = _turned(way.sign, item.found.low, item.found.high)
        row["images"] = _turned(way.sign, *item.images) if item.images else None
        row["effect"] = abs(way.claim.effect) if way.claim and way.claim.effect is not None else None
        row["margin"] = way.claim.margin if way.claim else None
        rows.append(row)
    return {"metric": section.study.metric, "rows": rows}


def _rungs(section: Section) -> dict:
    """The difference of the primary claim over the budget, in the claim's direction; without rows if there is none."""
    claim, rows = section.study.claim, []
    for epochs, evidence in section.rungs.items():
        pair = (*section.study.claimed_pair(claim), claim.metric) if claim else None
        for item in (one for one in evidence if (one.baseline, one.variant, one.metric) == pair):
            way = facing(section.study, item)
            row: dict[str, object] = {"budget": epochs, "n": item.found.n, "first": way.first, "second": way.second}
            row["difference"] = way.sign * item.found.difference
            row |= {"seeds": _turned(way.sign, item.found.low, item.found.high), "words": in_words(item)}
            rows.append(row)
    if len(rows) < 2 or claim is None:
        return {"rows": []}
    effect = abs(claim.effect) if claim.effect is not None else None
    return {"metric": claim.metric, "claim": claim.statement, "effect": effect, "margin": claim.margin, "rows": rows}


def _turned(sign: int, low: float, high: float) -> list[float] | None:
    return _ends(low, high) if sign > 0 else _ends(-high, -low)


def _accuracies(section: Section, count: Callable[[Record], int]) -> list[dict]:
    """Without rows unless the count differs between variants: over a single value there is nothing to see."""
    rows = []
    for look in _looks(section):
        if own := done_trials(section, look["variant"], "top1"):
            row = {**look, "count": count(next(iter(own.values())))}
            rows.append(row | _mean(list(scores(section, look["variant"], "top1").values())))
    return rows if len({row["count"] for row in rows}) > 1 else []


def _curves(section: Section) -> list[dict]:
    """Without rows if there is a single epoch: a point is no curve."""
    rows = []
    for look in _looks(section):
        trials = done_trials(section, look["variant"], "top1").values()
        histories = [record.history for record in trials if len(record.history) > 1]
        if histories:
            epochs = list(zip(*histories, strict=False))
            row = {**look, "n": len(histories)}
            row["epochs"] = [epoch[0]["epoch"] for epoch in epochs]
            for name, metric in (("validation", "validation_top1"), ("training", "top1")):
                row[name] = [_mean([POINTS * trial[metric] for trial in epoch]) for epoch in epochs]
            rows.append(row)
    return rows


def _looks(section: Section) -> list[dict]:
    """Name, label, and what gives a variant its colour: place and head, which is `None` unless the heads differ."""
    labels = {arm.name: arm.label for arm in section.study.arms}
    heads = {record.variant: kind_of_head(record.toggles) for record in section.records}
    compared = len(set(heads.values())) > 1 and set(heads.values()) <= set(HEADS)
    return [
        {
            "variant": variant,
            "label": labels.get(variant, variant),
            "place": place,
            "head": heads[variant] if compared else None,
        }
        for place, variant in enumerate(section.variants)
    ]


def _ensembles(section: Section) -> dict:
    """The error of each row of models and crops, with the paper's; without rows if these trials have no ensembles."""
    ordering, found = section.study.ordering, ensembles.load_ensembles(section.store)
    if ordering is None or found is None or found.about["profile"] != section.profile:
        return {"rows": []}
    rows = []
    for row in (row for row in ordering.order if row in found.rows):
        of = error(found.rows[row], ordering.metric)
        own = {"models": row.models, "crops": row.crops, "mean": of.mean, "ends": [of.low, of.high]}
        rows.append(own | {"paper": PAPER.get(row)})
    return {"metric": f"top-{ordering.metric[3:]}", "rows": rows}


def _primary(section: Section, found: Sequence[Finding]) -> Finding | None:
    """The finding on the primary claim that is made from trials of this section."""
    own = {record.address for record in section.records}
    return next((one for one in found if one.primary and own & {record.address for record in one.records}), None)


def _mean(values: Sequence[float]) -> dict:
    """Mean of accuracies, both ends of Student's 95% interval (`None` for one value), and number of values.

    Over few seeds Student's interval may go beyond 0 to 100%, where no accuracy is.
    """
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return {"mean": mean, "ends": None, "n": n}
    reach = quantile(0.975, n - 1) * float(np.std(values, ddof=1)) / math.sqrt(n)
    return {"mean": mean, "ends": _ends(max(mean - reach, 0.0), min(mean + reach, float(POINTS))), "n": n}


def _ends(low: float, high: float) -> list[float] | None:
    return [low, high] if math.isfinite(low) and math.isfinite(high) else None


def rounded(value):
    """Rounds to six digits: machines differ in further ones, which no reader sees."""
    if isinstance(value, float):
        return float(f"{round(value, 9):.6g}") + 0.0  # no negative zero
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value
