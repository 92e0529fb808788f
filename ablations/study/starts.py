"""Where a network's training starts: from random weights, or from a file, and whether its trunk is trained at all.

These are toggles of every network of the zoo. A file is named together with the beginning of its SHA-256, so that the
address of a trial and the tables say from which weights it started: `weights="imagenet"` becomes the published file.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from ablations.study.own_code import is_reference
from inception_keras.errors import UserError, unknown
from inception_keras.models.parts.named_weights import is_name
from inception_keras.zoo import architecture

START: Mapping[str, object] = {"weights": None, "freeze": "none"}  # the toggles with their defaults
FREEZE = ("none", "trunk")
DIGITS = 12
PLACE = re.compile(r"(?P<file>.+)@(?P<sha256>[0-9a-f]{8,64})")
LIST = ".sha256"  # the suffix of a list of files, one for each seed, as `sha256sum FILE...` prints it
MODE = "tf"  # how studies scale images: to -1..1


class StartFile(NamedTuple):
    """A file of weights, or a list of such files: a path, or `SOURCE/NAME` of a published file; and what its SHA-256
    begins with.
    """

    file: str
    sha256: str

    @property
    def is_list(self) -> bool:
        """Whether it names a file for each seed."""
        return self.file.endswith(LIST)


def resolve_start(model: str, own: Mapping[str, object], weights: object, freeze: object) -> dict[str, object]:
    """The toggles of a start as addresses have them.

    Args:
        model: The network's name in the zoo.
        own: The network's own toggles.
        weights: `None`; the name of published weights, such as `"imagenet"` or `"slim"`; or `PATH@SHA256`, a
            `.weights.h5` file and at least 8 digits of its hash. A `.sha256` file in its place lists a file for each
            seed, so that the trunk changes with the seed.
        freeze: One of `FREEZE`.

    Raises:
        UserError: A value is unknown, no such weights are published for the network, or they are for images that are
            scaled otherwise than in studies.
    """
    if freeze not in FREEZE:
        raise unknown("freeze", freeze, FREEZE)
    if is_name(weights):
        weights = _published(model, own, str(weights))
    elif weights is not None:
        start_file(weights)
    return {"weights": weights, "freeze": freeze}


def start_of(toggles: Mapping[str, object]) -> dict[str, object]:
    """The start among a network's toggles; empty for a user's own network, whose toggles are all its own."""
    if is_reference(str(toggles["model"])):
        return {}
    return {name: toggles[name] for name in START if name in toggles}


def start_file(weights: object) -> StartFile:
    """The parts of a resolved `weights`.

    Raises:
        UserError: It has no hash.
    """
    match = PLACE.fullmatch(weights) if isinstance(weights, str) else None
    if match is None:
        raise UserError(
            f"weights={weights!r} of a study is the name of published weights, such as 'imagenet', or a file with the "
            "beginning of its SHA-256, such as 'trunk.weights.h5@0123456789ab'; `sha256sum FILE` prints it"
        )
    return StartFile(match["file"], match["sha256"])


def _published(model: str, own: Mapping[str, object], name: str) -> str:
    from inception_keras.weights.by_name import choose_file  # knows files of all frameworks, which few studies need

    file, _ = choose_file(architecture(model).builder.partition(":")[2], name, own, include_top=False)
    if file.preprocessing.mode != MODE:
        raise UserError(
            f"the {file.source} weights of {model} are for images scaled as {file.preprocessing.mode!r}, and studies "
            f"scale them as {MODE!r}, to -1..1: take weights for that, such as 'slim' for preset='slim'"
        )
    if file.checksum is None or file.checksum.algorithm != "sha256":
        raise UserError(f"no SHA-256 is published of the {file.source} weights of {model}: fetch them, and give a path")
    return f"{file.source}/{file.name}@{file.checksum.digits[:DIGITS]}"
