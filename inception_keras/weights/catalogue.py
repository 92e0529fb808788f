"""Looks up which weights exist by name for a model."""

from inception_keras.errors import UserError, unknown
from inception_keras.weights.published import PublishedFile
from inception_keras.weights.tables.published import FILES, NEAREST

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
        allowed = ", ".join(repr(file.source) for file in found)
        raise UserError(f"{source} has no weights for {model!r}: weights= takes {allowed}, or 'imagenet' for the first")
    return chosen
