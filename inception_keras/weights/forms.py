"""What a table of names is: which array of a checkpoint goes to which variable of which layer.

A `Form` is one network as one source stores it. Its tables are literals in `torchvision.py`, `timm.py` and `caffe.py`;
the functions here expand their rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

# -- rows --------------------------------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """One array: its key in the checkpoint, the layer and the attribute of the layer that hold it here."""

    key: str
    layer: str
    variable: str


def linear(key: str, layer: str) -> tuple[Entry, ...]:
    """A convolution or dense layer with a bias."""
    return Entry(f"{key}.weight", layer, "kernel"), Entry(f"{key}.bias", layer, "bias")


def batch(key: str, layer: str) -> tuple[Entry, ...]:
    """Batch normalisation."""
    return (
        Entry(f"{key}.weight", layer, "gamma"),
        Entry(f"{key}.bias", layer, "beta"),
        Entry(f"{key}.running_mean", layer, "moving_mean"),
        Entry(f"{key}.running_var", layer, "moving_variance"),
    )


def normalized(conv: str, norm: str, layer: str) -> tuple[Entry, ...]:
    """A convolution without a bias and the batch normalisation after it, which is named `LAYER_bn` here."""
    return Entry(f"{conv}.weight", layer, "kernel"), *batch(norm, f"{layer}_bn")


def blobs(key: str, layer: str) -> tuple[Entry, ...]:
    """A Caffe layer with its two blobs."""
    return Entry(f"{key}/weight", layer, "kernel"), Entry(f"{key}/bias", layer, "bias")


# -- forms -------------------------------------------------------------------------------------------------------------


class Trait(NamedTuple):
    """A property of the graph that leaves no trace in the weights and changes the outputs.

    Attributes:
        layer: Name of the layer that must be there.
        settings: Attributes of it with the values they must have.
        part: The optional part of the form to which it belongs: without that part it is not asked for.
        present: `False` where the layer must not be there.
    """

    layer: str
    settings: Mapping = MappingProxyType({})
    part: str | None = None
    present: bool = True


@dataclass(frozen=True)
class Preprocessing:
    """How images were prepared for the published accuracy.

    Attributes:
        mode: Of `preprocess_input`.
        resize: Pixels: of the shorter side, or of both sides, `(height, width)`, where the aspect was not kept.
        crop: Side of the centre crop.
        interpolation: Of the resizing.
        note: What else matters.
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
        name: Of the model in the zoo.
        framework: `"torch"` or `"caffe"`.
        title: What to call it in a message.
        entries: Arrays that are always there.
        head: The classifier; a model without its top lacks it.
        parts: Optional arrays by key prefix, such as auxiliary heads; empty for what the zoo has no layers for.
        traits: See `Trait`.
        preprocessing: See `Preprocessing`.
        options: Keywords of `create_model` that make the zoo's model this form.
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

    @property
    def call(self) -> str:
        """The call that builds it, for messages."""
        options = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"create_model({self.name!r}{options})"

    @property
    def keys(self) -> frozenset[str]:
        """Every key that the form has without its optional parts."""
        return frozenset(entry.key for entry in self.entries + self.head)

    @property
    def layers(self) -> frozenset[str]:
        """Every layer here that the form can fill."""
        entries = (*self.entries, *self.head, *(entry for part in self.parts.values() for entry in part))
        return frozenset(entry.layer for entry in entries)

    @property
    def classifier(self) -> Entry:
        """The bias of the last layer: its length is the number of classes."""
        return self.head[-1]
