"""TF-slim's names of the networks for images of 299 pixels: Inception v3 and v4, and Inception-ResNet v2.

Each table describes one kind of module: name in slim -> layer of this package, both without the module's name. Slim's
networks are those of Keras in each setting that leaves no trace in the weights: no gamma, epsilon 0.001, and average
pooling that leaves its padding out. All have an auxiliary head, for which the zoo has no layers.
"""

from inception_keras.weights.forms import Entry, Form, Trait
from inception_keras.weights.tables.slim import biased, modules, preprocessing, unit

TRAITS = (
    Trait("conv2d_1a_3x3_bn", {"epsilon": 1e-3, "scale": False}),
    Trait("mixed_5b_branch3_0_pool", {"padding": "same"}),
)


def _stem(scope: str, *keys: str) -> tuple[Entry, ...]:
    """Entries of convolutions outside the modules, which are called here as in slim, in small letters."""
    return tuple(entry for key in keys for entry in unit(f"{scope}/{key}", key.lower()))


def _mixed(scope: str, tables: dict[str, dict[str, str]]) -> tuple[Entry, ...]:
    """Entries of {the end of a module's name: its table}."""
    return modules(scope, {f"Mixed_{name}": (f"mixed_{name}", table) for name, table in tables.items()})


_STEM = ("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3")

# -- Inception v3 ------------------------------------------------------------------------------------------------------
_V3 = "InceptionV3"
_V3_A = {
    "Branch_0/Conv2d_0a_1x1": "branch0_0_1x1",
    "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
    "Branch_1/Conv2d_0b_5x5": "branch1_1_5x5",
    "Branch_2/Conv2d_0a_1x1": "branch2_0_1x1",
    "Branch_2/Conv2d_0b_3x3": "branch2_1_3x3",
    "Branch_2/Conv2d_0c_3x3": "branch2_2_3x3",
    "Branch_3/Conv2d_0b_1x1": "branch3_1_1x1",
}
# In Mixed_5c slim counts the second branch from 0b on, and one name has another underscore.
_V3_5C_NAMES = {"Branch_1/Conv2d_0a_1x1": "Branch_1/Conv2d_0b_1x1", "Branch_1/Conv2d_0b_5x5": "Branch_1/Conv_1_0c_5x5"}
_V3_B = {
    "Branch_0/Conv2d_0a_1x1": "branch0_0_1x1",
    "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
    "Branch_1/Conv2d_0b_1x7": "branch1_1_1x7",
    "Branch_1/Conv2d_0c_7x1": "branch1_2_7x1",
    "Branch_2/Conv2d_0a_1x1": "branch2_0_1x1",
    "Branch_2/Conv2d_0b_7x1": "branch2_1_7x1",
    "Branch_2/Conv2d_0c_1x7": "branch2_2_1x7",
    "Branch_2/Conv2d_0d_7x1": "branch2_3_7x1",
    "Branch_2/Conv2d_0e_1x7": "branch2_4_1x7",
    "Branch_3/Conv2d_0b_1x1": "branch3_1_1x1",
}
_V3_7C = {
    "Branch_0/Conv2d_0a_1x1": "branch0_0_1x1",
    "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
    "Branch_1/Conv2d_0b_1x3": "branch1_1_1x3",
    "Branch_1/Conv2d_0c_3x1": "branch1_1_3x1",
    "Branch_2/Conv2d_0a_1x1": "branch2_0_1x1",
    "Branch_2/Conv2d_0b_3x3": "branch2_1_3x3",
    "Branch_2/Conv2d_0c_1x3": "branch2_2_1x3",
    "Branch_2/Conv2d_0d_3x1": "branch2_2_3x1",
    "Branch_3/Conv2d_0b_1x1": "branch3_1_1x1",
}
_V3_MODULES = {
    "5b": _V3_A,
    "5c": {_V3_5C_NAMES.get(place, place): layer for place, layer in _V3_A.items()},
    "5d": _V3_A,
    "6a": {
        "Branch_0/Conv2d_1a_1x1": "branch0_0_3x3",  # actually 3x3, as the next of that name
        "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
        "Branch_1/Conv2d_0b_3x3": "branch1_1_3x3",
        "Branch_1/Conv2d_1a_1x1": "branch1_2_3x3",
    },
    **{f"6{letter}": _V3_B for letter in "bcde"},
    "7a": {
        "Branch_0/Conv2d_0a_1x1": "branch0_0_1x1",
        "Branch_0/Conv2d_1a_3x3": "branch0_1_3x3",
        "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
        "Branch_1/Conv2d_0b_1x7": "branch1_1_1x7",
        "Branch_1/Conv2d_0c_7x1": "branch1_2_7x1",
        "Branch_1/Conv2d_1a_3x3": "branch1_3_3x3",
    },
    # In Mixed_7b both ends of the second branch are called 0b.
    "7b": {place.replace("Conv2d_0c_3x1", "Conv2d_0b_3x1"): layer for place, layer in _V3_7C.items()},
    "7c": _V3_7C,
}

INCEPTION_V3 = Form(
    name="inception_v3",
    framework="slim",
    title="slim's Inception v3",
    entries=(*_stem(_V3, *_STEM), *_mixed(_V3, _V3_MODULES)),
    head=biased(f"{_V3}/Logits/Conv2d_1c_1x1", "head_classifier"),
    parts={f"{_V3}/AuxLogits": ()},
    traits=TRAITS,
    preprocessing=preprocessing(299),
)

# -- Inception v4 ------------------------------------------------------------------------------------------------------
_V4 = "InceptionV4"
_V4_A = {
    "Branch_0/Conv2d_0a_1x1": "branch0_0_1x1",
    "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
    "Branch_1/Conv2d_0b_3x3": "branch1_1_3x3",
    "Branch_2/Conv2d_0a_1x1": "branch2_0_1x1",
    "Branch_2/Conv2d_0b_3x3": "branch2_1_3x3",
    "Branch_2/Conv2d_0c_3x3": "branch2_2_3x3",
    "Branch_3/Conv2d_0b_1x1": "branch3_1_1x1",
}
_V4_B = {
    "Branch_0/Conv2d_0a_1x1": "branch0_0_1x1",
    "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
    "Branch_1/Conv2d_0b_1x7": "branch1_1_1x7",
    "Branch_1/Conv2d_0c_7x1": "branch1_2_7x1",
    "Branch_2/Conv2d_0a_1x1": "branch2_0_1x1",
    "Branch_2/Conv2d_0b_7x1": "branch2_1_7x1",
    "Branch_2/Conv2d_0c_1x7": "branch2_2_1x7",
    "Branch_2/Conv2d_0d_7x1": "branch2_3_7x1",
    "Branch_2/Conv2d_0e_1x7": "branch2_4_1x7",
    "Branch_3/Conv2d_0b_1x1": "branch3_1_1x1",
}
_V4_C = {
    "Branch_0/Conv2d_0a_1x1": "branch0_0_1x1",
    "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
    "Branch_1/Conv2d_0b_1x3": "branch1_1_1x3",
    "Branch_1/Conv2d_0c_3x1": "branch1_1_3x1",
    "Branch_2/Conv2d_0a_1x1": "branch2_0_1x1",
    "Branch_2/Conv2d_0b_3x1": "branch2_1_3x1",
    "Branch_2/Conv2d_0c_1x3": "branch2_2_1x3",
    "Branch_2/Conv2d_0d_1x3": "branch2_3_1x3",
    "Branch_2/Conv2d_0e_3x1": "branch2_3_3x1",
    "Branch_3/Conv2d_0b_1x1": "branch3_1_1x1",
}
_V4_MODULES = {
    "3a": {"Branch_1/Conv2d_0a_3x3": "branch1_0_3x3"},
    "4a": {
        "Branch_0/Conv2d_0a_1x1": "branch0_0_1x1",
        "Branch_0/Conv2d_1a_3x3": "branch0_1_3x3",
        "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
        "Branch_1/Conv2d_0b_1x7": "branch1_1_1x7",
        "Branch_1/Conv2d_0c_7x1": "branch1_2_7x1",
        "Branch_1/Conv2d_1a_3x3": "branch1_3_3x3",
    },
    "5a": {"Branch_0/Conv2d_1a_3x3": "branch0_0_3x3"},
    **{f"5{letter}": _V4_A for letter in "bcde"},
    "6a": {
        "Branch_0/Conv2d_1a_3x3": "branch0_0_3x3",
        "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
        "Branch_1/Conv2d_0b_3x3": "branch1_1_3x3",
        "Branch_1/Conv2d_1a_3x3": "branch1_2_3x3",
    },
    **{f"6{letter}": _V4_B for letter in "bcdefgh"},
    "7a": {
        "Branch_0/Conv2d_0a_1x1": "branch0_0_1x1",
        "Branch_0/Conv2d_1a_3x3": "branch0_1_3x3",
        "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
        "Branch_1/Conv2d_0b_1x7": "branch1_1_1x7",
        "Branch_1/Conv2d_0c_7x1": "branch1_2_7x1",
        "Branch_1/Conv2d_1a_3x3": "branch1_3_3x3",
    },
    **{f"7{letter}": _V4_C for letter in "bcd"},
}

INCEPTION_V4 = Form(
    name="inception_v4",
    framework="slim",
    title="slim's Inception v4",
    entries=(
        *_stem(_V4, "Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3"),
        *_mixed(_V4, _V4_MODULES),
    ),
    head=biased(f"{_V4}/Logits/Logits", "head_classifier"),
    parts={f"{_V4}/AuxLogits": ()},
    traits=TRAITS,
    options={"batch_scale": False},
    preprocessing=preprocessing(299),
)

# -- Inception-ResNet v2 -----------------------------------------------------------------------------------------------
_RESNET = "InceptionResnetV2"
_RESNET_A = {
    "Branch_0/Conv2d_1x1": "branch0_0_1x1",
    "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
    "Branch_1/Conv2d_0b_3x3": "branch1_1_3x3",
    "Branch_2/Conv2d_0a_1x1": "branch2_0_1x1",
    "Branch_2/Conv2d_0b_3x3": "branch2_1_3x3",
    "Branch_2/Conv2d_0c_3x3": "branch2_2_3x3",
}
_RESNET_B = {
    "Branch_0/Conv2d_1x1": "branch0_0_1x1",
    "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
    "Branch_1/Conv2d_0b_1x7": "branch1_1_1x7",
    "Branch_1/Conv2d_0c_7x1": "branch1_2_7x1",
}
_RESNET_C = {
    "Branch_0/Conv2d_1x1": "branch0_0_1x1",
    "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
    "Branch_1/Conv2d_0b_1x3": "branch1_1_1x3",
    "Branch_1/Conv2d_0c_3x1": "branch1_2_3x1",
}
_RESNET_MODULES = {
    "5b": {
        "Branch_0/Conv2d_1x1": "branch0_0_1x1",
        "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
        "Branch_1/Conv2d_0b_5x5": "branch1_1_5x5",
        "Branch_2/Conv2d_0a_1x1": "branch2_0_1x1",
        "Branch_2/Conv2d_0b_3x3": "branch2_1_3x3",
        "Branch_2/Conv2d_0c_3x3": "branch2_2_3x3",
        "Branch_3/Conv2d_0b_1x1": "branch3_1_1x1",
    },
    "6a": {
        "Branch_0/Conv2d_1a_3x3": "branch0_0_3x3",
        "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
        "Branch_1/Conv2d_0b_3x3": "branch1_1_3x3",
        "Branch_1/Conv2d_1a_3x3": "branch1_2_3x3",
    },
    "7a": {
        "Branch_0/Conv2d_0a_1x1": "branch0_0_1x1",
        "Branch_0/Conv2d_1a_3x3": "branch0_1_3x3",
        "Branch_1/Conv2d_0a_1x1": "branch1_0_1x1",
        "Branch_1/Conv2d_1a_3x3": "branch1_1_3x3",
        "Branch_2/Conv2d_0a_1x1": "branch2_0_1x1",
        "Branch_2/Conv2d_0b_3x3": "branch2_1_3x3",
        "Branch_2/Conv2d_1a_3x3": "branch2_2_3x3",
    },
}
_RESNET_RESIDUALS = {
    **{f"Repeat/block35_{number}": (f"block35_{number}", _RESNET_A) for number in range(1, 11)},
    **{f"Repeat_1/block17_{number}": (f"block17_{number}", _RESNET_B) for number in range(1, 21)},
    **{f"Repeat_2/block8_{number}": (f"block8_{number}", _RESNET_C) for number in range(1, 10)},
    "Block8": ("block8_10", _RESNET_C),
}

INCEPTION_RESNET_V2 = Form(
    name="inception_resnet_v2",
    framework="slim",
    title="slim's Inception-ResNet v2",
    entries=(
        *_stem(_RESNET, *_STEM, "Conv2d_7b_1x1"),
        *_mixed(_RESNET, _RESNET_MODULES),
        *modules(_RESNET, _RESNET_RESIDUALS),
        *(
            entry
            for key, (module, _) in _RESNET_RESIDUALS.items()
            for entry in biased(f"{_RESNET}/{key}/Conv2d_1x1", f"{module}_up")
        ),
    ),
    head=biased(f"{_RESNET}/Logits/Logits", "head_classifier"),
    parts={f"{_RESNET}/AuxLogits": ()},
    traits=TRAITS,
    preprocessing=preprocessing(299),
)

FORMS = (INCEPTION_V3, INCEPTION_V4, INCEPTION_RESNET_V2)
