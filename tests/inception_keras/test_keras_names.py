"""The names that Keras Applications has are functions here too, for the same networks as in the zoo."""

import inspect
import pydoc
import re

import keras
import pytest

import inception_keras
from inception_keras.zoo import ARCHITECTURES

# Names of functions, and of the models in the zoo.
NAMES = {
    "AlexNet": "alexnet", "InceptionV3": "inception_v3", "InceptionV4": "inception_v4",
    "InceptionResNetV2": "inception_resnet_v2", "VGG16": "vgg16", "VGG19": "vgg19", "ResNet18": "resnet18",
    "ResNet34": "resnet34", "ResNet50": "resnet50", "ResNet101": "resnet101", "ResNet152": "resnet152",
    "MobileNet": "mobilenet", "MobileNetV2": "mobilenet_v2", "MobileNetV3Small": "mobilenet_v3_small",
    "MobileNetV3Large": "mobilenet_v3_large", "DenseNet121": "densenet121", "DenseNet169": "densenet169",
    "DenseNet201": "densenet201", **{f"EfficientNetB{number}": f"efficientnet_b{number}" for number in range(8)},
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_function_builds_the_network_of_the_zoo(name):
    function, entry = getattr(inception_keras, name), ARCHITECTURES[NAMES[name]]
    assert function is entry._load() or inspect.unwrap(function) is inspect.unwrap(entry._load())
    parameters = inspect.signature(function).parameters
    assert {key: parameters[key].default for key in ("name", *entry.options)} == {"name": entry.name, **entry.options}
    assert {key: parameters[key].default for key in entry.keyword_defaults()} == entry.resolve()


@pytest.mark.parametrize("name", NAMES)
def test_help_shows_a_function_of_its_name(name):
    shown = pydoc.plain(pydoc.render_doc(getattr(inception_keras, name)))
    assert re.search(rf"^{name}\(include_top", shown, re.MULTILINE) and "Args:" in shown
    assert "partial" not in shown.partition("Args:")[0]


def test_the_arguments_are_those_of_keras():
    theirs = list(inspect.signature(keras.applications.ResNet50).parameters)
    for name in NAMES:
        assert list(inspect.signature(getattr(inception_keras, name)).parameters)[: len(theirs)] == theirs


def test_all_names_of_keras_that_the_zoo_has_are_here():
    theirs = {name for name in dir(keras.applications) if callable(getattr(keras.applications, name))}
    spelled = {name.lower().replace("_", ""): name for name in ARCHITECTURES}
    assert {name for name in theirs if name.lower() in spelled} <= set(NAMES)
