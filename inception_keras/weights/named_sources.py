"""What is known about weights that a command line is asked for: a file, or published weights that are not fetched yet.

Mistakes are found before anything is fetched. Names are looked up without a framework; whether a network takes the
values of its toggles and the size of its images is what it says itself: see `Source.check`.
"""

from collections.abc import Mapping
from pathlib import Path

from inception_keras.errors import UserError, suggestion, unknown
from inception_keras.io.imagenet import imagenet_names
from inception_keras.models.parts.named_weights import is_name
from inception_keras.weights.by_name import OtherToggles, choose_file, weights_path
from inception_keras.weights.catalogue import IMAGENET, SOURCES
from inception_keras.weights.preprocessing import MODES, PIXELS
from inception_keras.weights.published import PublishedFile
from inception_keras.weights.sources import Source, check_settings, find_source, resized
from inception_keras.zoo import Architecture, architecture


def find_any_source(
    weights: str | None,
    model: str | None,
    mode: str | None = None,
    *,
    settings: Mapping[str, object] | None = None,
    image_size: int | None = None,
) -> tuple[PublishedFile | None, Source]:
    """What a command line was asked for: a weights file, or published weights by name, whose row comes with it.

    Args:
        weights: A file or the source of published weights; `None` for the first source.
        model, mode, settings, image_size: As `find_source` takes them.

    Raises:
        UserError: As `find_source` and `find_named_source`; or `weights` is neither a file nor a source.
    """
    if weights is not None and is_misspelt(weights):
        sources = (IMAGENET, *SOURCES)
        raise UserError(
            f"unknown source of weights {weights!r}: {suggestion(weights, sources)}allowed are "
            f"{', '.join(map(repr, sources))}, or the path of a .weights.h5 file"
        )
    if weights is not None and not is_name(weights):
        return None, find_source(weights, model, mode, settings=settings, image_size=image_size)
    if model is None:
        raise UserError("give --model NAME for published weights, such as --model googlenet, or --weights FILE")
    return find_named_source(model, weights or IMAGENET, mode, settings=settings, image_size=image_size)


def is_misspelt(weights: str) -> bool:
    """Whether a word is neither a source of published weights nor a file, and does not look like the path of one."""
    path = Path(weights)
    return not is_name(weights) and not path.suffix and path.name == weights and not path.exists()


def find_named_source(
    model: str,
    name: str,
    mode: str | None = None,
    *,
    settings: Mapping[str, object] | None = None,
    image_size: int | None = None,
) -> tuple[PublishedFile, Source]:
    """The published file for a model of the zoo, and what is known about its weights; `by_name.fetch` makes them.

    Args:
        model: The model's name in the zoo.
        name: `"imagenet"`, or the source of the weights.
        mode, settings, image_size: As `find_source` takes them.

    Raises:
        UserError: No such weights are published for the model with these settings, or the mode is unknown.
    """
    entry = architecture(model)
    check_settings(settings or {}, entry)
    if mode not in (None, *MODES, PIXELS):
        raise unknown("preprocessing", mode, (*MODES, PIXELS))
    function = entry.builder.partition(":")[2]
    toggles = {**entry.options, **(settings or {})}
    try:
        file, options = choose_file(function, name, toggles)
    except OtherToggles:
        _check_values(entry, settings or {})
        raise
    prepared = file.preprocessing
    source = Source(
        path=weights_path(file),
        model=entry.name,
        options={**(settings or {}), **options},
        classes=file.classes,
        class_names=tuple(imagenet_names()),
        mode=mode or prepared.mode,
        resize=prepared.resize,
        crop=prepared.crop,
        interpolation=prepared.interpolation,
    )
    return file, resized(source, image_size) if image_size else source


def _check_values(entry: Architecture, settings: Mapping[str, object]):
    """Raises the builder's `UserError` for a value that its network does not take, such as a width in letters."""
    from inception_keras.models.parts.trials import try_network

    try_network(entry.build, dict(settings))
