"""`weights="imagenet"` offline: Keras's models with random weights replace the download."""

import socket
import time

import keras
import numpy as np
import pytest
from keras import layers

from inception_keras import UserError, create_model
from inception_keras.models import keras_applications
from inception_keras.models.parts import pretrained
from inception_keras.models.parts.pretrained import copy_weights, load_imagenet

SIDE = 97
DIVISORS = np.sqrt([0.229, 0.224, 0.225])  # what Keras puts into EfficientNet with ImageNet weights


def randomize(model: keras.Model):
    rng = np.random.default_rng(0)
    for v in model.variables:
        if v.path.endswith(("gamma", "variance")):
            v.assign(rng.uniform(0.5, 1.5, v.shape))
        elif v.path.endswith(("beta", "bias", "mean")):
            v.assign(rng.normal(0, 0.1, v.shape))
    for layer in model.layers:
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()  # it computes with copies of its variables


def fake_download(monkeypatch, function: str, **kwargs) -> list[keras.Model]:
    """Makes `function` of Keras return random weights instead of downloading; returns the list of models it makes."""
    real, made = getattr(keras.applications, function), []

    def build(weights, include_top, **trunk):
        if weights is None:  # the wrapper's own trunk
            return real(weights=None, include_top=include_top, **trunk)
        # the last layer's softmax is left out: its numbers are too small to compare
        top = {"classifier_activation": None} if include_top else {}
        model = real(weights=None, include_top=include_top, **top, **kwargs)
        if function.startswith("EfficientNet"):
            model = with_rescaling(model)
        randomize(model)
        made.append(model)
        return model

    monkeypatch.setattr(keras.applications, function, build)
    monkeypatch.setattr(pretrained, "_answers", lambda address: True)
    return made


def with_rescaling(model: keras.Model) -> keras.Model:
    """Adds the rescaling that Keras gives EfficientNet only with ImageNet weights, which need the download."""

    def call(layer, *args, **kwargs):
        x = layer(*args, **kwargs)
        return layers.Rescaling((1 / DIVISORS).tolist())(x) if isinstance(layer, layers.Normalization) else x

    return keras.models.clone_model(model, call_function=call)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        pytest.param("inception_v3", "InceptionV3", marks=pytest.mark.slow),
        pytest.param("inception_resnet_v2", "InceptionResNetV2", marks=pytest.mark.slow),
        ("resnet50", "ResNet50"),
        pytest.param("mobilenet", "MobileNet", marks=pytest.mark.slow),
        pytest.param("mobilenet_v2", "MobileNetV2", marks=pytest.mark.slow),
        ("mobilenet_v3_small", "MobileNetV3Small"),
        pytest.param("mobilenet_v3_large", "MobileNetV3Large", marks=pytest.mark.slow),
        pytest.param("densenet121", "DenseNet121", marks=pytest.mark.slow),
        ("efficientnet_b0", "EfficientNetB0"),
    ],
)
def test_it_computes_what_keras_computes(name, function, monkeypatch):
    made = fake_download(monkeypatch, function, input_shape=(SIDE, SIDE, 3))
    model = create_model(name, weights="imagenet", input_shape=(SIDE, SIDE, 3), classifier_activation=None)
    x = np.random.default_rng(1).uniform(0, 255, (2, SIDE, SIDE, 3)).astype("float32")
    expected = np.array(made[0](x, training=False))
    got = np.array(model(x, training=False))
    assert np.abs(got - expected).max() < 1e-4 * expected.std()


@pytest.mark.parametrize(
    ("name", "function"), [("vgg16", "VGG16"), pytest.param("vgg19", "VGG19", marks=pytest.mark.slow)]
)
def test_vgg_computes_what_keras_computes(name, function, monkeypatch):
    made = fake_download(monkeypatch, function)
    model = create_model(name, weights="imagenet", classifier_activation=None)
    x = np.random.default_rng(1).normal(0, 50, (1, 224, 224, 3)).astype("float32")
    expected = np.array(made[0](x, training=False))
    assert np.abs(np.array(model(x, training=False)) - expected).max() < 1e-4 * expected.std()


def test_the_trunk_alone(monkeypatch):
    made = fake_download(monkeypatch, "VGG16", input_shape=(64, 64, 3))
    model = create_model("vgg16", include_top=False, weights="imagenet", input_shape=(64, 64, 3))
    x = np.random.default_rng(1).normal(0, 50, (1, 64, 64, 3)).astype("float32")
    np.testing.assert_allclose(np.array(model(x)), np.array(made[0](x)), rtol=1e-5)


def test_a_file_saved_from_efficientnet_computes_the_same(monkeypatch, tmp_path):
    fake_download(monkeypatch, "EfficientNetB0", input_shape=(64, 64, 3))
    model = create_model("efficientnet_b0", weights="imagenet", input_shape=(64, 64, 3))
    model.save_weights(tmp_path / "a.weights.h5")
    again = create_model("efficientnet_b0", weights=tmp_path / "a.weights.h5", input_shape=(64, 64, 3))
    x = np.random.default_rng(1).uniform(0, 255, (1, 64, 64, 3)).astype("float32")
    np.testing.assert_array_equal(np.array(model(x)), np.array(again(x)))


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("googlenet", {}, "no 'imagenet' weights"),
        ("alexnet", {}, "no 'imagenet' weights"),
        ("vgg13", {}, "no 'imagenet' weights"),
        ("resnet18", {}, "no 'imagenet' weights"),
        ("inception_v4", {}, "no 'imagenet' weights"),
        ("inception_resnet_v1", {}, "no 'imagenet' weights"),
        ("bn_inception", {}, "no 'imagenet' weights"),
        ("vgg16", {"head": "gap"}, "VGG's own head"),
        ("resnet50", {"classes": 10}, "1000 classes, not 10"),
        ("inception_v3", {"batch_scale": True}, "batch_scale=False"),
        ("inception_resnet_v2", {"pool_padding": "include"}, "pool_padding='exclude'"),
    ],
)
def test_weights_that_do_not_fit_are_refused_before_any_download(name, arguments, words):
    with pytest.raises(UserError) as error:
        create_model(name, weights="imagenet", **arguments)
    assert words in str(error.value)


def test_another_graph_is_refused():
    def model(*widths):
        x = image = keras.Input((8, 8, 3))
        for number, width in enumerate(widths):
            x = layers.Conv2D(width, 1, name=f"conv{number}")(x)
        return keras.Model(image, x, name="net")

    with pytest.raises(UserError, match="2 layers with weights, net has 1"):
        copy_weights(model(4, 4), model(4))
    with pytest.raises(UserError, match="conv1 has weights of"):
        copy_weights(model(4, 5), model(4, 4))


ADDRESS = pretrained.weights_address("ResNet50", include_top=True)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            Exception(f"URL fetch failure on {ADDRESS}: None -- [Errno -2] Name or service not known"),
            ("`curl -LO " + ADDRESS + "`", "put resnet50_weights_tf_dim_ordering_tf_kernels.h5 into", "/cache/models"),
        ),
        (OSError("Unable to open file"), ("can't be read from", "Unable to open file")),
    ],
)
def test_without_a_network(error, words, monkeypatch):
    def fail(**keywords):
        raise error

    monkeypatch.setattr(keras.applications, "ResNet50", fail)
    monkeypatch.setenv("KERAS_HOME", "/cache")
    with pytest.raises(UserError) as refusal:
        load_imagenet(None, "ResNet50", include_top=True)
    message = str(refusal.value)
    assert all(word in message for word in ("ResNet50", *words)) and "\n" not in message


@pytest.mark.parametrize("include_top", [True, False])
def test_without_a_network_nothing_is_built(include_top, monkeypatch, tmp_path):
    def build(**arguments):
        pytest.fail("a network was built")

    address = pretrained.weights_address("MobileNet", include_top)
    monkeypatch.setattr(keras.applications, "MobileNet", build)
    monkeypatch.setattr(pretrained, "_answers", lambda asked: asked != address)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    name = address.rsplit("/", 1)[1]
    with pytest.raises(UserError) as refusal:
        create_model("mobilenet", weights="imagenet", include_top=include_top)
    message = str(refusal.value)
    assert all(words in message for words in (f"not in {tmp_path / 'models'}", f"`curl -LO {address}`", f"put {name}"))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / name).touch()
    pretrained.check_imagenet("imagenet", "MobileNet", include_top)  # what is in the cache needs no network


def test_a_server_that_does_not_answer_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(pretrained, "PATIENCE", 0.2)
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/a.h5"
        begin = time.monotonic()
        assert not pretrained._answers(address)
        assert time.monotonic() - begin < 10  # a socket's own patience has no end
    assert not pretrained._answers(address)


# one of each way in which Keras forms the names; `make test-all` compares all
NAMED = ("MobileNet", "MobileNetV2", "MobileNetV3Small")
APPLICATIONS = (*keras_applications.APPLICATIONS, "VGG16", "VGG19", "InceptionV3", "InceptionResNetV2")


@pytest.mark.parametrize(
    "function", [pytest.param(name, marks=() if name in NAMED else pytest.mark.slow) for name in APPLICATIONS]
)
def test_the_addresses_are_keras_own(function, monkeypatch):
    class Asked(Exception):
        pass

    def ask(name, origin, **_):
        raise Asked(origin)

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", ask)
    with pytest.raises(Asked) as asked:
        getattr(keras.applications, function)(weights="imagenet", include_top=False, input_shape=(224, 224, 3))
    assert str(asked.value) == pretrained.weights_address(function, include_top=False)
