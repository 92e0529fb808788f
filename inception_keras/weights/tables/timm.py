"""timm's names (1.0.31): Inception v3 (torchvision's names as well), Inception v4, Inception-ResNet v2.

Each table describes one kind of module: name in the source -> layer of this package, both without the module's name.
"""

from inception_keras.weights.forms import Entry, Form, Preprocessing, Trait, linear, normalized
from inception_keras.weights.tables.torchvision import TRANSFORM_INPUT


def _units(modules: dict[str, tuple[str, dict[str, str]]]) -> tuple[Entry, ...]:
    """Entries of {module in the source: (module here, table of its names)}; the stem has an empty name."""
    return tuple(
        entry
        for key, (module, table) in modules.items()
        for place, layer in table.items()
        for entry in normalized(
            f"{_join('.', key, place)}.conv", f"{_join('.', key, place)}.bn", _join("_", module, layer)
        )
    )


def _join(separator: str, *names: str) -> str:
    return separator.join(name for name in names if name)


# -- Inception v3 ------------------------------------------------------------------------------------------------------
_V3_STEM = {
    "Conv2d_1a_3x3": "conv2d_1a_3x3",
    "Conv2d_2a_3x3": "conv2d_2a_3x3",
    "Conv2d_2b_3x3": "conv2d_2b_3x3",
    "Conv2d_3b_1x1": "conv2d_3b_1x1",
    "Conv2d_4a_3x3": "conv2d_4a_3x3",
}
_V3_A = {
    "branch1x1": "branch0_0_1x1",
    "branch5x5_1": "branch1_0_1x1",
    "branch5x5_2": "branch1_1_5x5",
    "branch3x3dbl_1": "branch2_0_1x1",
    "branch3x3dbl_2": "branch2_1_3x3",
    "branch3x3dbl_3": "branch2_2_3x3",
    "branch_pool": "branch3_1_1x1",
}
_V3_REDUCTION_A = {
    "branch3x3": "branch0_0_3x3",
    "branch3x3dbl_1": "branch1_0_1x1",
    "branch3x3dbl_2": "branch1_1_3x3",
    "branch3x3dbl_3": "branch1_2_3x3",
}
_V3_B = {
    "branch1x1": "branch0_0_1x1",
    "branch7x7_1": "branch1_0_1x1",
    "branch7x7_2": "branch1_1_1x7",
    "branch7x7_3": "branch1_2_7x1",
    "branch7x7dbl_1": "branch2_0_1x1",
    "branch7x7dbl_2": "branch2_1_7x1",
    "branch7x7dbl_3": "branch2_2_1x7",
    "branch7x7dbl_4": "branch2_3_7x1",
    "branch7x7dbl_5": "branch2_4_1x7",
    "branch_pool": "branch3_1_1x1",
}
_V3_REDUCTION_B = {
    "branch3x3_1": "branch0_0_1x1",
    "branch3x3_2": "branch0_1_3x3",
    "branch7x7x3_1": "branch1_0_1x1",
    "branch7x7x3_2": "branch1_1_1x7",
    "branch7x7x3_3": "branch1_2_7x1",
    "branch7x7x3_4": "branch1_3_3x3",
}
_V3_C = {
    "branch1x1": "branch0_0_1x1",
    "branch3x3_1": "branch1_0_1x1",
    "branch3x3_2a": "branch1_1_1x3",
    "branch3x3_2b": "branch1_1_3x1",
    "branch3x3dbl_1": "branch2_0_1x1",
    "branch3x3dbl_2": "branch2_1_3x3",
    "branch3x3dbl_3a": "branch2_2_1x3",
    "branch3x3dbl_3b": "branch2_2_3x1",
    "branch_pool": "branch3_1_1x1",
}
_V3_KINDS = {
    **dict.fromkeys(("5b", "5c", "5d"), _V3_A),
    "6a": _V3_REDUCTION_A,
    **dict.fromkeys(("6b", "6c", "6d", "6e"), _V3_B),
    "7a": _V3_REDUCTION_B,
    **dict.fromkeys(("7b", "7c"), _V3_C),
}

INCEPTION_V3 = Form(
    name="inception_v3",
    framework="torch",
    title="timm's or torchvision's Inception v3",
    entries=_units(
        {"": ("", _V3_STEM), **{f"Mixed_{name}": (f"mixed_{name}", table) for name, table in _V3_KINDS.items()}}
    ),
    head=linear("fc", "head_classifier"),
    parts={"AuxLogits": ()},  # torchvision's auxiliary head, for which the zoo has no layers
    traits=(Trait("conv2d_1a_3x3_bn", {"epsilon": 1e-3}), Trait("mixed_5b_branch3_0_pool_pad")),
    options={"batch_scale": True, "pool_padding": "include"},
    preprocessing=Preprocessing(
        "tf",
        resize=342,
        crop=299,
        note="torchvision resizes bilinearly to 342; timm bicubically, to 341, and its gluon_in1k weights want 'torch'",
    ),
    asks=TRANSFORM_INPUT,
    published=("0cc3c7bd", "1a9a5a14"),  # torchvision's inception_v3_google-*.pth
    timm="inception_v3",
)

# -- Inception v4 ------------------------------------------------------------------------------------------------------
_V4_STEM = {"0": "conv2d_1a_3x3", "1": "conv2d_2a_3x3", "2": "conv2d_2b_3x3"}
_V4_3A = {"conv": "branch1_0_3x3"}
_V4_4A = {
    "branch0.0": "branch0_0_1x1",
    "branch0.1": "branch0_1_3x3",
    "branch1.0": "branch1_0_1x1",
    "branch1.1": "branch1_1_1x7",
    "branch1.2": "branch1_2_7x1",
    "branch1.3": "branch1_3_3x3",
}
_V4_5A = {"conv": "branch0_0_3x3"}
_V4_A = {
    "branch0": "branch0_0_1x1",
    "branch1.0": "branch1_0_1x1",
    "branch1.1": "branch1_1_3x3",
    "branch2.0": "branch2_0_1x1",
    "branch2.1": "branch2_1_3x3",
    "branch2.2": "branch2_2_3x3",
    "branch3.1": "branch3_1_1x1",
}
_V4_REDUCTION_A = {
    "branch0": "branch0_0_3x3",
    "branch1.0": "branch1_0_1x1",
    "branch1.1": "branch1_1_3x3",
    "branch1.2": "branch1_2_3x3",
}
_V4_B = {
    "branch0": "branch0_0_1x1",
    "branch1.0": "branch1_0_1x1",
    "branch1.1": "branch1_1_1x7",
    "branch1.2": "branch1_2_7x1",
    "branch2.0": "branch2_0_1x1",
    "branch2.1": "branch2_1_7x1",
    "branch2.2": "branch2_2_1x7",
    "branch2.3": "branch2_3_7x1",
    "branch2.4": "branch2_4_1x7",
    "branch3.1": "branch3_1_1x1",
}
_V4_REDUCTION_B = {
    "branch0.0": "branch0_0_1x1",
    "branch0.1": "branch0_1_3x3",
    "branch1.0": "branch1_0_1x1",
    "branch1.1": "branch1_1_1x7",
    "branch1.2": "branch1_2_7x1",
    "branch1.3": "branch1_3_3x3",
}
_V4_C = {
    "branch0": "branch0_0_1x1",
    "branch1_0": "branch1_0_1x1",
    "branch1_1a": "branch1_1_1x3",
    "branch1_1b": "branch1_1_3x1",
    "branch2_0": "branch2_0_1x1",
    "branch2_1": "branch2_1_3x1",
    "branch2_2": "branch2_2_1x3",
    "branch2_3a": "branch2_3_1x3",
    "branch2_3b": "branch2_3_3x1",
    "branch3.1": "branch3_1_1x1",
}
_V4_MODULES = (  # in the order of `features`, from index 3 on
    ("mixed_3a", _V4_3A),
    ("mixed_4a", _V4_4A),
    ("mixed_5a", _V4_5A),
    *((f"mixed_5{letter}", _V4_A) for letter in "bcde"),
    ("mixed_6a", _V4_REDUCTION_A),
    *((f"mixed_6{letter}", _V4_B) for letter in "bcdefgh"),
    ("mixed_7a", _V4_REDUCTION_B),
    *((f"mixed_7{letter}", _V4_C) for letter in "bcd"),
)

INCEPTION_V4 = Form(
    name="inception_v4",
    framework="torch",
    title="timm's Inception v4",
    entries=_units(
        {
            "features": ("", _V4_STEM),
            **{f"features.{number}": row for number, row in enumerate(_V4_MODULES, start=3)},
        }
    ),
    head=linear("last_linear", "head_classifier"),
    traits=(Trait("conv2d_1a_3x3_bn", {"epsilon": 1e-3}), Trait("mixed_5b_branch3_0_pool", {"padding": "same"})),
    preprocessing=Preprocessing("tf", resize=341, crop=299, interpolation="bicubic"),
    timm="inception_v4",
)

# -- Inception-ResNet v2 -----------------------------------------------------------------------------------------------
_RESNET_STEM = {
    "conv2d_1a": "conv2d_1a_3x3",
    "conv2d_2a": "conv2d_2a_3x3",
    "conv2d_2b": "conv2d_2b_3x3",
    "conv2d_3b": "conv2d_3b_1x1",
    "conv2d_4a": "conv2d_4a_3x3",
    "conv2d_7b": "conv2d_7b_1x1",
}
_RESNET_5B = {
    "branch0": "branch0_0_1x1",
    "branch1.0": "branch1_0_1x1",
    "branch1.1": "branch1_1_5x5",
    "branch2.0": "branch2_0_1x1",
    "branch2.1": "branch2_1_3x3",
    "branch2.2": "branch2_2_3x3",
    "branch3.1": "branch3_1_1x1",
}
_RESNET_A = {
    "branch0": "branch0_0_1x1",
    "branch1.0": "branch1_0_1x1",
    "branch1.1": "branch1_1_3x3",
    "branch2.0": "branch2_0_1x1",
    "branch2.1": "branch2_1_3x3",
    "branch2.2": "branch2_2_3x3",
}
_RESNET_REDUCTION_A = {
    "branch0": "branch0_0_3x3",
    "branch1.0": "branch1_0_1x1",
    "branch1.1": "branch1_1_3x3",
    "branch1.2": "branch1_2_3x3",
}
_RESNET_B = {
    "branch0": "branch0_0_1x1",
    "branch1.0": "branch1_0_1x1",
    "branch1.1": "branch1_1_1x7",
    "branch1.2": "branch1_2_7x1",
}
_RESNET_REDUCTION_B = {
    "branch0.0": "branch0_0_1x1",
    "branch0.1": "branch0_1_3x3",
    "branch1.0": "branch1_0_1x1",
    "branch1.1": "branch1_1_3x3",
    "branch2.0": "branch2_0_1x1",
    "branch2.1": "branch2_1_3x3",
    "branch2.2": "branch2_2_3x3",
}
_RESNET_C = {
    "branch0": "branch0_0_1x1",
    "branch1.0": "branch1_0_1x1",
    "branch1.1": "branch1_1_1x3",
    "branch1.2": "branch1_2_3x1",
}
_RESNET_RESIDUALS = {
    **{f"repeat.{number}": (f"block35_{number + 1}", _RESNET_A) for number in range(10)},
    **{f"repeat_1.{number}": (f"block17_{number + 1}", _RESNET_B) for number in range(20)},
    **{f"repeat_2.{number}": (f"block8_{number + 1}", _RESNET_C) for number in range(9)},
    "block8": ("block8_10", _RESNET_C),
}

INCEPTION_RESNET_V2 = Form(
    name="inception_resnet_v2",
    framework="torch",
    title="timm's Inception-ResNet v2",
    entries=(
        *_units(
            {
                "": ("", _RESNET_STEM),
                "mixed_5b": ("mixed_5b", _RESNET_5B),
                "mixed_6a": ("mixed_6a", _RESNET_REDUCTION_A),
                "mixed_7a": ("mixed_7a", _RESNET_REDUCTION_B),
                **_RESNET_RESIDUALS,
            }
        ),
        *(entry for key, (module, _) in _RESNET_RESIDUALS.items() for entry in linear(f"{key}.conv2d", f"{module}_up")),
    ),
    head=linear("classif", "head_classifier"),
    traits=(Trait("conv2d_1a_3x3_bn", {"epsilon": 1e-3}), Trait("mixed_5b_branch3_0_pool", {"padding": "same"})),
    options={"batch_scale": True},
    preprocessing=Preprocessing("tf", resize=333, crop=299, interpolation="bicubic"),
    timm="inception_resnet_v2",
)

FORMS = (INCEPTION_V3, INCEPTION_V4, INCEPTION_RESNET_V2)
