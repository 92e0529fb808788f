"""The results of `explain`: a table of scores, and a sheet with the maps of every variant."""

from pathlib import Path

import numpy as np
import pandas as pd

from ablations.data.datasets import Dataset
from ablations.files import write_files
from ablations.inspection import explain
from ablations.inspection.explain import DIGITS, MEASURES, Explained, mean_interval
from ablations.records.weights import TrainedTrial, left_out_sentence
from ablations.report.escapes import markdown
from ablations.report.formats import to_markdown
from ablations.study import Study
from ablations.study.decimals import counted
from inception_keras.explain.sheet import Column, draw_sheet


def write_explanation(
    study: Study, kept: dict[str, list[TrainedTrial]], data: Dataset, folder: Path, count: int, rows: int
) -> tuple[pd.DataFrame, str, list[Path]]:
    """Explains every variant that has kept weights, and writes the sheet and the tables to `folder`.

    Args:
        study: The study.
        kept: By variant the trials with weights, as `ablations.records.weights.kept_trials` gives them.
        data: The data set that the trials were trained on.
        folder: Where the files go.
        count: How many test images are scored.
        rows: How many of them the sheet shows.

    Returns:
        The table for people, its notes, and the paths of the files: the sheet, the table, the scores by image.

    Raises:
        UserError: The files can't be written.
    """
    places = explain.choose_images(data, count)
    images, labels = data.test.take(places)
    weights = {name: {one.trial.seed: one.weights for one in trials} for name, trials in kept.items()}
    found = [
        explain.explain_variant(study, arm, weights[arm.name], data, images)
        for arm in study.arms
        if arm.name in weights
    ]
    seeds, numbers = list(weights[study.baseline.name]), explanation_table(found)
    texts: dict[str, str | bytes] = {
        "sheet.png": sheet(found, data, images, labels, seeds[0], rows),
        "table.csv": numbers.to_csv(index=False),
        "table.md": page(study, data, numbers),
        "images.csv": by_image(found, seeds, places).to_csv(index=False),
    }
    return shown(numbers), notes(study, data, numbers), write_files(folder, texts)


def explanation_table(found: list[Explained]) -> pd.DataFrame:
    """One row per variant; differences are in gain, variant minus the first variant, paired by seed and image."""
    rows = []
    for one in found:
        row = {"variant": one.variant, "seeds": one.gain.shape[0], "images": one.gain.shape[1]}
        for name in MEASURES:
            row |= _mean(name, getattr(one, name), *((-2, 2) if name == "gain" else (0, 1)))
        rows.append(row | (_mean("gain_difference", one.gain - found[0].gain, -4, 4) if one is not found[0] else {}))
    return pd.DataFrame(rows)


def shown(numbers: pd.DataFrame) -> pd.DataFrame:
    """The table for people."""
    heads = {
        "probability": "probability",
        "deletion": "deletion (less is better)",
        "insertion": "insertion (more is better)",
        "gain": "gain over random maps",
        "gain_difference": "difference in gain",
    }
    made: dict[str, pd.Series | list[str]] = {"variant": numbers["variant"]}
    for name, head in heads.items():
        if name in numbers:
            made[head] = [_words(row, name) for _, row in numbers.iterrows()]
    return pd.DataFrame(made)


def notes(study: Study, data: Dataset, numbers: pd.DataFrame) -> str:
    """What the table was made from, in words."""
    seeds, images = int(numbers["seeds"].iloc[0]), int(numbers["images"].iloc[0])
    over = f"over {seeds} seeds and images" if seeds > 1 else "over images, for these trained networks"
    return (
        f"{study.name} ({study.profile}): {images} test images of {data.name} {data.version}, "
        f"{counted(seeds, 'seeds')} a variant; 95% {over}. Grad-CAM of the predicted class, scored by deletion (to "
        "grey) and insertion (into a blurred copy), arXiv 1806.07421. A surer network has other areas whatever its "
        "maps are worth, so compare the gain: insertion minus deletion, less the same for random maps of the same "
        "grain. " + " ".join(filter(None, [left_out_sentence(study, numbers["variant"].to_list()), data.note]))
    )


def page(study: Study, data: Dataset, numbers: pd.DataFrame) -> str:
    """The table as Markdown, with its notes."""
    return (
        f"# Why {study.name} decides so\n\n{to_markdown(shown(numbers))}\n\n{markdown(notes(study, data, numbers))}\n"
    )


def by_image(found: list[Explained], seeds: list[int], places: np.ndarray) -> pd.DataFrame:
    """One row per variant, seed and image, from which the table is made; `image` is the index in the test split."""
    rows = [
        {"variant": one.variant, "seed": seed, "image": int(place), "predicted": int(one.predictions[s, i])}
        | {name: round(float(getattr(one, name)[s, i]), DIGITS) for name in MEASURES}
        for one in found
        for s, seed in enumerate(seeds)
        for i, place in enumerate(places)
    ]
    return pd.DataFrame(rows)


def sheet(found: list[Explained], data: Dataset, images: np.ndarray, labels: np.ndarray, seed: int, rows: int) -> bytes:
    """Draws the first images with one seed's maps of every variant; returns the bytes of a PNG file."""
    columns = [
        Column(one.variant, one.maps[:rows], [_caption(one, data, number) for number in range(len(images[:rows]))])
        for one in found
    ]
    note = f"Grad-CAM of the predicted class, seed {seed}. Bright: evidence for it, each map on a scale of its own."
    captions = [f"true: {data.class_names[label]}" for label in labels[:rows]]
    return draw_sheet(images[:rows], captions, columns, note)


def _caption(one: Explained, data: Dataset, image: int) -> str:
    return f"{data.class_names[one.predictions[0, image]]}, {one.probability[0, image]:.0%}"


def _mean(name: str, scores: np.ndarray, least: float, most: float) -> dict[str, float]:
    """The mean over seeds and images, and its interval clipped to the range of scores, which two seeds can exceed."""
    low, high = mean_interval(scores)
    values = {name: float(scores.mean()), f"{name}_low": max(low, least), f"{name}_high": min(high, most)}
    return {key: round(value, DIGITS) for key, value in values.items()}


def _words(row: pd.Series, name: str) -> str:
    if pd.isna(row[name]):
        return "–"
    sign = "+" if name.startswith("gain") else ""
    return f"{row[name]:{sign}.3f} [{row[f'{name}_low']:{sign}.3f}, {row[f'{name}_high']:{sign}.3f}]"
