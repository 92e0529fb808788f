"""All forms, and the search for the form of given arrays."""

import functools
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from inception_keras.errors import UserError
from inception_keras.weights.forms import Form
from inception_keras.weights.tables import cadene, caffe, slim, slim_large, timm, torchvision

FORMS = (
    torchvision.GOOGLENET,
    torchvision.ALEXNET,
    *torchvision.VGG,
    *torchvision.RESNET,
    *timm.FORMS,
    caffe.GOOGLENET,
    caffe.ALEXNET,
    cadene.BN_INCEPTION,
    slim.GOOGLENET,
    slim.INCEPTION_V2,
    *slim_large.FORMS,
)

# Networks that such files may hold and that have no form here, by a key that only they have.
STRANGERS = {
    "features.1.running_mean": "torchvision's VGG with batch normalisation",
    "features.0.0.weight": "a MobileNet or EfficientNet of torchvision",
    "features.denseblock1.denselayer1.conv1.weight": "torchvision's DenseNet",
    "conv1_1/weight": "Caffe's VGG",
    "res2a_branch2a/weight": "Caffe's ResNet",
    "patch_embed.proj.weight": "a vision transformer",
}


class Match(NamedTuple):
    """How well arrays fit a form.

    Attributes:
        form: The nearest form.
        missing: Keys of the form that the arrays lack.
        left_over: Keys of the arrays that neither the form nor its optional parts have.
        parts: Prefixes of the optional parts that the arrays have at least one key of.
    """

    form: Form
    missing: tuple[str, ...]
    left_over: tuple[str, ...]
    parts: tuple[str, ...]

    @property
    def exact(self) -> bool:
        """Whether the arrays have exactly the form's keys; shapes may still differ."""
        return not self.missing and not self.left_over


@functools.cache
def first_names(framework: str) -> frozenset[str]:
    """What the names of a framework begin with, up to the first dot, in every form and in the networks without one."""
    keys = [key for form in FORMS if form.framework == framework for key in (*form.keys, *form.parts)]
    return frozenset(key.split(".")[0] for key in (*keys, *STRANGERS))


def recognise(arrays: Mapping, framework: str) -> Match | None:
    """The form whose keys agree most with those of `arrays`, or `None` if no more than half of the keys agree."""
    best, best_share = None, 0.5
    for form in FORMS:
        if form.framework != framework:
            continue
        match = _compare(arrays, form)
        total = len(form.keys) + len(match.left_over)
        share = (len(form.keys) - len(match.missing)) / total
        if share > best_share:
            best, best_share = match, share
    return best


def stranger(arrays: Mapping, framework: str) -> str | None:
    """What a network without a form is called, if the arrays have a key that only it has."""
    match = recognise(arrays, framework)
    if match and match.exact:
        return None
    return next((title for key, title in STRANGERS.items() if key in arrays), None)


def describe(arrays: Mapping, framework: str) -> str:
    """Says in words what the arrays look like, for messages."""
    if title := stranger(arrays, framework):
        return f"they look like {title}"
    match = recognise(arrays, framework)
    if match is None:
        return f"they look like no network of the zoo (first of {len(arrays)}: {', '.join(list(arrays)[:3])})"
    classes = class_count(arrays, match.form)
    words = f"they look like {match.form.title} ({match.form.call})"
    if classes is not None and classes != 1000:
        words += f" with {classes:,} classes"
    if classes == 1001:
        words += ", of which class 0 is the background in TF-slim's checkpoints"
    return words


def class_count(arrays: Mapping, form: Form) -> int | None:
    """Number of classes of the arrays' classifier, or `None` if its bias is missing or not a vector."""
    shape: tuple[int, ...] = getattr(arrays.get(form.classifier.key), "shape", ())
    return shape[0] if len(shape) == 1 else None


def part_keys(form: Form, prefix: str, arrays: Mapping) -> tuple[str, ...]:
    """The arrays' keys of an optional part; a part without a table has all keys under its prefix."""
    entries = form.parts[prefix]
    if entries:
        return tuple(entry.key for entry in entries if entry.key in arrays)
    return tuple(key for key in arrays if key.startswith((f"{prefix}.", f"{prefix}/")))


def leave_out(arrays: Mapping, prefixes: Iterable[str]) -> dict:
    """The arrays whose keys have none of the prefixes; a `UserError` names a prefix that fits no key."""
    kept = dict(arrays)
    for prefix in prefixes:
        less = {key: a for key, a in kept.items() if key != prefix and not key.startswith((f"{prefix}.", f"{prefix}/"))}
        if len(less) == len(kept):
            raise UserError(f"ignore={prefix!r} matches none of the {len(arrays)} arrays (first: {next(iter(arrays))})")
        kept = less
    return kept


def _compare(arrays: Mapping, form: Form) -> Match:
    parts = {prefix: keys for prefix in form.parts if (keys := part_keys(form, prefix, arrays))}
    known = form.keys.union(*parts.values())
    return Match(
        form,
        missing=tuple(entry.key for entry in form.entries + form.head if entry.key not in arrays),
        left_over=tuple(key for key in arrays if key not in known),
        parts=tuple(parts),
    )
