"""What all builders share: keywords, numbers, the format of layers, and the state of Keras."""

import keras
import numpy as np
import pytest

from inception_keras import GoogLeNet, GoogLeNetConfig, UserError, complexity, create_model
from inception_keras.models.alexnet import AlexNet
from inception_keras.models.keras_applications import KerasApplication
from inception_keras.models.resnet import ResNet
from inception_keras.models.vgg import VGG, VGG16
from tests.support.forward import forward

SMALL = {"stem": "small", "width": 0.05, "input_shape": (32, 32, 3), "classes": 3}
TINY = {"input_shape": (32, 32, 3), "width": 0.25, "classes": 3}


def test_a_model_has_the_name_that_it_is_given():
    assert create_model("resnet18", name="mine", **SMALL).name == "mine"
    assert create_model("resnet18", **SMALL).name == "resnet18"


def test_two_models_of_one_architecture_in_one_graph():
    image = keras.Input((32, 32, 3))
    one, other = (create_model("three_convolutions", name=name, **TINY) for name in ("one", "other"))
    both = keras.Model(image, [one(image), other(image)])
    x = np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")
    for got, model in zip(forward(both, x), (one, other), strict=True):
        np.testing.assert_allclose(got, forward(model, x), rtol=1e-5)


@pytest.fixture
def channels_first():
    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format("channels_last")


@pytest.mark.parametrize("name", ["googlenet", "resnet18", "vgg11", "mobilenet_v2", "alexnet", "bn_inception"])
def test_keras_own_format_changes_no_network(name, channels_first):
    toggles = {"input_shape": (64, 64, 3), "width": 0.05, "classes": 3, "include_top": False}
    first = create_model(name, **toggles)
    assert keras.config.image_data_format() == "channels_first"
    keras.config.set_image_data_format("channels_last")
    last = create_model(name, **toggles)
    assert complexity(first) == complexity(last)
    assert first.output_shape == last.output_shape
    assert {layer.data_format for layer in first.layers if hasattr(layer, "data_format")} == {"channels_last"}


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the operation is TensorFlow's")
def test_a_network_in_float64():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        model = create_model("googlenet_batchnorm", stem_stride=2, **SMALL)
    finally:
        keras.config.set_dtype_policy(before)
    assert np.isfinite(forward(model, np.zeros((1, 32, 32, 3)))).all()


def test_numbers_are_numbers():
    model = create_model(
        "googlenet",
        stem="small",
        stem_stride=np.int64(2),
        width=np.float32(0.0625),
        input_shape=(np.int64(32), np.int32(32), np.int64(3)),
        classes=np.int64(3),
        head="fc",
        fc_units=[np.int16(8)],
        dropout=np.float64(0.5),
        aux_heads=np.False_,
    )
    assert model.output_shape == (None, 3)
    assert create_model("vgg11", input_shape=(32, 32, 3), width=np.float16(0.125), fc_units=(np.int64(4),)).built
    assert create_model("resnet18", depth=np.int64(18), **SMALL).built
    assert GoogLeNetConfig(width=np.float32(0.5), fc_units=(np.int64(8),), head="fc") == GoogLeNetConfig(
        width=0.5, fc_units=(8,), head="fc"
    )
    assert type(GoogLeNetConfig(width=np.float32(0.5)).width) is float


@pytest.mark.parametrize("build", [GoogLeNet, VGG, AlexNet, ResNet, KerasApplication, VGG16])
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"input_shape": 224}, r"input_shape must be \(height, width, channels\), such as .* got 224"),
        ({"input_shape": (3, 224, 224)}, r"channels first.*give input_shape=\(224, 224, 3\)"),
        ({"input_shape": (3, None, None)}, r"channels first.*give input_shape=\(None, None, 3\)"),
        ({"num_classes": 10}, "unknown keyword .*did you mean 'classes'"),
        ({"input_shape": "224x224"}, "input_shape must be"),
        ({"classes": "10"}, "classes must be a whole number"),
        ({"width": "0.5"}, "width must be a number"),
        ({"classifier_activation": "sotfmax"}, "classifier_activation must be None.*got 'sotfmax'"),
        (
            {"input_tensor": np.zeros((1, 32, 32, 3))},
            "input_tensor must be a Keras tensor.*got <class 'numpy.ndarray'>",
        ),
        ({"name": "a/b"}, "name must be a text without '/'"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_to_type(build, arguments, words):
    with pytest.raises(UserError, match=words) as error:
        build(**arguments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("toggles", [{"fc_units": (4096,)}, {"fc_units": 16}, {"fc_input": "max"}])
def test_a_toggle_of_a_head_that_is_not_there(toggles):
    with pytest.raises(UserError, match="needs head='fc'"):
        create_model("googlenet", **toggles)
    assert create_model("googlenet", **SMALL, **{"fc_units": (4,), **toggles}, head="fc").built
    assert create_model("googlenet", **SMALL, **toggles, head="gap").built  # an arm of a study that compares heads


@pytest.mark.parametrize(
    ("name", "toggles", "words"),
    [
        ("vgg11", {"fc_units": None}, "fc_units must be whole numbers"),
        # a number beside a tuple would give one network two addresses
        ("vgg11", {"fc_units": 64}, r"fc_units must be whole numbers above 0, such as \(1024,\)"),
        ("three_convolutions", {"fc_units": 64}, "got 64"),
        ("vgg11", {"configuration": ["A"]}, "unknown configuration"),
        ("vgg11", {"initializer": {}}, "unknown initializer"),
        ("resnet18", {"depth": [18]}, "unknown depth"),
        ("resnet50", {"application": []}, "unknown application"),
        ("inception_resnet_v1", {"version": {}}, "unknown version"),
        ("inception_v3", {"batch_momentum": "high"}, "batch_momentum must be a number"),
        ("bn_inception", {"batch_epsilon": None}, "batch_epsilon must be a number"),
        ("bn_inception", {"batch_momentum": 1}, "batch_momentum must be a number"),
        ("googlenet", {"preset": ["paper"]}, "unknown preset"),
    ],
)
def test_a_value_of_another_type_is_one_line(name, toggles, words):
    with pytest.raises(UserError, match=words):
        create_model(name, **toggles)


@pytest.mark.parametrize("name", ["googlenet", "vgg11", "alexnet_one_tower", "three_convolutions"])
@pytest.mark.parametrize("units", [[6], np.array([6])])
def test_hidden_layers_are_a_list_too(name, units):
    """JSON gives a list."""
    least = {"alexnet_one_tower": 64}.get(name, 32)
    model = create_model(name, head="fc", fc_units=units, width=0.05, input_shape=(least, least, 3), classes=2)
    assert model.get_layer("head_fc1").units == 6


def test_an_argument_given_twice():
    with pytest.raises(UserError, match="ResNet: multiple values for argument 'include_top'"):
        ResNet(False, include_top=True)


@pytest.mark.parametrize("build", [create_model, lambda name, **options: GoogLeNet(**options)])
def test_words_of_timm_and_torchvision_are_translated(build):
    with pytest.raises(UserError, match="'pretrained': here it is weights='imagenet'; allowed are 'include_top'"):
        build("googlenet", pretrained=True)
    with pytest.raises(UserError, match="did you mean 'classes'?"):
        build("googlenet", num_classes=10)
