"""Where the parameters are, in trunk and head: every model of the zoo, and further forms of GoogLeNet and VGG16.

Each row also says how many such networks have as many parameters as VGG16's first fully connected layer alone
(25,088 x 4,096 + 4,096 = 102,764,544).
"""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from ablations.files import write_files
from inception_keras.counts import count
from inception_keras.graph.stages import stages
from inception_keras.zoo import ARCHITECTURES, Architecture

# model, form in words, toggles: the forms beside the published ones
FORMS: tuple[tuple[str, str, Mapping], ...] = (
    ("googlenet", "with both auxiliary heads (training)", {"aux_heads": True}),
    ("googlenet", "separable conv1, as Table 1 counts it", {"stem": "separable"}),
    ("googlenet", "Network in Network head", {"head": "conv"}),
    ("googlenet", "maximum pooling", {"head": "fc", "fc_input": "max", "fc_units": ()}),
    ("googlenet", "average pooling, FC 1024", {"head": "fc", "fc_input": "gap"}),
    ("googlenet", "average pooling, FC 4096 twice", {"head": "fc", "fc_input": "gap", "fc_units": (4096, 4096)}),
    ("googlenet", "1x1 to 128, FC 1024", {"head": "fc", "fc_input": "conv"}),
    ("googlenet", "flattened, linear", {"head": "fc", "fc_units": ()}),
    ("googlenet", "flattened, FC 1024", {"head": "fc"}),
    ("googlenet", "flattened, FC 1024 twice", {"head": "fc", "fc_units": (1024, 1024)}),
    ("googlenet", "flattened, FC 2048 twice", {"head": "fc", "fc_units": (2048, 2048)}),
    ("googlenet", "flattened, FC 4096", {"head": "fc", "fc_units": (4096,)}),
    ("googlenet", "flattened, FC 4096 twice", {"head": "fc", "fc_units": (4096, 4096)}),
    ("googlenet", "no reduction, pool projection kept", {"reduce": False}),
    ("googlenet", "no reduction, no projection (Figure 2a)", {"reduce": False, "pool_projection": False}),
    ("googlenet", "no reduction, no pool branch", {"reduce": False, "branches": ("1x1", "3x3", "5x5")}),
    ("googlenet", "1x1 as wide as its input", {"reduce": "wide"}),
    ("googlenet_batchnorm", "with both auxiliary heads (training)", {"aux_heads": True}),
    ("googlenet_torchvision", "with both auxiliary heads (training)", {"aux_heads": True}),
    ("vgg16", "average pooling, FC 4096 twice", {"fc_input": "gap"}),
    ("vgg16", "average pooling", {"head": "gap"}),
)
TITLES = {
    "model": "model",
    "form": "form",
    "input_size": "pixels",
    "params": "parameters",
    "trunk_params": "trunk",
    "head_params": "head",
    "head_share": "share of the head",
    "macs": "multiply-adds",
    "vgg16_fc1_over_params": "VGG16 fc1 ÷ parameters",
}


def parameters_table() -> pd.DataFrame:
    """One row per form with 1,000 classes at the model's own input size; a model's published form comes first.

    Numbers of published forms come from the registry, where tests compare them with built networks; other forms are
    built here.
    """
    rows = []
    for entry in ARCHITECTURES.values():
        rows.append(_row(entry, "as published", {}, entry.params, entry.params_no_top, entry.macs))
        for model, form, toggles in FORMS:
            if model == entry.name:
                rows.append(_row(entry, form, toggles, *_built(model, toggles)))
    counts = pd.DataFrame(rows)
    counts["vgg16_fc1_over_params"] = (vgg16_fc1() / counts["params"]).round(2)
    return counts


def vgg16_fc1() -> int:
    """Parameters of VGG16's first fully connected layer."""
    return next(row.params for row in count("vgg16").by_layer if row.kind == "Dense")


def parameters_page(counts: pd.DataFrame) -> str:
    """The table as a page."""
    shown = counts[list(TITLES)].copy()
    for column in ("params", "trunk_params", "head_params", "macs"):
        shown[column] = shown[column].map("{:,}".format)
    shown["head_share"] = shown["head_share"].map("{:.1%}".format)
    shown["vgg16_fc1_over_params"] = shown["vgg16_fc1_over_params"].map("{:.2f}".format)
    shown = shown.rename(columns=TITLES)
    align = ["left", "left", *["right"] * (len(TITLES) - 2)]
    return (
        "# Where the parameters are\n\n"
        "Trainable parameters and multiply-adds with 1,000 classes. The last column says how many such networks weigh "
        f"as much as VGG16's first fully connected layer alone ({vgg16_fc1():,} parameters).\n\n"
        f"{shown.to_markdown(index=False, disable_numparse=True, colalign=align)}\n"
    )


def write_parameters(out: Path) -> pd.DataFrame:
    """Writes `parameters.csv` and `parameters.md` to `out` and returns the table."""
    counts = parameters_table()
    write_files(out, {"parameters.csv": counts.to_csv(index=False), "parameters.md": parameters_page(counts)})
    return counts


def _row(entry: Architecture, form: str, toggles: Mapping, params: int, trunk: int, macs: int) -> dict:
    words = ", ".join(f"{name}={value!r}" for name, value in toggles.items())
    row = {"model": entry.name, "form": form, "toggles": words, "input_size": entry.input_size, "params": params}
    return row | {
        "trunk_params": trunk,
        "head_params": params - trunk,
        "head_share": round((params - trunk) / params, 4),
        "macs": macs,
    }


def _built(model: str, toggles: Mapping) -> tuple[int, int, int]:
    """Parameters of the network, parameters of its trunk, and multiply-adds, counted on the built graph."""
    cost = count(model, **toggles)
    head = sum(stage.params for stage in stages(cost) if stage.size == "head")
    return cost.params, cost.params - head, cost.macs
