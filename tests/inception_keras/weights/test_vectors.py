"""Imported weights against what the reference implementations compute: `golden/vectors/`."""

import keras
import numpy as np
import pytest

from inception_keras import create_model
from inception_keras.weights import from_caffe, from_torch
from inception_keras.weights.registry import FORMS
from tests.support import vectors
from tests.support.forward import forward, no_random_weights

LIMIT = 1e-4  # of the greatest difference, in standard deviations of the outputs

# For each file the model, with the toggles that give it the form of the source.
TORCH = {
    "torchvision_googlenet": ("googlenet_torchvision", {"aux_heads": True}),
    "torchvision_alexnet": ("alexnet_torchvision", {}),
    "torchvision_vgg11": ("vgg11", {}),
    "torchvision_vgg13": ("vgg13", {}),
    "torchvision_vgg16": ("vgg16", {}),
    "torchvision_resnet18": ("resnet18", {}),
    "torchvision_resnet34": ("resnet34", {}),
    "timm_inception_v3": ("inception_v3", {"batch_scale": True, "pool_padding": "include"}),
    "timm_inception_v4": ("inception_v4", {}),
    "timm_inception_resnet_v2": ("inception_resnet_v2", {"batch_scale": True}),
}
CAFFE = {
    # (model, side of the input, layers by blob)
    "caffe_bvlc_googlenet": (
        "googlenet",
        224,
        {
            "conv1.7x7_s2": "conv1_7x7_s2",
            "conv2.norm2": "conv2_norm2",
            "inception_4a.output": "inception_4a_output",
            "inception_4d.output": "inception_4d_output",
            "pool5.7x7_s1": "head_pool",
            "loss3.classifier": "head_classifier",
            "prob": "main",
        },
    ),
    "caffe_bvlc_alexnet": (
        "alexnet",
        227,
        {"norm1": "norm1", "pool5": "pool5", "fc8": "head_classifier", "prob": "main"},
    ),
}
OUTPUTS = {"logits": "main", "aux1": "aux_4a", "aux2": "aux_4d"}
# The others are relatives of these, or take seconds to build.
QUICK = {
    "torchvision_googlenet",
    "torchvision_alexnet",
    "torchvision_resnet18",
    "timm_inception_v3",
}
QUICK |= set(CAFFE)
# XLA takes long to compile the others.
ON_JAX = {"torchvision_resnet18", "caffe_bvlc_googlenet"}


def cases(names) -> list:
    def marks(name) -> list:
        return [pytest.mark.jax] * (name in ON_JAX) + [pytest.mark.slow] * (name not in QUICK)

    return [pytest.param(name, marks=marks(name)) for name in names]


@pytest.mark.jax
def test_every_file_is_tested():
    assert {path.name.removesuffix(".npz") for path in vectors.VECTORS.glob("*.npz")} == {*TORCH, *CAFFE}


@pytest.mark.parametrize("name", cases(TORCH))
def test_torch(name):
    zoo_name, options = TORCH[name]
    with no_random_weights():
        model = create_model(zoo_name, classifier_activation=None, **options)
        from_torch(model, vectors.state_dict(name))
        got = forward(model, vectors.image(model.input_shape[1])[:1])
    got = got if isinstance(got, dict) else {"main": got}
    for key, expected in vectors.load(name).items():
        assert vectors.ratio(got[OUTPUTS[key]], expected[:1]) < LIMIT, key


@pytest.mark.parametrize("name", cases(CAFFE))
def test_caffe(name):
    zoo_name, side, layers = CAFFE[name]
    expected = vectors.load(name)
    assert expected.keys() == layers.keys()
    with no_random_weights():
        model = create_model(zoo_name)
        from_caffe(model, vectors.blobs(name))
        inside = keras.Model(model.input, {blob: model.get_layer(layer).output for blob, layer in layers.items()})
        outputs = forward(inside, vectors.image(side, 50))
    for blob, got in outputs.items():
        if expected[blob].ndim == 4:
            got = got.reshape(2, 1, 1, -1)[..., :8] if got.ndim == 2 else got[:, :2, :2, :8]
        assert vectors.ratio(got, expected[blob]) < LIMIT, blob


SIZES = [
    (name, size)
    for name in ("torchvision_googlenet", "caffe_bvlc_googlenet")
    for size in ((240, 240), (299, 299), (97, 97), (200, 320))
]


@pytest.fixture(scope="module")
def googlenets():
    """A GoogLeNet for each file, on any size, with the file's weights."""
    torch, caffe = (
        create_model(name, input_shape=(None, None, 3), classifier_activation=None)
        for name in ("googlenet_torchvision", "googlenet")
    )
    from_torch(torch, vectors.state_dict("torchvision_googlenet", without="aux"))
    from_caffe(caffe, vectors.blobs("caffe_bvlc_googlenet"))
    return {"torchvision_googlenet": torch, "caffe_bvlc_googlenet": caffe}


@pytest.mark.parametrize(("name", "size"), SIZES)
@pytest.mark.parametrize("sides", ["fixed", "open"])
def test_googlenets_at_other_sizes(googlenets, name, size, sides):
    model, image = googlenets[name], vectors.image_of(*size, 1 if name in TORCH else 50)
    if sides == "open":
        got = forward(model, image)
    else:
        weights = model.get_weights()
        with no_random_weights():
            fixed = create_model(model.name, input_shape=(*size, 3), classifier_activation=None)
            fixed.set_weights(weights)
            got = forward(fixed, image)
    assert vectors.ratio(got, vectors.sized(name)[size]) < LIMIT


def narrow_alexnet(name: str) -> keras.Model:
    """An AlexNet with the convolutions of a file and hardly any fully connected units."""
    units = {"fc_units": (5, 4), "classes": 3}
    shapes = {"fc6": (5, 9216), "fc7": (4, 5), "fc8": (3, 4)}
    zeros = {key: (np.zeros(shape, "float32"), np.zeros(shape[0], "float32")) for key, shape in shapes.items()}
    if name in CAFFE:
        model = create_model(CAFFE[name][0], **units)
        return from_caffe(model, {**vectors.blobs(name, without="fc"), **zeros})
    arrays = vectors.state_dict(name, without="classifier")
    for key, (weight, bias) in zip(("1", "4", "6"), zeros.values(), strict=True):
        arrays |= {f"classifier.{key}.weight": weight, f"classifier.{key}.bias": bias}
    return from_torch(create_model(TORCH[name][0], **units), arrays)


@pytest.mark.parametrize("name", ["torchvision_alexnet", "caffe_bvlc_alexnet"])
def test_alexnets_at_other_sizes(name):
    """Only the convolutions: the fully connected layers fit one size."""
    whole = narrow_alexnet(name)
    for size, expected in vectors.sized(name).items():
        for shape in ((*size, 3), (None, None, 3)):
            trunk = create_model(whole.name, include_top=False, pooling="avg", input_shape=shape)
            for layer in trunk.layers:
                layer.set_weights(whole.get_layer(layer.name).get_weights() if layer.weights else [])
            got = forward(trunk, vectors.image_of(*size, 1 if name in TORCH else 50))
            assert vectors.ratio(got, expected) < LIMIT, (size, shape)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.framework}-{form.name}")
def test_tables_name_each_array_and_each_variable_once(form):
    entries = [*form.entries, *form.head, *(entry for part in form.parts.values() for entry in part)]
    assert len({entry.key for entry in entries}) == len(entries)
    assert len({(entry.layer, entry.variable) for entry in entries}) == len(entries)


@pytest.mark.counts
@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.framework}-{form.name}")
def test_tables_fill_every_weight_of_the_zoos_model(form):
    aux = {"aux_heads": True} if any(form.parts.values()) else {}
    # fully connected heads are built on a smaller map: only names are compared
    shape = (96, 96, 3) if not aux else (160, 160, 3)
    model = create_model(form.name, input_shape=shape, **form.options, **aux)
    filled = {(entry.layer, entry.variable) for entry in form.entries + form.head}
    filled |= {(entry.layer, entry.variable) for part in form.parts.values() for entry in part}
    assert filled == {(layer.name, weight.name) for layer in model.layers for weight in layer.weights}
