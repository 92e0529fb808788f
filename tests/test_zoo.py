"""The registry: every entry is held to its numbers."""

import subprocess
import sys

import pytest

from inception_keras import UserError, complexity, create_model, list_models, zoo


@pytest.mark.parametrize("name", list_models())
def test_counts_equal_the_entry(name):
    entry = zoo.architecture(name)
    cost = complexity(create_model(name))
    assert (cost.params, cost.macs) == (entry.params, entry.macs)
    assert complexity(create_model(name, include_top=False)).params == entry.params_no_top
    assert create_model(name).input_shape == (None, entry.input_size, entry.input_size, 3)


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


def test_vgg16s_first_fully_connected_layer():
    by_layer = {row.name: row.params for row in complexity(create_model("vgg16")).by_layer}
    assert by_layer["head_fc1"] == 25_088 * 4_096 + 4_096 == 102_764_544


def test_names_are_listed_by_pattern():
    assert list_models("googlenet*") == [
        "googlenet",
        "googlenet_batchnorm",
        "googlenet_torchvision",
        "googlenet_slim",
    ]
    assert list_models("no such*") == []


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("googlenot", {}, "did you mean 'googlenet'"),
        ("googlenet", {"haed": "fc"}, "did you mean 'head'"),
        ("vgg16", {"haed": "fc"}, "did you mean 'head'"),
        ("vgg16", {"head": "fcc"}, "did you mean 'fc'"),
        ("vgg16", {"input_shape": (16, 16, 3)}, "at least 32 x 32"),
    ],
)
def test_a_mistake_gets_one_clear_line(name, arguments, words):
    with pytest.raises(UserError) as error:
        create_model(name, **arguments)
    assert words in str(error.value)


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
    code = "import inception_keras.complexity; from inception_keras import complexity; complexity.__code__"
    subprocess.check_call([sys.executable, "-c", code])
