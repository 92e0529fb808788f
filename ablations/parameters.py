"""Where the parameters are: every form of GoogLeNet and VGG16 with its head apart.

VGG16's first fully connected layer (25,088 x 4,096 + 4,096 = 102,764,544) is the yardstick: each form says how many
times its whole network goes into that one layer.
"""

from collections.abc import Mapping
from pathlib import Path

import keras
import pandas as pd

from ablations.records import write_atomically
from inception_keras import complexity, create_model
from inception_keras.errors import UserError

# name, form in words, model, toggles
FORMS: tuple[tuple[str, str, Mapping], ...] = (
    ("googlenet", "the paper: average pooling", {}),
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
    ("googlenet_batchnorm", "batch normalisation", {}),
    ("googlenet_batchnorm", "batch normalisation, auxiliary heads", {"aux_heads": True}),
    ("googlenet_torchvision", "torchvision's", {}),
    ("googlenet_torchvision", "torchvision's, auxiliary heads", {"aux_heads": True}),
    ("googlenet_slim", "slim's", {}),
    ("vgg16", "the paper: flattened, FC 4096 twice", {}),
    ("vgg16", "average pooling, FC 4096 twice", {"fc_input": "gap"}),
    ("vgg16", "average pooling", {"head": "gap"}),
)


def table() -> pd.DataFrame:
    """A row a form, at 224 pixels and 1,000 classes, read off the built networks."""
    fc1 = vgg16_fc1()
    rows = []
    for model, form, toggles in FORMS:
        whole = complexity(create_model(model, **toggles))
        trunk = complexity(create_model(model, include_top=False, **{**toggles, **_without_heads(toggles)}))
        keras.utils.clear_session()
        head = whole.params - trunk.params
        row = {"model": model, "form": form, "toggles": _text(toggles), "params": whole.params}
        row |= {"trunk_params": trunk.params, "head_params": head, "head_share": round(head / whole.params, 4)}
        rows.append(row | {"macs": whole.macs, "vgg16_fc1_over_params": round(fc1 / whole.params, 2)})
    return pd.DataFrame(rows)


def vgg16_fc1() -> int:
    """Parameters of VGG16's first fully connected layer."""
    by_layer = {row.name: row.params for row in complexity(create_model("vgg16")).by_layer}
    return by_layer["head_fc1"]


def markdown(counts: pd.DataFrame) -> str:
    """The table as a page."""
    shown = counts.drop(columns="toggles")
    for column in ("params", "trunk_params", "head_params", "macs"):
        shown[column] = shown[column].map("{:,}".format)
    shown["head_share"] = shown["head_share"].map("{:.1%}".format)
    shown["vgg16_fc1_over_params"] = shown["vgg16_fc1_over_params"].map("{:.2f}".format)
    titles = [
        "model",
        "form",
        "parameters",
        "trunk",
        "head",
        "share of the head",
        "multiply-adds",
        "VGG16 fc1 ÷ parameters",
    ]
    shown.columns = titles
    align = ["left", "left", *["right"] * 6]
    fc1 = vgg16_fc1()
    return (
        "# Where the parameters are\n\n"
        "Trainable parameters and multiply-adds at 224 x 224 pixels and 1,000 classes, read off the built networks. "
        f"The last column says how many such networks weigh as much as VGG16's first fully connected layer alone "
        f"({fc1:,} parameters).\n\n"
        f"{shown.to_markdown(index=False, disable_numparse=True, colalign=align)}\n"
    )


def write(out: Path) -> str:
    """Writes `parameters.csv` and `parameters.md` to `out` and returns the page."""
    counts = table()
    page = markdown(counts)
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_atomically(out / "parameters.csv", counts.to_csv(index=False).encode())
        write_atomically(out / "parameters.md", page.encode())
    except OSError as error:
        raise UserError(f"the results folder {out} can't be written ({error.strerror}): set --out") from None
    return page


def _without_heads(toggles: Mapping) -> dict:
    """Auxiliary heads belong to the head: a trunk has none."""
    return {"aux_heads": False} if "aux_heads" in toggles else {}


def _text(toggles: Mapping) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in toggles.items())
