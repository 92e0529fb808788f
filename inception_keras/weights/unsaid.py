"""What a file of weights does not say: how images were prepared, and which of several networks has these weights.

It is asked for, read from the `config.json` that timm writes beside its weights, or said in the manifest.
"""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from inception_keras.errors import UserError, unknown
from inception_keras.io.manifests import sha256
from inception_keras.io.pictures import METHODS
from inception_keras.io.regular_files import read_file
from inception_keras.weights.caffe_graph import Blobs
from inception_keras.weights.checkpoints import Checkpoint
from inception_keras.weights.forms import Form, Preprocessing
from inception_keras.weights.preprocessing import MODES, TORCH_MEAN, TORCH_STD

CONFIG = "config.json"
MOST_BYTES = 2**20  # of a config
# What timm puts around an architecture's name for other weights of the same network.
SAME_NETWORK = re.compile(r"^(tv|gluon|tf|adv|ssl|swsl|ig|ens_adv|legacy)_|_v1b$")


def find_preprocessing(checkpoint: Checkpoint, form: Form, asked: str | None) -> Preprocessing:
    """How images are prepared for the weights in a file.

    Args:
        checkpoint: The file.
        form: Its form.
        asked: The mode that the caller gave, as `preprocess_input` takes it; `None` if none was.

    Raises:
        UserError: The mode is unknown; the file can't tell and no mode is given; or timm's `config.json` beside the
            file names another network, or a preprocessing that is none of the modes.
    """
    if asked is not None and asked not in MODES:
        raise unknown("preprocessing", asked, MODES)
    config = _timm_config(checkpoint.path)
    published = _as_published(checkpoint.path, form)
    if config is not None:
        _check_architecture(checkpoint.path, config["architecture"], form)
        published = _of_config(checkpoint.path, config["pretrained_cfg"], form, asked)
    elif asked is None and form.asks and not sha256(checkpoint.path).startswith(form.published or ("none",)):
        raise UserError(
            f"{checkpoint.path.name} can't tell how images were prepared for it: give --preprocessing (preprocessing= "
            f"in Python): {form.asks}"
        )
    return replace(published, mode=asked) if asked else published


def _as_published(path: Path, form: Form) -> Preprocessing:
    digits = sha256(path) if form.later else ""
    return next((later for begin, later in form.later.items() if digits.startswith(begin)), form.preprocessing)


def assumptions(checkpoint: Checkpoint, form: Form, *, sizes_given: bool = False) -> list[str]:
    """What the file can't tell and was taken for granted, in sentences for the manifest.

    Args:
        checkpoint: The file.
        form: Its form.
        sizes_given: Whether the caller said to which size images are resized.
    """
    said = []
    if form.twins and _timm_config(checkpoint.path) is None:
        said.append(f"taken as {form.title}: {' and '.join(form.twins)} have the same names and shapes")
    known = (*form.published, *form.later)
    unsized = form.later and not sizes_given and _timm_config(checkpoint.path) is None
    if unsized and not sha256(checkpoint.path).startswith(known):
        others = " or ".join(str(later.resize) for later in form.later.values())
        said.append(
            f"taken as of images resized to {form.preprocessing.resize}: some weights of {form.title} are of images "
            f"resized to {others}, and only published files can be told apart"
        )
    if isinstance(checkpoint.arrays, Blobs) and not checkpoint.arrays.graph.inputs:
        said.append(f"taken as {form.title} by names and shapes: the file says of no layer what it reads")
    return said


def _timm_config(path: Path) -> dict | None:
    """timm's `config.json` in the file's folder; `None` if there is none, or it is another program's."""
    try:
        config = json.loads(read_file(path.parent / CONFIG, MOST_BYTES))
        timm = isinstance(config["architecture"], str) and isinstance(config["pretrained_cfg"], dict)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return config if timm else None


def _check_architecture(path: Path, name: str, form: Form):
    if SAME_NETWORK.sub("", SAME_NETWORK.sub("", name)) != form.timm:
        raise UserError(
            f"{path.name} has the names and shapes of {form.title}, but {CONFIG} beside it says that it is timm's "
            f"{name}, which the zoo does not have"
        )


def _of_config(path: Path, config: dict, form: Form, asked: str | None) -> Preprocessing:
    try:
        mean, std, crop = config["mean"], config["std"], int(config["input_size"][-1])
        mode = asked or _mode(mean, std)
        side = math.floor(crop / float(config.get("crop_pct") or 1))
        kept = config.get("crop_mode", "center") != "squash"
        way = str(config.get("interpolation", form.preprocessing.interpolation))
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError) as error:
        raise UserError(f"{CONFIG} beside {path.name} is not one that timm wrote: {error!r}") from None
    if mode is None:
        raise UserError(
            f"{CONFIG} beside {path.name} has the mean {mean} and the standard deviation {std}, which no mode has: "
            f"give --preprocessing (one of {', '.join(MODES)})"
        )
    way = way if way in METHODS else "bilinear"
    return Preprocessing(mode, side if kept else (side, side), crop, way, note=f"as {CONFIG} of timm says")


def _mode(mean: Sequence[float], std: Sequence[float]) -> str | None:
    for mode, (own_mean, own_std) in {"torch": (TORCH_MEAN, TORCH_STD), "tf": ((0.5,) * 3, (0.5,) * 3)}.items():
        pairs = zip((*mean, *std), (*own_mean, *own_std), strict=True)
        if all(math.isclose(one, other, abs_tol=1e-3) for one, other in pairs):
            return mode
    return None
