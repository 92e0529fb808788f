"""Costs of fully connected layers in AlexNet, VGG16 and GoogLeNet, and of the same networks with average pooling."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ablations.files import write_files
from inception_keras.counts import count

# model, form in words, toggles of the form with fully connected layers; GoogLeNet has no hidden ones, so it gets VGG's
HEADS: tuple[tuple[str, str, Mapping], ...] = (
    ("alexnet", "as published", {}),
    ("vgg16", "as published", {}),
    ("googlenet", "with VGG's head", {"head": "fc", "fc_units": (4096, 4096)}),
)
POOLED = "the network with average pooling instead"
TITLES = ["model", "form", "part", "parameters", "share of them", "multiply-adds", "share of those"]


def fully_connected_table() -> pd.DataFrame:
    """Per network a row for each dense layer, for all of them, for the network with average pooling, and as it is."""
    rows = []
    for model, form, toggles in HEADS:
        full, pooled = count(model, **toggles), count(model, head="gap")
        dense = [row for row in full.by_layer if row.kind == "Dense"]
        for row in dense:
            rows.append(_row(model, form, row.name, row.params, row.macs, full))
        every = sum(row.params for row in dense), sum(row.macs for row in dense)
        rows.append(_row(model, form, "all of them", *every, full))
        rows.append(_row(model, form, POOLED, pooled.params, pooled.macs, full))
        rows.append(_row(model, form, "the network", full.params, full.macs, full))
    return pd.DataFrame(rows)


def fully_connected_page(counts: pd.DataFrame) -> str:
    """The table as a page."""
    shown = counts.copy()
    for column in ("params", "macs"):
        shown[column] = shown[column].map("{:,}".format)
    for column in ("params_share", "macs_share"):
        shown[column] = shown[column].map("{:.2%}".format)
    shown.columns = TITLES
    align = ["left", "left", "left", *["right"] * 4]
    left = counts[counts["part"] == POOLED]
    params, macs = 1 - left["params_share"], 1 - left["macs_share"]
    return (
        "# What fully connected layers weigh\n\n"
        f"Average pooling takes away {params.min():.0%} to {params.max():.0%} of the parameters of such a network, and "
        f"{macs.min():.1%} to {macs.max():.1%} of its multiply-adds: those are in the convolutions. Trainable "
        "parameters and multiply-adds with 1,000 classes.\n\n"
        f"{shown.to_markdown(index=False, disable_numparse=True, colalign=align)}\n"
    )


def write_fully_connected(out: Path) -> pd.DataFrame:
    """Writes `fully_connected.csv` and `fully_connected.md` to `out` and returns the table."""
    counts = fully_connected_table()
    write_files(
        out, {"fully_connected.csv": counts.to_csv(index=False), "fully_connected.md": fully_connected_page(counts)}
    )
    return counts


def _row(model: str, form: str, part: str, params: int, macs: int, full) -> dict:
    row = {"model": model, "form": form, "part": part, "params": params, "params_share": round(params / full.params, 6)}
    return row | {"macs": macs, "macs_share": round(macs / full.macs, 6)}
