"""`python -m inception_keras predict` as a user types it, for weights with a manifest and without."""

import json
import re

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from inception_keras import UserError, create_model
from inception_keras.cli.app import app
from inception_keras.explain.faithfulness import softmax
from inception_keras.io import writing
from inception_keras.io.manifests import sha256
from inception_keras.weights import preprocess_input
from inception_keras.weights.sources import build_from_file

NAMES = ["tabby", "a dog", "ship"]
OPTIONS = {"stem": "small", "stem_stride": 2, "width": 0.0625, "head": "conv"}


def write_manifest(weights, /, **changes):
    """Writes the manifest of `weights` as `convert` does, with some fields changed."""
    manifest = {
        "manifest": 1,
        "name": "googlenet",
        "options": OPTIONS,
        "input_size": 32,
        "classes": 3,
        "class_names": NAMES,
        "preprocessing": {"mode": "caffe", "resize": 36, "crop": 32, "interpolation": "bilinear", "note": ""},
        "weights": {"file": weights.name, "sha256": sha256(weights)},
    }
    weights.with_name("net.json").write_text(json.dumps({**manifest, **changes}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Weights with a manifest, weights without, and two images."""
    folder = tmp_path_factory.mktemp("predict")
    model = create_model("googlenet", classes=3, input_shape=(32, 32, 3), **OPTIONS)
    model.save_weights(folder / "net.weights.h5")
    write_manifest(folder / "net.weights.h5")
    create_model("three_convolutions", classes=7).save_weights(folder / "bare.weights.h5")
    pixels = np.random.default_rng(0).integers(0, 255, (32, 32, 3), "uint8")
    Image.fromarray(pixels).resize((36, 36)).save(folder / "colour.png")
    Image.fromarray(pixels[..., 0]).save(folder / "grey.jpg")
    (folder / "text.png").write_text("no image")
    return folder


@pytest.fixture
def predict(folder, monkeypatch):
    monkeypatch.chdir(folder)

    def call(*arguments):
        return CliRunner().invoke(app, ["predict", *arguments])

    return call


def test_classes_and_probabilities_and_a_sheet(folder, predict):
    answer = predict("colour.png", "grey.jpg", "--weights", "net.weights.h5", "--model", "googlenet", "--cam", "s.png")
    assert answer.exit_code == 0, answer.output
    cells = [re.split(r"\s{2,}", line.rstrip()) for line in answer.output.splitlines() if "%" in line]
    assert [row[0] for row in cells] == ["colour.png", "", "", "grey.jpg", "", ""]
    assert sorted(row[1] for row in cells[:3]) == sorted(NAMES) and "no class names" not in answer.output

    model = create_model(
        "googlenet", classes=3, input_shape=(32, 32, 3), classifier_activation=None, weights="net.weights.h5", **OPTIONS
    )
    pixels = np.asarray(Image.open("colour.png").convert("RGB"))[None, 2:34, 2:34]
    expected = softmax(np.array(model(preprocess_input(pixels, "caffe"))))[0]
    assert [f"{expected[NAMES.index(row[1])]:.2%}" for row in cells[:3]] == [row[2] for row in cells[:3]]
    assert float(cells[0][2][:-1]) >= float(cells[1][2][:-1]) >= float(cells[2][2][:-1])

    with Image.open(folder / "s.png") as sheet:
        drawn = np.asarray(sheet.convert("RGB"))
    assert drawn.shape[0] > drawn.shape[1] > 300 and len(np.unique(drawn.reshape(-1, 3), axis=0)) > 1000


def test_weights_with_toggles(folder, predict, tmp_path):
    """Grey images, auxiliary heads and another size, with a manifest that knows them and with options."""
    options = {"stem": "small", "width": 0.0625, "aux_heads": True}
    model = create_model("googlenet", classes=3, input_shape=(48, 48, 1), **options)
    path = tmp_path / "net.weights.h5"
    model.save_weights(path)
    typed = ("grey.jpg", "--weights", str(path), "--model", "googlenet", "--preprocessing", "tf")
    answer = predict(*typed)
    assert "--set KEY=VALUE" in str(answer.exception) and "belongs to another model" in str(answer.exception)
    answer = predict(*typed, "--set", "stem=small", "--set", "width=0.0625", "--image-size", "48")
    assert answer.exit_code == 0, answer.output
    pixels = np.asarray(Image.open(folder / "grey.jpg").resize((48, 48), Image.Resampling.BILINEAR))
    expected = np.asarray(model(pixels[None, ..., None] / np.float32(127.5) - 1)["main"])[0]
    assert f"{expected.max():.2%}" in answer.output
    published = {"mode": "tf", "resize": 48, "crop": 48}
    write_manifest(path, options=options, input_size=48, preprocessing=published, class_names=None)
    assert f"{expected.max():.2%}" in predict("grey.jpg", "--weights", str(path)).output
    loaded, manifest = build_from_file("googlenet", path, {})
    assert loaded.input_shape == (None, 48, 48, 1) and manifest["input_size"] == 48


def test_weights_without_a_manifest(predict):
    bare = ("grey.jpg", "--weights", "bare.weights.h5")
    answer = predict(*bare, "--model", "three_convolutions", "--preprocessing", "tf", "--top", "2")
    assert answer.exit_code == 0, answer.output
    assert answer.output.count("%") == 2 and "class " in answer.output
    assert "the weights have no class names" in answer.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["grey.jpg", "text.png", "--weights", "net.weights.h5"], "text.png is not an image"),
        (["none.jpg", "--weights", "net.weights.h5"], "there is no file none.jpg"),
        ([".", "--weights", "net.weights.h5"], "is a folder"),
        (["grey.jpg", "--weights", "none.weights.h5"], "there is no file none.weights.h5"),
        (["grey.jpg", "--weights", "grey.jpg"], "it looks like a JPEG image"),
        (["grey.jpg", "--weights", "net.weights.h5", "--model", "vgg16"], "of 'googlenet', not of 'vgg16'"),
        (["grey.jpg", "--weights", "net.weights.h5", "--model", "googlenot"], "did you mean 'googlenet'"),
        (["grey.jpg", "--weights", "bare.weights.h5"], "--model NAME and --preprocessing MODE"),
        (["grey.jpg", "--weights", "bare.weights.h5", "--model", "vgg16"], "give --preprocessing MODE"),
        (
            ["grey.jpg", "--weights", "bare.weights.h5", "--model", "resnet18", "--preprocessing", "tf"],
            "belongs to another model than 'resnet18'",
        ),
        (["grey.jpg", "--weights", "net.weights.h5", "--preprocessing", "tv"], "unknown preprocessing 'tv'"),
        (["grey.jpg", "--weights", "net.weights.h5", "--cam", "s.jpg"], "a .png file"),
        (["grey.jpg", "--weights", "net.weights.h5", "--cam", "no/s.png"], "in an existing folder"),
        (
            ["grey.jpg", "colour.png", "--weights", "net.weights.h5", "--cam", "./colour.png"],
            "--cam colour.png would replace one of the images",
        ),
    ],
)
def test_a_mistake_says_what_is_wrong(predict, arguments, words):
    answer = predict(*arguments)
    assert isinstance(answer.exception, UserError) and words in str(answer.exception)


def preprocessing(**changes):
    return {"preprocessing": {"mode": "caffe", "resize": 36, "crop": 32, **changes}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"preprocessing": {}}, "it lacks preprocessing.mode"),
        (preprocessing(crop=0), "preprocessing.crop is 0: expected a whole number from 1 to 8,192"),
        (preprocessing(crop=-16), "preprocessing.crop is -16"),
        (preprocessing(crop=16.5), "preprocessing.crop is 16.5"),
        (preprocessing(crop="16"), "preprocessing.crop is '16'"),
        (preprocessing(crop=True), "preprocessing.crop is True"),
        (preprocessing(resize=[36]), "preprocessing.resize is [36]"),
        (preprocessing(resize=[36, "36"]), "preprocessing.resize is [36, '36']"),
        (preprocessing(mode="tv"), "preprocessing.mode is 'tv'"),
        (preprocessing(interpolation="cubic"), "preprocessing.interpolation is 'cubic'"),
        ({"class_names": NAMES[:2]}, "it has 2 class_names for 3 classes"),
        ({"class_names": ["a", "b", "\x1b[2J"]}, "class_names[2] is '\\x1b[2J'"),
        ({"classes": 10**12}, "classes is 1000000000000"),
        ({"classes": 4, "class_names": None}, "has 3 classes, but its manifest says 4"),
        ({"name": ["googlenet"]}, "name is ['googlenet']"),
        ({"options": {**OPTIONS, "weights": "imagenet"}}, "weights"),
        ({"manifest": 2}, "was written by a newer version of inception_keras: update it"),
        ({"manifest": None}, 'it has no entry "manifest": 1'),
        ({"weights": {"sha256": "0"}}, "net.weights.h5 was changed after it was converted"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused_in_one_line(folder, predict, changes, words):
    weights = folder / "net.weights.h5"
    try:
        write_manifest(weights, **changes)
        answer = predict("grey.jpg", "--weights", "net.weights.h5")
        assert isinstance(answer.exception, UserError) and words in str(answer.exception)
    finally:
        write_manifest(weights)


@pytest.mark.parametrize("content", [b"[" * 100_000, b"[]", b"\xff", b"{"])
def test_a_manifest_that_is_no_object(folder, predict, content):
    try:
        (folder / "net.json").write_bytes(content)
        answer = predict("grey.jpg", "--weights", "net.weights.h5")
        assert "is not one that `convert` wrote" in str(answer.exception)
    finally:
        write_manifest(folder / "net.weights.h5")


def test_outputs_that_are_not_finite_are_no_prediction(folder, predict):
    model = create_model("three_convolutions", classes=7)
    model.get_layer("head_classifier").bias.assign(np.full(7, np.nan))
    model.save_weights(folder / "nan.weights.h5")
    options = ("--weights", "nan.weights.h5", "--model", "three_convolutions", "--preprocessing", "tf")
    answer = predict("grey.jpg", *options)
    assert isinstance(answer.exception, UserError) and "outputs that are not finite" in str(answer.exception)


def test_a_sheet_on_a_full_disk_is_one_line_and_leaves_the_old_one(folder, predict, monkeypatch):
    (folder / "old.png").write_bytes(b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    answer = predict("grey.jpg", "--weights", "net.weights.h5", "--cam", "old.png")
    assert isinstance(answer.exception, UserError) and "old.png cannot be written: No space left" in str(
        answer.exception
    )
    assert (folder / "old.png").read_bytes() == b"old" and not list(folder.glob(".*"))
