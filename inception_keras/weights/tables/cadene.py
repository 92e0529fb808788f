"""The names of pretrainedmodels (Cadene/pretrained-models.pytorch): BN-Inception, ported from Caffe by Y. Xiong.

Layers have the same names there and here. Arrays of batch normalisation may have a leading axis of length 1.
"""

from inception_keras.weights.forms import Entry, Form, Preprocessing, Trait, batch, linear

_STEM = ("conv1_7x7_s2", "conv2_3x3_reduce", "conv2_3x3")
_DOUBLE = ("3x3_reduce", "3x3", "double_3x3_reduce", "double_3x3_1", "double_3x3_2")
_MODULES = {
    name: _DOUBLE if name in ("3c", "4e") else ("1x1", *_DOUBLE, "pool_proj")
    for name in ("3a", "3b", "3c", "4a", "4b", "4c", "4d", "4e", "5a", "5b")
}
_UNITS = (*_STEM, *(f"inception_{module}_{branch}" for module, branches in _MODULES.items() for branch in branches))


def _unit(name: str) -> tuple[Entry, ...]:
    """A convolution with a bias, and the batch normalisation after it."""
    return (*linear(name, name), *batch(f"{name}_bn", f"{name}_bn"))


BN_INCEPTION = Form(
    name="bn_inception",
    framework="torch",
    title="pretrainedmodels' BN-Inception",
    entries=tuple(entry for name in _UNITS for entry in _unit(name)),
    head=linear("last_linear", "head_classifier"),
    traits=(Trait("conv1_7x7_s2_bn", {"epsilon": 1e-5}), Trait("conv1_7x7_s2_pad")),
    preprocessing=Preprocessing("caffe128", resize=256, crop=224),  # examples/imagenet_eval.py
)
