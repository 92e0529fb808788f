"""The registry: names, keywords, mistakes. `test_conformance.py` compares every entry with its numbers."""

import subprocess
import sys

import pytest

from inception_keras import UserError, complexity, create_model, list_models, zoo


@pytest.mark.counts
@pytest.mark.parametrize(
    ("toggles", "params", "macs"),
    [
        ({"head": "gap"}, 15_227_688, 15_347_142_656),
        ({"fc_input": "gap"}, 37_694_248, 15_369_601_024),
    ],
)
def test_vgg16_with_other_heads(toggles, params, macs):
    cost = complexity(create_model("vgg16", **toggles))  # reference sheet, 4.3
    assert (cost.params, cost.macs) == (params, macs)


@pytest.mark.counts
def test_vgg16s_first_fully_connected_layer():
    by_layer = {row.name: row.params for row in complexity(create_model("vgg16")).by_layer}
    assert by_layer["head_fc1"] == 25_088 * 4_096 + 4_096 == 102_764_544


@pytest.mark.counts
def test_a_narrow_vgg():
    """A quarter of the channels: 3·9·16 + 16 parameters in the first convolution, and so on."""
    small = {"width": 0.25, "fc_units": (1024,), "input_shape": (32, 32, 3), "classes": 10}
    by_layer = {row.name: row.params for row in complexity(create_model("vgg11", **small)).by_layer}
    assert by_layer["block1_conv1"] == 3 * 9 * 16 + 16
    assert by_layer["block5_conv2"] == 128 * 9 * 128 + 128
    assert by_layer["head_fc1"] == 128 * 1024 + 1024
    with pytest.raises(UserError, match="width must be a number above 0"):
        create_model("vgg11", width=0)


def test_toggles_that_are_known_beforehand_are_those_of_the_builder():
    for name in ("vgg16", "three_convolutions"):
        entry = zoo.architecture(name)
        assert entry.keyword_defaults() == dict(zoo.LIGHT[entry.builder])


@pytest.mark.counts
@pytest.mark.parametrize(("head", "params"), [("fc", 171_854), ("gap", 7_842)])
def test_three_convolutions_with_two_classes(head, params):
    cost = complexity(create_model("three_convolutions", classes=2, head=head))
    assert cost.params == params  # reference sheet, section 15, row 35


def test_names_are_listed_by_pattern():
    assert list_models("googlenet*") == [
        "googlenet",
        "googlenet_batchnorm",
        "googlenet_torchvision",
        "googlenet_slim",
    ]
    assert list_models("vgg*") == ["vgg11", "vgg11_lrn", "vgg13", "vgg16_1x1", "vgg16", "vgg19"]
    assert list_models("no such*") == []


def test_every_name_of_the_design_is_there():
    resnets = [f"resnet{depth}" for depth in (18, 34, 50, 101, 152)]
    mobile = ["mobilenet", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"]
    inceptions = ["bn_inception", "inception_v2_slim", "inception_v3", "inception_v4"]
    residual = ["inception_resnet_v1", "inception_resnet_v2"]
    densenets = [f"densenet{depth}" for depth in (121, 169, 201)]
    efficientnets = [f"efficientnet_b{number}" for number in range(8)]
    alexnets = ["alexnet", "alexnet_one_tower", "alexnet_torchvision", "zfnet"]
    names = alexnets + inceptions + residual + resnets + mobile + densenets + efficientnets
    assert set(names) <= set(list_models())


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("googlenot", {}, "did you mean 'googlenet'"),
        ("MobileNetV2", {}, "did you mean 'mobilenet_v2'"),
        ("VGG-16", {}, "did you mean 'vgg16'"),
        ("EfficientNetB9", {}, "did you mean 'efficientnet_b"),
        ("googlenet", {"haed": "fc"}, "did you mean 'head'"),
        ("vgg16", {"haed": "fc"}, "did you mean 'head'"),
        ("vgg16", {"head": "fcc"}, "did you mean 'fc'"),
        ("vgg16", {"input_shape": (16, 16, 3)}, "at least 32 x 32"),
        ("vgg16", {"configuration": "F"}, "unknown configuration 'F'"),
        ("inception_v4", {"input_shape": (74, 74, 3)}, "at least 75 x 75"),
        ("inception_v3", {"pool_padding": "none"}, "'exclude', 'include'"),
        ("inception_resnet_v2", {"version": 3}, "unknown version 3"),
        ("resnet18", {"depth": 20}, "unknown depth 20"),
        ("resnet50_torchvision", {"bottleneck_stride": 2}, "'3x3', '1x1'"),
        ("bn_inception", {"widths": "slimm"}, "did you mean 'slim'"),
        ("alexnet", {"towers": 3}, "unknown towers 3"),
        ("alexnet", {"towers": 2.0}, "unknown towers 2.0: allowed are 1, 2"),
        ("alexnet", {"input_shape": (38, 38, 3)}, "at least 39 x 39"),
        ("resnet50", {"application": "ResNet51"}, "did you mean 'ResNet50'"),
    ],
)
def test_a_mistake_gets_one_clear_line(name, arguments, words):
    with pytest.raises(UserError) as error:
        create_model(name, **arguments)
    assert words in str(error.value)


@pytest.mark.counts
def test_a_name_alone_is_the_architecture():
    small = {"width": 0.1, "classes": 2, "input_shape": (32, 32, 3)}
    model = create_model(name="googlenet", **small)
    assert (model.name, model.count_params()) == ("googlenet", create_model("googlenet", **small).count_params())
    for keywords, words in (({}, "unknown model ''"), ({"name": "mine"}, "unknown model 'mine'")):
        with pytest.raises(UserError, match=words):
            create_model(**keywords)


def test_a_name_is_registered_once():
    entry = zoo.architecture("vgg16")
    with pytest.raises(ValueError, match="registered twice"):
        zoo._register(entry, entry)


def test_importing_the_package_loads_no_framework():
    code = (
        "import sys, inception_keras; inception_keras.GoogLeNetConfig(); inception_keras.list_models();"
        "print([m for m in ('keras', 'tensorflow', 'jax', 'numpy') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_complexity_is_the_function_whatever_was_imported_before():
    code = "import inception_keras.graph.complexity; from inception_keras import complexity; complexity.__code__"
    subprocess.check_call([sys.executable, "-c", code])
