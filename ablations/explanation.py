"""Why the variants of a study decide as they do: a map for each image, and what the maps are worth, by variant.

Every variant is explained by the same method (Grad-CAM, which needs no particular head) on the same test images, and
scored by deletion and insertion (`inception_keras.faithfulness`). Surer networks have other areas, whatever their maps
are worth, so the column to compare is the gain: insertion minus deletion, less the same for maps that know nothing.
"""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from ablations import networks
from ablations.batches import normalize
from ablations.datasets import Dataset
from ablations.kept import left_out
from ablations.pages import to_markdown
from ablations.statistics import Interval, compare, crossed_interval
from ablations.study import Study, Variant
from inception_keras import inference_model
from inception_keras.cam import grad_cam, resized
from inception_keras.faithfulness import random_maps, score_maps
from inception_keras.sheet import Column, draw_sheet
from inception_keras.weights import load_weights

MEASURES = ("probability", "deletion", "insertion", "gain")
DIGITS = 6


@dataclass(frozen=True)
class Explained:
    """A variant on some images, over its seeds; the arrays are `(seeds, images)`.

    Attributes:
        variant: Its name.
        probability: Of the predicted class, with the whole image.
        deletion, insertion: Areas for the Grad-CAM of the predicted class; less and more are better.
        gain: Insertion minus deletion, less the same for random maps of the same grain: 0 for maps that know nothing.
        predictions: The predicted class.
        maps: Of the first seed, `(images, height, width)`.
    """

    variant: str
    probability: np.ndarray
    deletion: np.ndarray
    insertion: np.ndarray
    gain: np.ndarray
    predictions: np.ndarray
    maps: np.ndarray


def choose(data: Dataset, count: int) -> np.ndarray:
    """`count` places in the test split, spread evenly over it; all of them where there are fewer."""
    return np.unique(np.linspace(0, len(data.test) - 1, min(count, len(data.test))).round().astype(int))


def explain(study: Study, variant: Variant, paths: dict[int, Path], data: Dataset, images: np.ndarray) -> Explained:
    """Maps and scores of one variant, by seed.

    Args:
        study, variant: Whose network.
        paths: By seed its weights.
        data: What it was trained on.
        images: Of the test split, uint8 `(n, height, width, channels)`.

    Raises:
        UserError: The weights are not the variant's, or its last map has no positions.
    """
    keras.utils.clear_session()
    whole = networks.build(study, variant, data.image_shape, data.classes)
    model, prepared, rows = inference_model(whole), normalize(images), []
    for path in paths.values():
        load_weights(whole, path)
        rows.append(_explain_one(model, prepared))
    parts = {name: np.stack([row[name] for row in rows]) for name in (*MEASURES, "predictions")}
    return Explained(variant.name, **parts, maps=rows[0]["maps"])


def _explain_one(model: keras.Model, images: np.ndarray) -> dict[str, np.ndarray]:
    size = images.shape[1:3]
    # not rectified: the order of what speaks against the class would be that of the pixels in memory
    small = grad_cam(model, images, rectify=False, resize=False)
    maps = resized(small, size)
    own = score_maps(model, images, maps)
    control = score_maps(model, images, random_maps(len(images), small.shape[1:], size), own.classes)
    gain = own.insertion - own.deletion - (control.insertion - control.deletion)
    rest = {"deletion": own.deletion, "insertion": own.insertion, "gain": gain, "maps": maps}
    return {"probability": own.deleted[:, 0], "predictions": own.classes, **rest}


def interval(scores: np.ndarray) -> Interval:
    """95% of a mean of scores `(seeds, images)`: over other seeds and images, or over images alone with one seed."""
    nothing = np.zeros_like(scores)
    if len(scores) > 1:
        return crossed_interval(nothing, scores)
    found = compare(nothing[0], scores[0])
    return Interval(found.low, found.high)


def table(found: list[Explained]) -> pd.DataFrame:
    """A row a variant; differences are of gains, variant minus the first, paired by seed and image."""
    rows = []
    for one in found:
        row = {"variant": one.variant, "seeds": one.gain.shape[0], "images": one.gain.shape[1]}
        for name in MEASURES:
            row |= _mean(name, getattr(one, name), *((-2, 2) if name == "gain" else (0, 1)))
        rows.append(row | (_mean("gain_difference", one.gain - found[0].gain, -4, 4) if one is not found[0] else {}))
    return pd.DataFrame(rows)


def shown(numbers: pd.DataFrame) -> pd.DataFrame:
    """The table as people read it."""
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
    """What the table was made of."""
    seeds, images = int(numbers["seeds"].iloc[0]), int(numbers["images"].iloc[0])
    over = f"over {seeds} seeds and images" if seeds > 1 else "over images, for these trained networks"
    return (
        f"{study.name} ({study.profile}): {images} test images of {data.name} {data.version}, {seeds} seed"
        f"{'s' if seeds > 1 else ''} a variant; 95% {over}. Grad-CAM of the predicted class, scored by deletion (to "
        "grey) and insertion (into a blurred copy), arXiv 1806.07421. A surer network has other areas whatever its "
        "maps are worth, so compare the gain: insertion minus deletion, less the same for random maps of the same "
        "grain. " + " ".join(filter(None, [left_out(study, numbers["variant"].to_list()), data.note]))
    )


def page(study: Study, data: Dataset, numbers: pd.DataFrame) -> str:
    """The table as Markdown, with its notes."""
    return f"# Why {study.name} decides so\n\n{to_markdown(shown(numbers))}\n\n{notes(study, data, numbers)}\n"


def by_image(found: list[Explained], seeds: list[int], places: np.ndarray) -> pd.DataFrame:
    """A row a variant, seed and image: what the table is made of; `image` is the place in the test split."""
    rows = [
        {"variant": one.variant, "seed": seed, "image": int(place), "predicted": int(one.predictions[s, i])}
        | {name: round(float(getattr(one, name)[s, i]), DIGITS) for name in MEASURES}
        for one in found
        for s, seed in enumerate(seeds)
        for i, place in enumerate(places)
    ]
    return pd.DataFrame(rows)


def sheet(found: list[Explained], data: Dataset, images: np.ndarray, labels: np.ndarray, seed: int, rows: int) -> bytes:
    """The first images with the maps of every variant, of one seed, as a PNG file."""
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
    """Over seeds and images; an interval over two seeds can reach far beyond what a score can be."""
    low, high = interval(scores)
    values = {name: float(scores.mean()), f"{name}_low": max(low, least), f"{name}_high": min(high, most)}
    return {key: round(value, DIGITS) for key, value in values.items()}


def _words(row: pd.Series, name: str) -> str:
    if pd.isna(row[name]):
        return "–"
    sign = "+" if name.startswith("gain") else ""
    return f"{row[name]:{sign}.3f} [{row[f'{name}_low']:{sign}.3f}, {row[f'{name}_high']:{sign}.3f}]"
