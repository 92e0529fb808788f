"""The toggles of GoogLeNet, their allowed values, and presets for the historical forms of the network.

A preset has all deviations of its source, small ones included. Sources: the paper (arXiv 1409.4842) and
BVLC's Caffe network for `paper`; torchvision 0.28 `models/googlenet.py`; TF-slim `nets/inception_v1.py`.
"""

from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from inception_keras.errors import UserError, unknown
from inception_keras.models.parts.checks import (
    FC_INPUTS,
    HEADS,
    as_tuple,
    check_choice,
    check_head,
    check_momentum,
    check_multiple,
    check_number,
    check_stem_stride,
    check_width,
    plain,
    scale,
)

BRANCHES = ("1x1", "3x3", "5x5", "pool")

_PAPER = {
    "head": "gap",
    "fc_units": (1024,),
    "fc_input": "flatten",
    "fc_normalization": "none",
    "reduce": True,
    "pool_projection": True,
    "aux_heads": False,
    "aux_pool": "5x5/3",
    "normalization": "lrn",
    "batch_scale": True,
    "batch_momentum": 0.99,
    "branch5": "5x5",
    "branches": BRANCHES,
    "stem": "imagenet",
    "stem_stride": 1,
    "stem_padding": "explicit",
    "whitening": False,
    "pool4": "3x3",
    "width": 1.0,
    "channel_multiple": 1,
    "dropout": 0.4,
    "aux_dropout": 0.7,
    "logit_scale": 1.0,
    "initializer": "xavier",
}
_BATCHNORM = {**_PAPER, "normalization": "batch"}

PRESETS = MappingProxyType(
    {
        "paper": _PAPER,
        "batchnorm": _BATCHNORM,
        "torchvision": {
            **_BATCHNORM,
            "branch5": "3x3",
            "pool4": "2x2",
            "dropout": 0.2,
            "aux_pool": "adaptive",
            "batch_momentum": 0.9,
            "initializer": "truncated_normal",
        },
        "slim": {
            **_BATCHNORM,
            "branch5": "3x3",
            "pool4": "2x2",
            "dropout": 0.2,
            "batch_scale": False,
            "batch_momentum": 0.9997,
            "stem_padding": "same",
            "initializer": "truncated_normal",
        },
    }
)

ALLOWED = MappingProxyType(
    {
        "preset": tuple(PRESETS),
        "head": HEADS,
        "fc_input": FC_INPUTS,
        "fc_normalization": ("none", "batch"),
        "reduce": (True, False, "wide"),
        "pool_projection": (True, False),
        "aux_heads": (True, False, "4a", "4d"),
        "aux_pool": ("5x5/3", "adaptive"),
        "normalization": ("lrn", "batch", "none"),
        "batch_scale": (True, False),
        "branch5": ("5x5", "3x3", "two 3x3"),
        "stem": ("imagenet", "separable", "small"),
        "stem_stride": (1, 2, "pool"),
        "stem_padding": ("explicit", "same"),
        "whitening": (True, False),
        "pool4": ("3x3", "2x2"),
        "initializer": ("xavier", "truncated_normal", "identity"),
    }
)


OF_PRESET: Any = None  # `__post_init__` replaces it by the preset's value


@dataclass(frozen=True, kw_only=True)
class GoogLeNetConfig:
    """One field per toggle of GoogLeNet. `None` takes the preset's value.

    Attributes:
        preset: Named set of values, which the other fields override. Not compared: configurations of the same network
            are equal.
        head: What follows the trunk. `gap`: global average pooling and a linear layer (the paper); `fc`: fully
            connected layers; `conv`: a 1x1 convolution to the classes, ReLU, then the average (Network in Network).
        fc_units: Units of the hidden layers of the `fc` head; not scaled by `width`. `()`: only the linear layer.
        fc_input: Input of the `fc` head. `flatten`: the flattened map; `gap` or `max`: its average or maximum over
            positions; `conv`: a 1x1 convolution to 128 channels, flattened, as in the paper's auxiliary heads: neither
            `width` nor `channel_multiple` scales it, and `normalization` adds nothing to it.
        fc_normalization: `batch`: batch normalisation between each hidden layer of the `fc` head and its ReLU, as after
            every convolution of the `batchnorm` form. The layer then has no bias.
        reduce: Whether there are 1x1 convolutions before 3x3 and 5x5. `wide` keeps them as wide as their input: the
            same depth without a bottleneck, the control for `False`.
        pool_projection: Whether a 1x1 convolution follows a module's pooling. Without it and with `reduce=False` the
            module is the paper's Figure 2(a).
        aux_heads: Whether to build the training graph, with the outputs `main`, `aux_4a` and `aux_4d`; `"4a"` or
            `"4d"` builds one of the two auxiliary heads.
        aux_pool: Average pooling of the auxiliary heads. `5x5/3`: 5x5 windows with stride 3 (the paper); `adaptive`:
            windows that give a 4x4 map (torchvision).
        normalization: `lrn` (twice in the stem), `batch` (after every convolution, which then has no bias) or `none`.
        batch_scale: Whether batch normalisation has a gamma; slim's has none.
        batch_momentum: Momentum of the moving statistics as Keras defines it (1 minus torch's momentum).
        branch5: Convolutions of the 5x5 branch. torchvision and slim have one 3x3 there.
        branches: Which of a module's four branches to build, in every module.
        stem: `imagenet`; `separable`: conv1 is the separable convolution that the paper's Table 1 counts; `small`:
            one 3x3 to 192 channels, for inputs of 32 to 64 pixels.
        stem_stride: Stride of the small stem: with 1 or 2 the last map at 32 pixels is 8x8 or 4x4. `pool`: stride 1,
            then Table 1's max pooling, which leaves 4x4 too (davidcpage/cifar10-fast, experiments.ipynb).
        stem_padding: Padding of the layers with a stride. `explicit`: 3 pixels on each side of conv1, and poolings that
            round sizes up without padding in front (Caffe, torchvision); `same` (slim, and always with the small stem).
            The separable conv1 has `same` in both.
        whitening: Whether the small stem's convolution sees whitened 2x2 patches instead of pixels: before it come
            `PatchWhitening` and ReLU. `model.get_layer("whitening_2x2").adapt(images)` computes its filters from
            training images; they are random before, and are never trained.
        pool4: Window of the max pooling before 5a.
        width: Factor on every channel count.
        channel_multiple: Every channel count is rounded to a multiple of this number and is at least as large:
            processors work on blocks of 8, 16 or more channels.
        dropout: Dropout rate before the classifier, or after each hidden layer of the `fc` head.
        aux_dropout: Dropout rate before the auxiliary classifiers.
        logit_scale: Factor on the logits of every output; 1/9 in KellerJordan/cifar10-airbench, 1/8 in
            davidcpage/cifar10-fast.
        initializer: `xavier` is Caffe's (uniform over the fan-in, biases 0.2); `truncated_normal` has a standard
            deviation of 0.01 (torchvision, slim); `identity`: as `xavier`, but the first filters of each 3x3 and 5x5
            convolution copy its input (`PartialIdentity`).

    Raises:
        UserError: A value that is not allowed; the message lists those that are.
    """

    preset: str = field(default="paper", compare=False)
    head: str = OF_PRESET
    fc_units: tuple[int, ...] = OF_PRESET
    fc_input: str = OF_PRESET
    fc_normalization: str = OF_PRESET
    reduce: bool | str = OF_PRESET
    pool_projection: bool = OF_PRESET
    aux_heads: bool | str = OF_PRESET
    aux_pool: str = OF_PRESET
    normalization: str = OF_PRESET
    batch_scale: bool = OF_PRESET
    batch_momentum: float = OF_PRESET
    branch5: str = OF_PRESET
    branches: tuple[str, ...] = OF_PRESET
    stem: str = OF_PRESET
    stem_stride: int | str = OF_PRESET
    stem_padding: str = OF_PRESET
    whitening: bool = OF_PRESET
    pool4: str = OF_PRESET
    width: float = OF_PRESET
    channel_multiple: int = OF_PRESET
    dropout: float = OF_PRESET
    aux_dropout: float = OF_PRESET
    logit_scale: float = OF_PRESET
    initializer: str = OF_PRESET

    def __post_init__(self):
        for toggle in fields(self):
            object.__setattr__(self, toggle.name, plain(getattr(self, toggle.name)))
        check_choice("preset", self.preset, PRESETS)
        for name, value in PRESETS[self.preset].items():
            if getattr(self, name) is None:
                object.__setattr__(self, name, value)
        for name in ("fc_units", "branches"):  # JSON and command lines give lists
            object.__setattr__(self, name, as_tuple(getattr(self, name)))
        self._check()

    def _check(self):
        for name, allowed in ALLOWED.items():
            value = getattr(self, name)
            # 1 == True in Python: compare the types too
            if not any(value == choice and type(value) is type(choice) for choice in allowed):
                raise unknown(name, value, allowed)
        for branch in self.branches:
            if branch not in BRANCHES:
                raise unknown("branch", branch, BRANCHES)
        if not self.branches or len(set(self.branches)) < len(self.branches):
            raise UserError(f"branches must be one or more of {BRANCHES}, each once; got {self.branches}")
        # in the order of Table 1, so that equal networks have equal configurations
        object.__setattr__(self, "branches", tuple(branch for branch in BRANCHES if branch in self.branches))
        check_head(self.head, self.fc_units, self.fc_input, self.dropout)
        check_number("aux_dropout", self.aux_dropout, 0, 1)
        check_momentum(self.batch_momentum)
        check_width(self.width)
        check_multiple(self.channel_multiple)
        check_number("logit_scale", self.logit_scale, 1e-6, 1e6)
        if self.whitening and self.stem != "small":
            raise UserError(f"whitening=True needs stem='small': with {self.stem!r} there is no place for it")
        check_stem_stride(self.stem_stride, self.stem)

    @property
    def aux_after(self) -> tuple[str, ...]:
        """The modules that an auxiliary head follows."""
        if isinstance(self.aux_heads, str):
            return (self.aux_heads,)
        return ("4a", "4d") if self.aux_heads else ()

    @property
    def pool_padding(self) -> str:
        """How the poolings of stride 2 are padded, as `apply_max_pool` takes it.

        The networks with the small stem, which no source ships, were measured with `same`, and keep it.
        """
        return "ceil" if self.stem_padding == "explicit" and self.stem != "small" else "same"

    def scale(self, channels: int) -> int:
        """`channels` of Table 1, scaled by `width` and rounded to `channel_multiple`."""
        return scale(channels, self.width, self.channel_multiple)

    def diff(self, other: "GoogLeNetConfig") -> dict[str, tuple]:
        """The toggles whose values differ, as `{toggle: (self's, other's)}`."""
        pairs = {f.name: (getattr(self, f.name), getattr(other, f.name)) for f in fields(self) if f.compare}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


TOGGLES = tuple(f.name for f in fields(GoogLeNetConfig))


def configure(**toggles) -> GoogLeNetConfig:
    """A configuration from keywords; an unknown toggle raises `UserError` with the nearest name."""
    for name in toggles:
        if name not in TOGGLES:
            raise unknown("toggle", name, TOGGLES)
    return GoogLeNetConfig(**toggles)
