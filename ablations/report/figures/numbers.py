"""Makes the figures of a study from its records, and the figure of where networks have their parameters; PNG and SVG.

A figure is drawn from plain numbers, rounded to six digits, and its files contain the hash of these numbers. So a file
can be compared with the records without drawing it again, and the same records give the same bytes.
"""

import io
import json
import math
import re
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import style
from PIL import Image

from ablations.evidence.claimed import facing, in_words
from ablations.evidence.sections import Section, done_trials, scores
from ablations.files import write_files
from ablations.report.figures.drawing import DRAW, LOOK
from ablations.statistics.student import quantile
from ablations.study.measures import POINTS

DPI = 200  # of the PNG
NETWORKS = {"alexnet": "AlexNet", "vgg16": "VGG16", "googlenet": "GoogLeNet"}


def write_figures(section: Section, folder: Path) -> list[Path]:
    """Writes `forest`, `params`, `macs`, `curves` and `rungs` to `folder`; those without data are left out.

    Raises:
        UserError: `folder` can't be written.
    """
    drawn = section_numbers(section)
    return [path for stem, numbers in drawn.items() for path in write_drawing(folder, stem, numbers, DRAW[stem])]


def expected_fingerprints(section: Section) -> dict[str, str]:
    """By figure, the `fingerprint` of a file that shows these records; draws nothing."""
    return {stem: _digest(numbers) for stem, numbers in section_numbers(section).items()}


def write_parameters_figure(counts: pd.DataFrame, folder: Path) -> list[Path]:
    """Writes the figure `parameters` to `folder`, from the rows of `fully_connected_table`.

    Raises:
        UserError: `folder` can't be written.
    """
    return write_drawing(folder, "parameters", parameter_numbers(counts), DRAW["parameters"])


def expected_parameters_fingerprint(counts: pd.DataFrame) -> str:
    """The `fingerprint` of a file that shows these counts."""
    return _digest(parameter_numbers(counts))


def fingerprint(path: Path) -> str | None:
    """The hash of the numbers that a figure's file shows, 16 hexadecimal digits; `None` if the file has none."""
    if path.suffix == ".png":
        with Image.open(path) as image:
            words = image.info.get("Description", "")
    else:
        words = "".join(re.findall(r"<dc:description>(.*?)</dc:description>", path.read_text(encoding="utf-8")))
    found = re.fullmatch(r"data ([0-9a-f]{16})", words)
    return found[1] if found else None


def section_numbers(section: Section) -> dict[str, dict]:
    """By figure, everything that it shows: accuracies and differences in points, counts, names."""
    first = section.records[0]
    shared = {"study": section.study.name, "section": section.title, "dataset": first.data["name"]}
    shared["epochs"] = first.recipe["epochs"]
    own = {
        "forest": _comparisons(section),
        "params": {"rows": _accuracies(section, "inference_params")},
        "macs": {"rows": _accuracies(section, "inference_macs")},
        "curves": {"rows": _curves(section)},
        "rungs": _rungs(section),
    }
    return {stem: _rounded({**shared, **numbers}) for stem, numbers in own.items() if numbers["rows"]}


def parameter_numbers(counts: pd.DataFrame) -> dict:
    """One bar per network and head: the parameters of its parts, in the order of the graph."""
    from ablations.report.fully_connected import POOLED  # loads Keras

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
    return {"rows": rows}


def _comparisons(section: Section) -> dict:
    """Differences in the claim's direction: `first` is the arm that plus favours."""
    claim, rows = section.study.claim, []
    for item in section.compared:
        way = facing(section.study, item)
        row = {"first": way.first, "second": way.second, "n": item.found.n, "claimed": way.claim is not None}
        row |= {"difference": way.sign * item.found.difference, "words": in_words(item)}
        row["seeds"] = _turned(way.sign, item.found.low, item.found.high)
        row["images"] = _turned(way.sign, *item.images) if item.images else None
        row["effect"] = abs(way.claim.effect) if way.claim and way.claim.effect is not None else None
        rows.append(row)
    return {"metric": section.study.metric, "margin": claim.margin if claim else None, "rows": rows}


def _rungs(section: Section) -> dict:
    """The difference of the primary claim over the budget, in the claim's direction; without rows if there is none."""
    claim, rows = section.study.claim, []
    for epochs, evidence in section.rungs.items():
        pair = (*section.study.claimed_pair(claim), claim.metric) if claim else None
        for item in (one for one in evidence if (one.baseline, one.variant, one.metric) == pair):
            way = facing(section.study, item)
            row: dict[str, object] = {
                "budget": epochs,
                "n": item.found.n,
                "difference": way.sign * item.found.difference,
            }
            row |= {"seeds": _turned(way.sign, item.found.low, item.found.high), "words": in_words(item)}
            rows.append(row)
    if len(rows) < 2 or claim is None:
        return {"rows": []}
    effect = abs(claim.effect) if claim.effect is not None else None
    return {"metric": claim.metric, "claim": claim.statement, "effect": effect, "margin": claim.margin, "rows": rows}


def _turned(sign: int, low: float, high: float) -> list[float] | None:
    return _ends(low, high) if sign > 0 else _ends(-high, -low)


def _accuracies(section: Section, count: str) -> list[dict]:
    rows = []
    for place, variant in enumerate(section.variants):
        if own := done_trials(section, variant, "top1"):
            row = {"variant": variant, "place": place, "count": next(iter(own.values()))[count]}
            rows.append(row | _mean(list(scores(section, variant, "top1").values())))
    return rows


def _curves(section: Section) -> list[dict]:
    rows = []
    for place, variant in enumerate(section.variants):
        histories = [record.history for record in done_trials(section, variant, "top1").values() if record.history]
        if histories:
            epochs = list(zip(*histories, strict=False))
            row = {"variant": variant, "place": place, "n": len(histories)}
            row["epochs"] = [epoch[0]["epoch"] for epoch in epochs]
            for name, metric in (("validation", "validation_top1"), ("training", "top1")):
                row[name] = [_mean([POINTS * trial[metric] for trial in epoch]) for epoch in epochs]
            rows.append(row)
    return rows


def _mean(values: Sequence[float]) -> dict:
    """Mean, both ends of Student's 95% interval (`None` for one value), and number of values."""
    mean, n = float(np.mean(values)), len(values)
    if n < 2:
        return {"mean": mean, "ends": None, "n": n}
    reach = quantile(0.975, n - 1) * float(np.std(values, ddof=1)) / math.sqrt(n)
    return {"mean": mean, "ends": _ends(mean - reach, mean + reach), "n": n}


def _ends(low: float, high: float) -> list[float] | None:
    return [low, high] if math.isfinite(low) and math.isfinite(high) else None


def _rounded(value):
    """Rounds to six digits: machines differ in further ones, which no reader sees."""
    if isinstance(value, float):
        return float(f"{round(value, 9):.6g}") + 0.0  # no negative zero
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list) else value


def _digest(numbers: dict) -> str:
    return sha256(json.dumps(numbers, sort_keys=True).encode()).hexdigest()[:16]


def write_drawing(folder: Path, stem: str, numbers: dict, draw) -> list[Path]:
    description, files = {"Description": f"data {_digest(numbers)}"}, {}
    with style.context(["default", LOOK]):
        figure = draw(numbers)
        for suffix, metadata in (("png", description), ("svg", {**description, "Date": None})):
            buffer = io.BytesIO()
            figure.savefig(buffer, format=suffix, dpi=DPI, metadata=metadata)
            files[f"{stem}.{suffix}"] = buffer.getvalue()
    return write_files(folder, files)
