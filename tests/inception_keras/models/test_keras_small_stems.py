"""Small stems and widths: a last map of 4x4 at 32 pixels, with as many weights as the published networks."""

import keras
import numpy as np
import pytest

from ablations import studies
from ablations.study import Variant
from inception_keras import UserError, complexity, create_model
from inception_keras.models import keras_small_stems, resnet
from inception_keras.models.keras_applications import APPLICATIONS
from inception_keras.zoo import LIGHT, architecture

TINY = {"input_shape": (32, 32, 3), "classes": 10}
OWN = {"fc_units": (8,)}


@pytest.mark.counts
@pytest.mark.parametrize(
    ("name", "toggles"),
    [
        ("alexnet", OWN),
        ("alexnet_torchvision", OWN),
        ("zfnet", OWN),
        ("bn_inception", {"stem_stride": 2}),
        ("resnet18", {}),
        ("mobilenet", {}),
    ],
)
def test_the_last_map_is_4x4_and_the_width_scales_the_first_convolution(name, toggles):
    model = create_model(name, stem="small", width=0.0625, **toggles, **TINY)
    maps = [layer.output.shape[1:] for layer in model.layers if len(layer.output.shape) == 4]
    assert tuple(maps[-1][:2]) == (4, 4)
    first = next(layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    published = {"alexnet": 96, "alexnet_torchvision": 64, "zfnet": 96, "bn_inception": 192, "mobilenet": 32}
    assert first.filters == published.get(name, 64) / 16
    assert tuple(first.strides) == ((2, 2) if name == "bn_inception" else (1, 1))


@pytest.mark.counts
def test_a_stride_has_no_weights():
    """The network with the small stem has the kernels and biases of Keras's network, one by one."""
    models = [create_model("mobilenet", stem=stem, width=0.125, **TINY) for stem in ("imagenet", "small")]
    large, small = ([(v.path, v.shape) for v in model.trainable_variables] for model in models)
    assert large == small
    assert complexity(models[1]).macs > 4 * complexity(models[0]).macs


@pytest.mark.counts
def test_every_application_has_a_small_stem():
    assert set(keras_small_stems.SMALL_STEMS) == set(APPLICATIONS)


@pytest.mark.counts
@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["resnet50", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "densenet121", "efficientnet_b0"]
)
def test_the_other_applications_end_in_4x4_too(name):
    trunks = [create_model(name, include_top=False, stem=s, input_shape=(32, 32, 3)) for s in ("imagenet", "small")]
    assert [trunk.output.shape[1] for trunk in trunks] == [1, 4]
    counts = [complexity(trunk).params for trunk in trunks]
    assert counts[0] == counts[1]


def test_the_momentum_of_every_moving_statistic():
    model = create_model("mobilenet", stem="small", width=0.0625, batch_momentum=0.8, **TINY)
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    assert {norm.momentum for norm in norms} == {0.8}


@pytest.mark.counts
@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("resnet18", {"stem": "smal"}, "did you mean 'small'"),
        ("alexnet", {"stem": "smal"}, "did you mean 'small'"),
        ("mobilenet", {"stem": "smal"}, "did you mean 'small'"),
        ("bn_inception", {"stem_stride": 3}, "unknown stem_stride 3"),
        ("bn_inception", {"stem_stride": 2}, "stem_stride=2 needs stem='small': 'full' has its own strides"),
        ("resnet18", {"width": 0}, "width must be a number above 0"),
        ("bn_inception", {"width": 0}, "width must be a number above 0"),
        ("mobilenet", {"batch_momentum": 1}, "batch_momentum must be"),
        ("mobilenet", {"width": 0.5, "weights": "imagenet"}, "for width=1.0; got 0.5"),
    ],
)
def test_a_mistake_gets_one_clear_line(name, arguments, words):
    with pytest.raises(UserError, match=words):
        create_model(name, **arguments)


@pytest.mark.parametrize("name", ["alexnet", "bn_inception", "resnet18", "mobilenet"])
def test_toggles_that_are_known_beforehand_are_those_of_the_builder(name):
    entry = architecture(name)
    assert entry.keyword_defaults() == dict(LIGHT[entry.builder])


def test_a_variant_of_another_model_leaves_a_toggle_to_it():
    study = studies.load("zoo")
    vgg = next(arm for arm in study.arms if arm.name == "vgg11")
    assert "stem" not in study.toggles(vgg)
    with pytest.raises(UserError, match="toggle of vgg11 'stem'"):
        study.toggles(Variant("vgg11", {"model": "vgg11"}))


def test_a_reduced_profile_may_keep_some_arms():
    reduced = studies.load("zoo").reduce()
    assert [arm.name for arm in reduced.arms] == ["resnet18", "alexnet", "googlenet_batchnorm"]
    assert reduced.comparisons == (("googlenet_batchnorm", "resnet18"),)
    assert [claim.variant for claim in reduced.claims] == ["resnet18"]


@pytest.mark.parametrize("channels", [3, 8])
def test_a_strided_1x1_is_the_same_on_few_channels(channels):
    """There it is built differently, because oneDNN's gradient would write past its memory."""
    image = keras.Input((8, 8, channels))
    model = keras.Model(image, resnet.apply_convolution(image, 5, 1, stride=2, name="shortcut"))
    assert any(isinstance(layer, keras.layers.MaxPooling2D) for layer in model.layers) == (channels == 3)
    images = np.random.default_rng(0).normal(size=(2, 8, 8, channels)).astype("float32")
    kernel = keras.ops.convert_to_numpy(model.get_layer("shortcut").kernel)[0, 0]
    expected = images[:, ::2, ::2] @ kernel / np.sqrt(1 + resnet.EPSILON)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(model(images)), expected, rtol=1e-4, atol=1e-5)


def test_an_application_on_few_channels_has_no_strided_1x1_that_overruns():
    """ResNet50 with channels that are no multiple of 8 has none; at the full width the network is Keras's."""
    models = [create_model("resnet50", include_top=False, stem="small", width=w, **TINY) for w in (0.02, 1.0)]
    strided = [
        [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D) and layer.strides != (1, 1)]
        for model in models
    ]
    assert [len(found) for found in strided] == [0, 6], "two 1x1 in each of three stages"
    few = models[0]
    assert few.output.shape[1:3] == models[1].output.shape[1:3]
    assert sum("_every" in layer.name for layer in few.layers) == 6
    assert not any("_every" in layer.name for layer in models[1].layers)
