"""Toggles of the other architectures: further rows of the reference table, and the numbers of their sources."""

import pytest

from inception_keras import complexity, create_model
from inception_keras.layers.response_normalization import LocalResponseNormalization
from inception_keras.models.alexnet import AlexNet

# (model, toggles) -> the row of golden/architectures.csv
VARIANTS = {
    ("Inception v2", "BN-Inception as in paper table, 608-ch 4c/4d, gamma, no bias"): (
        "bn_inception",
        {"conv_bias": False},
    ),
    ("Inception v2", "full 7x7 conv1, slim widths (576-ch), gamma"): (
        "bn_inception",
        {"widths": "slim", "conv_bias": False},
    ),
    ("Inception v3", "timm inception_v3"): ("inception_v3", {"batch_scale": True, "pool_padding": "include"}),
    ("Inception v4", "slim (BN without gamma), 1000 classes"): ("inception_v4", {"batch_scale": False}),
    ("Inception-ResNet v1", "paper figures, 5-10-5 blocks, BN without gamma"): (
        "inception_resnet_v1",
        {"batch_scale": False},
    ),
    ("Inception-ResNet v2", "timm inception_resnet_v2"): ("inception_resnet_v2", {"batch_scale": True}),
    ("ResNet", "ResNet-50 v1 (stride in first 1x1), original Caffe"): (
        "resnet50_torchvision",
        {"bottleneck_stride": "1x1"},
    ),
    ("VGG", "VGG16 conv + GAP + linear"): ("vgg16", {"head": "gap"}),
    ("VGG", "VGG16 conv + GAP + 2xFC4096"): ("vgg16", {"fc_input": "gap"}),
}


@pytest.mark.counts
@pytest.mark.parametrize("row", VARIANTS, ids=lambda row: row[1])
def test_counts_equal_the_reference(row, reference):
    name, toggles = VARIANTS[row]
    cost = complexity(create_model(name, **toggles))
    assert cost.params == int(reference[row]["params_total"])
    assert cost.macs == int(reference[row]["macs"])


@pytest.mark.counts
@pytest.mark.parametrize(
    ("name", "count_params"),
    [
        ("bn_inception", 11_315_272),
        ("inception_v3", 23_851_784),
        ("inception_v4", 42_742_984),
        ("resnet18", 11_699_112),
        ("efficientnet_b0", 5_330_571 - 7),  # Keras counts the scaling's mean, variance and number of images as well
    ],
)
def test_moving_statistics_are_counted_apart(name, count_params):
    cost = complexity(create_model(name))  # reference sheet, section 1
    assert cost.params + cost.moving_statistics == count_params


@pytest.mark.counts
@pytest.mark.parametrize(
    ("name", "toggles", "constants"),
    [
        ("alexnet", {}, (1e-4, 1.0)),  # BVLC: alpha is divided by the window
        ("alexnet", {"lrn": "paper"}, (5e-4, 2.0)),  # the paper: alpha = 1e-4, not divided, k = 2
        ("vgg11_lrn", {}, (5e-4, 2.0)),  # "those of AlexNet"
        ("zfnet", {}, (5e-4, 2.0)),
    ],
)
def test_response_normalization_has_the_constants_of_its_source(name, toggles, constants):
    model = create_model(name, input_shape=(96, 96, 3), fc_units=(8,), **toggles)
    norms = [layer for layer in model.layers if isinstance(layer, LocalResponseNormalization)]
    assert len(norms) == (1 if name == "vgg11_lrn" else 2)
    assert {(norm.alpha, norm.k, norm.size, norm.beta) for norm in norms} == {(*constants, 5, 0.75)}


@pytest.mark.counts
def test_alexnets_sizes_are_the_papers():
    model = create_model("alexnet")
    assert [model.get_layer(name).output.shape[1] for name in ("conv1", "pool1", "pool2", "pool5")] == [55, 27, 13, 6]
    assert model.get_layer("conv2").kernel.shape == (5, 5, 48, 256)  # a filter sees one tower
    zfnet = create_model("zfnet")
    names = ("conv1", "pool1", "conv2", "pool2", "conv5", "pool5")
    assert [zfnet.get_layer(name).output.shape[1] for name in names] == [110, 55, 26, 13, 13, 6]


@pytest.mark.counts
def test_forms_of_one_tower_do_not_scale_their_filters_in_pairs():
    small = {"width": 0.11, "input_shape": (64, 64, 3), "fc_units": (), "classes": 2}
    for form, name in (("zfnet", "zfnet"), ("2014", "alexnet_torchvision")):
        ours, theirs = AlexNet(form=form, **small), create_model(name, **small)
        for layer in ("conv1", "conv2", "conv5"):
            assert ours.get_layer(layer).filters == theirs.get_layer(layer).filters
    assert AlexNet(**small).get_layer("conv1").filters == 10  # five per tower


@pytest.mark.counts
def test_torchvisions_alexnet_drops_before_its_hidden_layers():
    def heads(name):
        return [layer.name for layer in create_model(name).layers if layer.name.startswith("head_")]

    assert heads("alexnet")[1:5] == ["head_fc1", "head_dropout1", "head_fc2", "head_dropout2"]
    assert heads("alexnet_torchvision")[1:5] == ["head_dropout1", "head_fc1", "head_dropout2", "head_fc2"]


@pytest.mark.counts
def test_alexnets_head_by_layer():
    by_layer = {row.name: row.params for row in complexity(create_model("alexnet")).by_layer}
    assert [by_layer[name] for name in ("head_fc1", "head_fc2", "head_classifier")] == [
        37_752_832,
        16_781_312,
        4_097_000,
    ]  # reference sheet, 4.1
