"""`fetch`, `predict` without a weights file, and `validate`."""

import numpy as np
import pytest
from PIL import Image

from inception_keras import create_model, decode_predictions, preprocess_input
from inception_keras.export import load_engine
from inception_keras.io.pictures import prepare
from tests.support.cli import in_process

pytestmark = pytest.mark.usefixtures("own_places")


def test_fetch_keeps_the_published_file_for_a_mirror(publish, tmp_path):
    row = publish("resnet18", "torchvision", b"published")
    answer = in_process("inception_keras", "fetch", "resnet18", "--to", tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert (tmp_path / row.name).read_bytes() == b"published"
    assert row.checksum.digits in answer.stdout and "BSD-3-Clause" in answer.stdout


def test_fetch_converts_into_the_cache(publish_small, tmp_path):
    row = publish_small()
    answer = in_process("inception_keras", "fetch", row.model)
    assert answer.returncode == 0, answer.stderr
    path = tmp_path / "cache" / "pretrained" / "keras" / "small.weights.h5"
    assert path.is_file() and f"{path}: keras weights of three_convolutions; small.h5 has the sha256 " in answer.stdout
    assert row.checksum.digits in answer.stdout


def test_predict_fetches_the_weights_of_a_name(publish_small, tmp_path):
    name = publish_small().model
    picture = np.random.default_rng(0).integers(0, 256, (300, 260, 3), dtype="uint8")
    Image.fromarray(picture).save(tmp_path / "cat.png")
    answer = in_process("inception_keras", "predict", tmp_path / "cat.png", "--model", name, "--top", "1")
    assert answer.returncode == 0, answer.stderr
    model = create_model(name, weights="imagenet")
    image = prepare(Image.fromarray(picture), 36, 32)
    ((_, name, probability),) = decode_predictions(model(preprocess_input(image[None], model)), model, top=1)[0]
    assert name in answer.stdout and f"{probability:.2%}" in answer.stdout


def test_export_fetches_the_weights_of_a_name(publish_small, tmp_path):
    name = publish_small().model
    target = tmp_path / "small.tflite"
    answer = in_process("inception_keras", "export", name, "--to", "litert", "--weights", "imagenet", "--out", target)
    assert answer.returncode == 0, answer.stderr
    images = np.random.default_rng(0).uniform(-1, 1, (2, 32, 32, 3)).astype("float32")
    model = create_model(name, weights="imagenet", classifier_activation=None)
    found = load_engine(target, "litert").predict_on_batch(images)
    assert np.abs(found - np.asarray(model(images))).max() < 1e-4


def test_validate_measures_published_weights_on_a_folder(publish_small, tmp_path):
    model = publish_small().model
    for name in ("n01440764", "n02123045"):
        (tmp_path / "images" / name).mkdir(parents=True)
        Image.new("RGB", (300, 260), (90, 50, 10)).save(tmp_path / "images" / name / "a.png")
    answer = in_process("inception_keras", "validate", model, "--data-dir", tmp_path / "images", "--resize", "42x40")
    assert answer.returncode == 0, answer.stderr
    for words in ("2 images of 2 classes", "70.0%", "resized to 42x40", "can't be compared"):
        assert words in " ".join(answer.stdout.split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["zfnet"], "the nearest form with one is 'alexnet'"),
        (["resnet18", "--resize", "big"], "--resize takes pixels of the shorter side, such as 256, or of both"),
        (["resnet18", "--interpolation", "bilinaer"], "did you mean 'bilinear'"),
        (["resnet18", "--crop", "299"], "of 299 pixels does not fit into images resized to 256: give --resize 342, "),
        (["resnet18", "--resize", "200"], "of 224 pixels does not fit into images resized to 200: give --resize 256, "),
        (
            ["googlenet", "--resize", "300x200"],
            "give --resize 256x256, which keeps the published part of the image, or",
        ),
        (["resnet18", "--data", "imagenet2012"], "data set 'imagenet2012' is not prepared in"),
        (["resnet18"], "resnet18 has no class 'zebu'"),
    ],
)
def test_a_mistake_of_validate_is_one_line(arguments, words, tmp_path, offline):
    offline()
    (tmp_path / "zebu").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "zebu" / "a.png")
    answer = in_process("inception_keras", "validate", *arguments, "--data-dir", tmp_path)
    assert answer.returncode == 2 and words in answer.stderr and len(answer.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "zfnet"], "the nearest form with one is 'alexnet'"),
        (["--model", "resnet18", "--weights", "caffe"], "caffe has no weights for 'resnet18'"),
        (["--model", "googlenet", "--set", "width=0.5"], "the caffe weights of 'googlenet' are for width=1.0; got 0.5"),
        (["--model", "vgg16", "--set", "foo=1"], "unknown toggle of vgg16 'foo'"),
        (["--model", "googlenet", "--set", "had=gap"], "did you mean 'head'"),
        (
            ["--model", "googlenet", "--weights", "torchvison"],
            "unknown source of weights 'torchvison': did you mean 'torchvision'? allowed are 'imagenet', ",
        ),
        (["--model", "vgg16", "--set", "dropout=x"], "dropout must be a number"),
        (["--model", "vgg16", "--set", "width=abc"], "width must be a number above 0"),
        (["--model", "vgg16", "--image-size", "128"], "for images of 224x224 pixels"),
        (["--model", "googlenet", "--image-size", "8"], "the input is too small: 8 x 8 pixels"),
        (["--model", "inception_v3", "--image-size", "32"], "the input is too small: 32 x 32 pixels"),
        (["--model", "resnet18"], "the torchvision weights of resnet18 can't be fetched"),
        ([], "give --model NAME for published weights, such as --model googlenet, or --weights FILE"),
    ],
)
def test_a_mistake_of_predict_is_one_line(arguments, words, tmp_path, offline):
    offline()
    Image.new("RGB", (8, 8)).save(tmp_path / "cat.png")
    answer = in_process("inception_keras", "predict", tmp_path / "cat.png", *arguments)
    assert answer.returncode == 2 and words in answer.stderr and len(answer.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["resnet18", "--to", "nowhere"], "there is no folder nowhere"),
        (["resnet19"], "did you mean"),
        (["resnet18", "--source", "keras"], "keras has no weights for 'resnet18'"),
    ],
)
def test_a_mistake_of_fetch_is_one_line(arguments, words):
    answer = in_process("inception_keras", "fetch", *arguments)
    assert answer.returncode == 2 and words in answer.stderr and len(answer.stderr.splitlines()) == 1
