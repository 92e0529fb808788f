"""Looks up which weights exist by name for a model."""

from inception_keras.errors import UserError, unknown
from inception_keras.weights.published import PublishedFile
from inception_keras.weights.tables.published import FILES, NEAREST
from inception_keras.zoo import ARCHITECTURES

IMAGENET = "imagenet"  # the first file of a model whose hash is known
SOURCES = tuple(dict.fromkeys(file.source for file in FILES))


def published_files(model: str) -> tuple[PublishedFile, ...]:
    """The files for a model of the zoo, in the order in which `weights="imagenet"` chooses; empty if there is none."""
    return tuple(file for file in FILES if file.model == model)


def find_file(model: str, source: str = IMAGENET) -> PublishedFile:
    """The published file for a model.

    Args:
        model: A name of the zoo.
        source: One of `SOURCES`, or `"imagenet"` for the first file whose hash is known.

    Raises:
        UserError: The source is unknown, or has no file for the model; the message names what there is.
    """
    if source not in (IMAGENET, *SOURCES):
        raise unknown("source of weights", source, (IMAGENET, *SOURCES))
    found = published_files(model)
    if not found:
        nearest = NEAREST.get(model)
        hint = f": the nearest form with one is {nearest!r}" if nearest else ""
        raise UserError(f"no file of ImageNet weights is published for {model!r}{hint}")
    if source == IMAGENET:
        return next((file for file in found if file.checksum), found[0])
    chosen = next((file for file in found if file.source == source), None)
    if chosen is None:
        raise _not_of_this_form(model, source, found)
    return chosen


def _not_of_this_form(model: str, source: str, found: tuple[PublishedFile, ...]) -> UserError:
    """The error for a source that has files, but none for this model; names its other forms that the source has."""
    allowed = f"weights= takes {', '.join(repr(file.source) for file in found)}, or 'imagenet' for the first"
    others = [file.model for file in FILES if file.source == source and _are_forms(file.model, model)]
    if not others:
        return UserError(f"{source} has no weights for {model!r}: {allowed}")
    return UserError(
        f"{source} has no weights for {model!r}, for which {allowed}; {source}'s weights are of "
        f"{', '.join(map(repr, others))}: create_model({others[0]!r}, weights={source!r})"
    )


def _are_forms(one: str, other: str) -> bool:
    """Whether two models are forms of one architecture: of one builder, or `resnet50` and `resnet50_torchvision`."""
    same_builder = ARCHITECTURES[one].builder == ARCHITECTURES[other].builder
    return same_builder or one.startswith(f"{other}_") or other.startswith(f"{one}_")
