"""Weights by name, from the address to the logits: files of each source, on a server on the loopback address."""

import hashlib
import os
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from inception_keras import GoogLeNet, UserError, create_model, decode_predictions, preprocess_input
from inception_keras.io.imagenet import imagenet_classes, imagenet_names
from inception_keras.io.manifests import check_place, read_manifest
from inception_keras.models.inception_v3 import InceptionV3
from inception_keras.models.inception_v4 import InceptionV4
from inception_keras.models.parts import building
from inception_keras.models.parts.named_weights import NAMES
from inception_keras.models.vgg import VGG
from inception_keras.weights import by_name, catalogue, inspect_file, servers
from inception_keras.weights.downloads import MIRROR, WrongHash
from inception_keras.weights.originals import fetch_original
from inception_keras.zoo import ARCHITECTURES
from tests.support import vectors
from tests.support.caffemodels import caffemodel
from tests.support.file_server import free_port
from tests.support.forward import forward, no_random_weights
from tests.support.keras2_files import randomize, with_division, write_keras2
from tests.support.paths import ROOT
from tests.support.torch_files import legacy, zipped

NO_ACTIVATION = {"classifier_activation": None}


pytestmark = pytest.mark.usefixtures("own_places")


@pytest.fixture(scope="module")
def caffe_content():
    aux = {
        f"{key}/{layer}": (np.full(shape, 0.01, "float32"), np.ones(shape[0], "float32"))
        for key, channels in (("loss1", 512), ("loss2", 528))
        for layer, shape in (("conv", (128, channels, 1, 1)), ("fc", (1024, 2048)), ("classifier", (1000, 1024)))
    }
    return caffemodel({**vectors.blobs("caffe_bvlc_googlenet"), **aux}, v1=True)


# -- from the address to the logits ------------------------------------------------------------------------------------


def test_the_papers_network_with_caffes_weights(publish, caffe_content, server, tmp_path):
    publish("googlenet", "caffe", caffe_content)
    model = GoogLeNet(weights="imagenet", input_shape=(97, 97, 3), **NO_ACTIVATION)
    expected = vectors.sized("caffe_bvlc_googlenet")[97, 97]
    logits = forward(model, vectors.image_of(97, 97, 50))
    assert vectors.ratio(logits, expected) < 1e-4
    best = imagenet_classes()[int(expected[0].argmax())]
    assert decode_predictions(logits, model, top=1)[0][0][:2] == best
    image = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), dtype="uint8")
    np.testing.assert_array_equal(preprocess_input(image, model), preprocess_input(image, "caffe"))

    folder = tmp_path / "cache" / "pretrained"
    path = folder / "caffe" / "bvlc_googlenet.weights.h5"
    manifest = read_manifest(path)
    assert manifest["class_names"] == imagenet_names() and manifest["options"] == {"aux_heads": True}
    assert manifest["source"]["left_out"] == [] and inspect_file(path).parts == ("aux_heads",)
    assert manifest["source"]["sha256"] == hashlib.sha256(caffe_content).hexdigest()
    assert not (folder / "downloads" / "bvlc_googlenet.caffemodel").exists()

    server.content.clear()  # from here on all is in the cache
    again = create_model("googlenet", weights="caffe", aux_heads=True, classes=7)
    kernel = "inception_4a_3x3"
    np.testing.assert_array_equal(again.get_layer(kernel).kernel, model.get_layer(kernel).kernel)
    np.testing.assert_array_equal(again.get_layer("aux_4a_conv").kernel, np.full((1, 1, 512, 128), 0.01, "float32"))
    assert again.output["main"].shape == again.output["aux_4a"].shape == (None, 7)
    assert len(server.asked) == 1


def test_a_trunk_and_a_new_classifier(publish_small, small_network, server):
    publish_small()
    trunk = create_model("three_convolutions", weights="imagenet", include_top=False, pooling="avg")
    other = create_model("three_convolutions", weights="imagenet", classes=7)
    for model in (trunk, other):
        np.testing.assert_array_equal(model.get_layer("conv2").kernel, small_network.get_layer("conv2").kernel)
    assert (trunk.output.shape, other.output.shape, len(server.asked)) == ((None, 20), (None, 7), 1)


@pytest.mark.parametrize(
    ("name", "source", "file", "write", "size"),
    [
        ("resnet18", "torchvision", "torchvision_resnet18", legacy, 224),
        ("googlenet_torchvision", "torchvision", "torchvision_googlenet", zipped, 97),
        pytest.param("inception_v4", "timm", "timm_inception_v4", None, 299, marks=pytest.mark.slow),
        pytest.param("inception_v3", "timm", "timm_inception_v3", None, 299, marks=pytest.mark.slow),
    ],
)
def test_networks_with_the_weights_of_torch(name, source, file, write, size, publish):
    if write is None:
        write = pytest.importorskip("safetensors.numpy").save
    publish(name, source, write(vectors.state_dict(file)))
    if size == 97:
        image, expected = vectors.image_of(97, 97), vectors.sized(file)[97, 97]
    else:
        image, expected = vectors.image(size)[:1], vectors.load(file)["logits"][:1]
    with no_random_weights():
        model = create_model(name, weights=source, input_shape=(size, size, 3), **NO_ACTIVATION)
        assert vectors.ratio(forward(model, image), expected) < 1e-4


@pytest.mark.parametrize(
    ("name", "function", "algorithm"),
    [
        ("mobilenet_v3_small", "MobileNetV3Small", "md5"),
        pytest.param("resnet50", "ResNet50", "md5", marks=pytest.mark.slow),
        pytest.param("densenet121", "DenseNet121", "md5", marks=pytest.mark.slow),
        pytest.param("mobilenet", "MobileNet", "sha256", marks=pytest.mark.slow),
        pytest.param("mobilenet_v2", "MobileNetV2", "sha256", marks=pytest.mark.slow),
        pytest.param("mobilenet_v3_large", "MobileNetV3Large", "md5", marks=pytest.mark.slow),
        pytest.param("inception_v3", "InceptionV3", "md5", marks=pytest.mark.slow),
        pytest.param("inception_resnet_v2", "InceptionResNetV2", "md5", marks=pytest.mark.slow),
        pytest.param("vgg16", "VGG16", "md5", marks=pytest.mark.slow),
        pytest.param("efficientnet_b0", "EfficientNetB0", "md5", marks=pytest.mark.slow),
    ],
)
def test_networks_with_keras_weights_compute_what_keras_computes(name, function, algorithm, publish, tmp_path):
    build = getattr(keras.applications, function)
    theirs = with_division(build) if catalogue.find_file(name).divisors else build(weights=None, **NO_ACTIVATION)
    randomize(theirs)
    publish(name, "keras", write_keras2(tmp_path / "net.h5", theirs).read_bytes(), algorithm)
    side = ARCHITECTURES[name].input_size
    x = np.random.default_rng(1).uniform(0, 255, (1, side, side, 3)).astype("float32")
    expected = forward(theirs, x)
    with no_random_weights():
        model = create_model(name, weights="imagenet", **NO_ACTIVATION)
        assert np.abs(forward(model, x) - expected).max() < 1e-4 * expected.std()


def test_a_policy_of_16_bits_does_not_round_what_is_kept(publish_small, small_network):
    row = publish_small()
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("bfloat16")
    try:
        path = by_name.fetch(row)
        assert keras.config.dtype_policy().name == "bfloat16"
    finally:
        keras.config.set_dtype_policy(before)
    kernel = create_model("three_convolutions", weights=path).get_layer("conv1").kernel
    np.testing.assert_array_equal(kernel, small_network.get_layer("conv1").kernel)


# -- which file --------------------------------------------------------------------------------------------------------


def test_the_names_of_the_models_are_those_of_the_table():
    assert set(NAMES) == {catalogue.IMAGENET, *catalogue.SOURCES}


def found(monkeypatch, build, **arguments) -> str:
    """The published file that a builder would load, without fetching it or building a network."""

    class Stop(Exception):
        pass

    def stop(file):
        raise Stop(file.name)

    monkeypatch.setattr(by_name, "fetch", stop)
    monkeypatch.setattr(by_name, "fetch_ahead", lambda model, name: None)
    monkeypatch.setattr(building, "try_network", lambda build, arguments: None)
    with pytest.raises(Stop) as stopped:
        build(**arguments)
    return str(stopped.value)


@pytest.mark.parametrize(
    ("build", "arguments", "name"),
    [
        (GoogLeNet, {"weights": "imagenet"}, "bvlc_googlenet.caffemodel"),
        (GoogLeNet, {"weights": "imagenet", "dropout": 0.2, "aux_heads": True}, "bvlc_googlenet.caffemodel"),
        (GoogLeNet, {"weights": "imagenet", "aux_pool": "adaptive"}, "bvlc_googlenet.caffemodel"),
        (GoogLeNet, {"weights": "torchvision", "preset": "torchvision"}, "googlenet-1378be20.pth"),
        (GoogLeNet, {"weights": "imagenet", "head": "fc", "include_top": False}, "bvlc_googlenet.caffemodel"),
        (VGG, {"weights": "imagenet"}, "vgg16_weights_tf_dim_ordering_tf_kernels.h5"),
        (VGG, {"weights": "torchvision", "configuration": "B"}, "vgg13-19584684.pth"),
        (GoogLeNet, {"weights": "slim", "preset": "slim"}, "inception_v1_2016_08_28.tar.gz"),
        (InceptionV4, {"weights": "imagenet"}, "inception_v4_2016_09_09.tar.gz"),
        (InceptionV3, {"weights": "torchvision"}, "inception_v3_google-0cc3c7bd.pth"),
        (InceptionV3, {"weights": "keras"}, "inception_v3_weights_tf_dim_ordering_tf_kernels.h5"),
    ],
)
def test_a_builder_finds_the_file_of_its_form(build, arguments, name, monkeypatch):
    assert found(monkeypatch, build, **arguments) == name


@pytest.mark.parametrize("row", catalogue.FILES, ids=lambda row: f"{row.model}-{row.source}")
def test_every_file_is_found_by_its_model(row, monkeypatch):
    assert found(monkeypatch, lambda: create_model(row.model, weights=row.source)) == row.name


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("googlenet_batchnorm", {}, "for 'googlenet_batchnorm': the nearest form with one is 'googlenet_slim'"),
        ("zfnet", {}, "the nearest form with one is 'alexnet'"),
        ("inception_resnet_v1", {}, "the nearest form with one is 'inception_resnet_v2'"),
        ("three_convolutions", {}, "no file of ImageNet weights is published for 'three_convolutions'"),
        ("googlenet", {"width": 0.5}, "the caffe weights of 'googlenet' are for width=1.0; got 0.5"),
        ("googlenet", {"aux_heads": True, "aux_pool": "adaptive"}, "aux_pool='5x5/3'; got 'adaptive'"),
        ("vgg16", {"head": "gap"}, "head='fc'; got 'gap': use include_top=False"),
        ("inception_v3", {"batch_scale": True}, "the keras weights of 'inception_v3' are for batch_scale=False"),
        ("resnet18", {"weights": "keras"}, "keras has no weights for 'resnet18': weights= takes 'torchvision'"),
        ("inception_v4", {"weights": "timm"}, "nobody publishes a hash of the timm weights of inception_v4"),
        ("mobilenet", {}, "`curl -LO https://storage.googleapis.com/tensorflow/keras-applications/mobilenet/"),
        ("mobilenet", {}, "`python -m inception_keras fetch mobilenet --source keras --from mobilenet_1_0_224_tf.h5`"),
        ("inception_v3", {"weights": "timm"}, "model.safetensors -o inception_v3.tf_in1k.safetensors`"),
        ("resnet18", {"weights": "imagnet"}, "weights must be None, 'imagenet', 'caffe', 'onnx', 'torchvision'"),
    ],
)
def test_weights_that_do_not_exist_are_refused_before_anything_is_built(name, arguments, words, offline):
    offline()
    with pytest.raises(UserError) as error:
        create_model(name, **{"weights": "imagenet", **arguments})
    assert words in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("vgg16", {"dropout": "x"}, "dropout must be a number"),
        ("vgg16", {"width": "abc"}, "width must be a number above 0"),
        ("googlenet", {"input_shape": (8, 8, 3)}, "the input is too small: 8 x 8 pixels"),
        ("googlenet", {"classes": 0}, "classes must be a whole number above 0"),
        ("vgg16", {"input_shape": (128, 128, 3)}, "for images of 224x224 pixels, .* got 128x128: leave the size out"),
    ],
)
def test_a_mistaken_value_is_said_before_anything_is_fetched(name, arguments, words, monkeypatch):
    for fetching in ("fetch", "fetch_original"):
        monkeypatch.setattr(by_name, fetching, lambda file: pytest.fail("it was fetched"))
    with pytest.raises(UserError, match=words):
        create_model(name, weights="imagenet", **arguments)


# -- without a network, and with a mirror ------------------------------------------------------------------------------


def test_offline_is_one_line_within_two_seconds_and_nothing_is_built(monkeypatch, tmp_path, offline):
    offline()
    monkeypatch.setattr(keras, "Model", lambda *a, **k: pytest.fail("a network was built"))
    began = time.process_time()  # the clock's time is that of a busy machine; servers are waited for at most PATIENCE
    with pytest.raises(UserError) as error:
        create_model("vgg16", weights="torchvision")
    assert time.process_time() - began + servers.PATIENCE < 2
    message, row = str(error.value), catalogue.find_file("vgg16", "torchvision")
    folder = tmp_path / "cache" / "pretrained"
    for words in (f"`curl -LO {row.address}`", f"put {row.name} into {folder}", "fetch vgg16 --source torchvision"):
        assert words in message
    assert "\n" not in message


def test_offline_is_said_before_keras_is_loaded():
    code = (
        "import sys, time; from inception_keras import UserError, create_model; began = time.process_time()\n"
        "try: create_model('inception_v3', weights='imagenet')\n"
        "except UserError as error: print(time.process_time() - began, 'keras' in sys.modules, error)"
    )
    nowhere = {"https_proxy": f"http://127.0.0.1:{free_port()}"}
    answer = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **nowhere}, cwd=ROOT, capture_output=True, text=True
    )
    seconds, keras_is_loaded, message = answer.stdout.split(" ", 2)
    # 2 s on an idle machine, where nothing has to be compiled
    assert float(seconds) + servers.PATIENCE < 3.5 and keras_is_loaded == "False", answer.stderr
    assert message.startswith("the keras weights of inception_v3 can't be fetched") and message.count("\n") == 1


def test_a_file_that_the_user_has_put_there_is_used_and_kept(publish_small, server, tmp_path, offline):
    row = publish_small()
    offline(row)
    folder = tmp_path / "cache" / "pretrained"
    folder.mkdir(parents=True)
    (folder / row.name).write_bytes(server.content[f"/{row.name}"])
    path = by_name.fetch(row := catalogue.find_file(row.model))
    assert path.name == "small.weights.h5" and (folder / row.name).exists()

    made = path.read_bytes()
    path.write_bytes(made[:-1] + b"!")  # damaged in the cache: it is made again
    assert by_name.fetch(row) == path
    assert path.read_bytes() == made


def test_a_damaged_manifest_in_the_cache_is_no_file_of_the_user(monkeypatch, tmp_path):
    target = tmp_path / "net.weights.h5"
    (tmp_path / "net.json").write_text("{")
    monkeypatch.setattr(by_name, "convert", lambda original, target, *_, **__: check_place(target))
    by_name._convert(tmp_path / "net.pth", target, catalogue.find_file("resnet18", "torchvision"))


def test_a_mirror_in_a_folder_is_checked_like_any_other(publish, monkeypatch, tmp_path, server):
    row = publish("resnet18", "torchvision", b"published")
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / row.name).write_bytes(b"another")
    monkeypatch.setenv(MIRROR, str(mirror))
    ours, theirs = (hashlib.sha256(content).hexdigest() for content in (b"another", b"published"))
    with pytest.raises(WrongHash, match=f"{ours}, but the published file has sha256 {theirs}"):
        fetch_original(row)
    (mirror / row.name).write_bytes(b"published")
    assert fetch_original(row) == mirror / row.name
    (tmp_path / "kept").mkdir()
    assert fetch_original(row, tmp_path / "kept").read_bytes() == b"published"
    assert server.asked == []


def test_a_mirror_at_an_address_is_asked_first(publish, monkeypatch, tmp_path, server, offline):
    row = publish("resnet18", "torchvision", b"published")
    offline(row)
    monkeypatch.setenv(MIRROR, server.address)
    assert fetch_original(catalogue.find_file("resnet18")).read_bytes() == b"published"
