"""Tables of names: which array of a checkpoint goes to which variable of which layer.

A `Form` is one network as one source stores it. Its tables are literals in `weights/tables/`: `torchvision.py`,
`timm.py` and `caffe.py`. The functions here expand their rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

# -- rows --------------------------------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """One array: its key in the checkpoint, and the layer and the attribute of the layer that hold it here."""

    key: str
    layer: str
    variable: str


def linear(key: str, layer: str) -> tuple[Entry, ...]:
    """Entries of a convolution or dense layer with a bias."""
    return Entry(f"{key}.weight", layer, "kernel"), Entry(f"{key}.bias", layer, "bias")


def batch(key: str, layer: str) -> tuple[Entry, ...]:
    """Entries of batch normalisation."""
    return (
        Entry(f"{key}.weight", layer, "gamma"),
        Entry(f"{key}.bias", layer, "beta"),
        Entry(f"{key}.running_mean", layer, "moving_mean"),
        Entry(f"{key}.running_var", layer, "moving_variance"),
    )


def normalized(conv: str, norm: str, layer: str) -> tuple[Entry, ...]:
    """Entries of a convolution without a bias and of the batch normalisation after it, here named `LAYER_bn`."""
    return Entry(f"{conv}.weight", layer, "kernel"), *batch(norm, f"{layer}_bn")


def blobs(key: str, layer: str) -> tuple[Entry, ...]:
    """Entries of a Caffe layer, which has two blobs."""
    return Entry(f"{key}/weight", layer, "kernel"), Entry(f"{key}/bias", layer, "bias")


# -- forms -------------------------------------------------------------------------------------------------------------


class Trait(NamedTuple):
    """A property of the graph that changes the outputs but leaves no trace in the weights.

    Attributes:
        layer: Name of the layer that must exist.
        settings: Attributes of the layer with the values they must have.
        part: The optional part of the form that the trait belongs to; it is checked only if the model has that part.
        present: `False` if the layer must not exist.
    """

    layer: str
    settings: Mapping = MappingProxyType({})
    part: str | None = None
    present: bool = True


@dataclass(frozen=True)
class Preprocessing:
    """How images were prepared for the published accuracy.

    Attributes:
        mode: As `preprocess_input` takes it.
        resize: Pixels of the shorter side after resizing, or of both sides, `(height, width)`, if the aspect ratio was
            not kept.
        crop: Side of the centre crop in pixels.
        interpolation: How pixels were interpolated when resizing.
        note: Anything else that matters.
    """

    mode: str
    resize: int | tuple[int, int]
    crop: int
    interpolation: str = "bilinear"
    note: str = ""


@dataclass(frozen=True)
class Form:
    """One network as one source stores it.

    Attributes:
        name: The model's name in the zoo.
        framework: Who named the arrays: `"torch"`, `"caffe"` or `"slim"`.
        title: What messages call it.
        entries: Arrays that are always present.
        head: The classifier, which a model without its top lacks.
        parts: Optional arrays by key prefix, such as auxiliary heads; an empty tuple if the zoo has no layers for them.
        traits: See `Trait`.
        preprocessing: See `Preprocessing`.
        options: Keywords with which `create_model` builds this form.
        twins: Other networks with the same keys and shapes, which a file of weights can't be told from.
        asks: Why the preprocessing must be asked for, unless the file is a published one.
        published: What the SHA-256 of published files begins with; torchvision has it in their names.
        later: How images were prepared for files that were published later, by what their SHA-256 begins with.
        timm: The name of the architecture in timm's `config.json`.
        graph: What each layer with weights reads, in the words of `Graph.inputs`; only for Caffe's files, which say it.
    """

    name: str
    framework: str
    title: str
    entries: tuple[Entry, ...]
    head: tuple[Entry, ...]
    preprocessing: Preprocessing
    parts: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    traits: tuple[Trait, ...] = ()
    options: Mapping = field(default_factory=dict)
    twins: tuple[str, ...] = ()
    asks: str = ""
    published: tuple[str, ...] = ()
    later: Mapping[str, Preprocessing] = field(default_factory=dict)
    timm: str = ""
    graph: Mapping[str, str] = field(default_factory=dict)

    @property
    def call(self) -> str:
        """The call that builds it, for messages."""
        options = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"create_model({self.name!r}{options})"

    @property
    def keys(self) -> frozenset[str]:
        """All keys of the form except those of its optional parts."""
        return frozenset(entry.key for entry in self.entries + self.head)

    @property
    def layers(self) -> frozenset[str]:
        """All layers here that the form has arrays for."""
        entries = (*self.entries, *self.head, *(entry for part in self.parts.values() for entry in part))
        return frozenset(entry.layer for entry in entries)

    @property
    def classifier(self) -> Entry:
        """The bias of the last layer; its length is the number of classes."""
        return self.head[-1]
