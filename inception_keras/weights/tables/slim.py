"""TF-slim's names (`research/slim/nets/inception_v*.py` of tensorflow/models): Inception v1 and v2; the larger networks
are in `slim_large.py`.

A key is the name of a variable in the checkpoint. Batch normalisation has no gamma there. Checkpoints have 1,001
classes, of which class 0 is the background.
"""

from inception_keras.weights.forms import Entry, Form, Preprocessing, Trait

_BATCH = ("beta", "moving_mean", "moving_variance")


def unit(key: str, layer: str) -> tuple[Entry, ...]:
    """Entries of a convolution without a bias and of the batch normalisation after it."""
    return (
        Entry(f"{key}/weights", layer, "kernel"),
        *(Entry(f"{key}/BatchNorm/{name}", f"{layer}_bn", name) for name in _BATCH),
    )


def biased(key: str, layer: str) -> tuple[Entry, ...]:
    """Entries of a convolution or dense layer with a bias."""
    return Entry(f"{key}/weights", layer, "kernel"), Entry(f"{key}/biases", layer, "bias")


def modules(scope: str, tables: dict[str, tuple[str, dict[str, str]]]) -> tuple[Entry, ...]:
    """Entries of {module in slim: (module here, name in slim -> name here)}."""
    return tuple(
        entry
        for module, (name, table) in tables.items()
        for place, layer in table.items()
        for entry in unit(f"{scope}/{module}/{place}", f"{name}_{layer}")
    )


def preprocessing(crop: int) -> Preprocessing:
    """As `preprocessing/inception_preprocessing.py` evaluates, for images of `crop` pixels."""
    side = round(crop / 0.875)
    return Preprocessing(
        "tf", resize=(side, side), crop=crop, note="slim cuts the centre 87.5% of each side; the aspect is not kept"
    )


# -- Inception v1: GoogLeNet; slim begins to count its modules at b ----------------------------------------------------
_V1 = "InceptionV1"
_V1_STEM = {"Conv2d_1a_7x7": "conv1_7x7_s2", "Conv2d_2b_1x1": "conv2_3x3_reduce", "Conv2d_2c_3x3": "conv2_3x3"}
_V1_NAMES = {
    "3b": "3a", "3c": "3b", "4b": "4a", "4c": "4b", "4d": "4c", "4e": "4d", "4f": "4e", "5b": "5a", "5c": "5b",
}  # fmt: skip
_V1_MODULE = {
    "Branch_0/Conv2d_0a_1x1": "1x1",
    "Branch_1/Conv2d_0a_1x1": "3x3_reduce",
    "Branch_1/Conv2d_0b_3x3": "3x3",
    "Branch_2/Conv2d_0a_1x1": "5x5_reduce",
    "Branch_2/Conv2d_0b_3x3": "5x5",  # actually 3x3
    "Branch_3/Conv2d_0b_1x1": "pool_proj",
}
# In Mixed_5b slim calls the 3x3 of the third branch 0a as well.
_V1_5B = {place.replace("2/Conv2d_0b", "2/Conv2d_0a"): layer for place, layer in _V1_MODULE.items()}

GOOGLENET = Form(
    name="googlenet_slim",
    framework="slim",
    title="slim's Inception v1",
    entries=(
        *(entry for key, layer in _V1_STEM.items() for entry in unit(f"{_V1}/{key}", layer)),
        *modules(
            _V1,
            {
                f"Mixed_{slims}": (f"inception_{ours}", _V1_5B if slims == "5b" else _V1_MODULE)
                for slims, ours in _V1_NAMES.items()
            },
        ),
    ),
    head=biased(f"{_V1}/Logits/Conv2d_0c_1x1", "head_classifier"),
    traits=(Trait("conv1_7x7_s2_pad", present=False), Trait("conv1_7x7_s2_bn", {"epsilon": 1e-3, "scale": False})),
    preprocessing=preprocessing(224),
)

# -- Inception v2: BN-Inception ----------------------------------------------------------------------------------------
_V2 = "InceptionV2"
_V2_STEM = {"Conv2d_2b_1x1": "conv2_3x3_reduce", "Conv2d_2c_3x3": "conv2_3x3"}
_V2_SEPARABLE = (
    Entry(f"{_V2}/Conv2d_1a_7x7/depthwise_weights", "conv1_7x7_s2", "depthwise_kernel"),
    Entry(f"{_V2}/Conv2d_1a_7x7/pointwise_weights", "conv1_7x7_s2", "pointwise_kernel"),
    Entry(f"{_V2}/Conv2d_1a_7x7/biases", "conv1_7x7_s2", "bias"),
)
_V2_MODULE = {
    "Branch_0/Conv2d_0a_1x1": "1x1",
    "Branch_1/Conv2d_0a_1x1": "3x3_reduce",
    "Branch_1/Conv2d_0b_3x3": "3x3",
    "Branch_2/Conv2d_0a_1x1": "double_3x3_reduce",
    "Branch_2/Conv2d_0b_3x3": "double_3x3_1",
    "Branch_2/Conv2d_0c_3x3": "double_3x3_2",
    "Branch_3/Conv2d_0b_1x1": "pool_proj",
}
_V2_REDUCTION = {
    "Branch_0/Conv2d_0a_1x1": "3x3_reduce",
    "Branch_0/Conv2d_1a_3x3": "3x3",
    "Branch_1/Conv2d_0a_1x1": "double_3x3_reduce",
    "Branch_1/Conv2d_0b_3x3": "double_3x3_1",
    "Branch_1/Conv2d_1a_3x3": "double_3x3_2",
}
_V2_NAMES = {
    "3b": "3a", "3c": "3b", "4a": "3c", "4b": "4a", "4c": "4b", "4d": "4c", "4e": "4d", "5a": "4e", "5b": "5a",
    "5c": "5b",
}  # fmt: skip

INCEPTION_V2 = Form(
    name="inception_v2_slim",
    framework="slim",
    title="slim's Inception v2",
    entries=(
        *_V2_SEPARABLE,
        *(entry for key, layer in _V2_STEM.items() for entry in unit(f"{_V2}/{key}", layer)),
        *modules(
            _V2,
            {
                f"Mixed_{slims}": (f"inception_{ours}", _V2_REDUCTION if slims in ("4a", "5a") else _V2_MODULE)
                for slims, ours in _V2_NAMES.items()
            },
        ),
    ),
    head=biased(f"{_V2}/Logits/Conv2d_1c_1x1", "head_classifier"),
    traits=(Trait("conv2_3x3_bn", {"epsilon": 1e-3, "scale": False}),),
    preprocessing=preprocessing(224),
)
