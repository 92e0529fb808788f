"""An exported model gives Keras's answers in its engine, or the export leaves no file."""

import importlib
import json
import os

import keras
import numpy as np
import pytest
from keras import layers
from typer.testing import CliRunner

from inception_keras import GoogLeNet, UserError, create_model, list_models
from inception_keras.cli.app import app
from inception_keras.export import FORMATS, Disagreement, export_model, load_engine, writing
from inception_keras.export import formats as format_table
from inception_keras.export.images import prepare, read_images, smooth_images
from inception_keras.export.networks import portable_model
from inception_keras.export.sources import load_source
from inception_keras.layers.batch_normalization import BatchNormalization
from inception_keras.layers.response_normalization import LocalResponseNormalization
from inception_keras.models.parts.pooling import apply_max_pool
from tests.support.exports import liven

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="Keras exports on TensorFlow")


def needs(name: str):
    for module in FORMATS[name].modules:
        pytest.importorskip(module, reason=f"{module} is not installed: pip install -e '.[export]'")


@pytest.fixture(scope="module")
def images():
    return smooth_images(40, (16, 16, 3)) / np.float32(127.5) - np.float32(1)


@pytest.fixture(scope="module")
def network(images):
    """Every part of GoogLeNet once: both normalisations, branches, pooling, an auxiliary head."""
    keras.utils.set_random_seed(0)
    image = keras.Input((16, 16, 3), name="image")
    x = LocalResponseNormalization()(layers.Conv2D(8, 3, activation="relu", padding="same")(image))
    branches = [
        layers.ReLU()(BatchNormalization()(layers.Conv2D(4, size, padding="same", use_bias=False)(x)))
        for size in (1, 3)
    ]
    x = layers.Concatenate()([*branches, layers.MaxPooling2D(3, 1, padding="same")(x)])
    aux = layers.Dense(5)(layers.Flatten()(layers.AveragePooling2D(5, 3)(x)))
    main = layers.Dense(5, name="head_classifier")(layers.Dropout(0.4)(layers.GlobalAveragePooling2D()(x)))
    return liven(keras.Model(image, {"main": main, "aux_4a": aux}, name="small"), images)


def test_kerass_own_export_runs_in_its_engine(network, images, tmp_path):
    """`model.export` without this package's help: the fast form of a layer must not leak into the file."""
    needs("onnx")
    main = keras.Model(network.input, network.output["main"])
    main(images[:1])
    main.export(tmp_path / "own.onnx", format="onnx", verbose=False)
    got = load_engine(tmp_path / "own.onnx", "onnx").predict_on_batch(images)
    np.testing.assert_allclose(got, main(images), atol=1e-5)


@pytest.mark.parametrize("to", FORMATS)
def test_every_format_gives_keras_answers(to, network, images, tmp_path):
    needs(to)
    target = tmp_path / f"model{FORMATS[to].suffix}"
    parity = export_model(network, target, to, images, fold=to == "saved_model", notes={"weights": "of a test"})
    assert parity
    assert (parity.agreeing, parity.images) == (40, 40)
    assert parity.greatest < 1e-5
    assert parity.classes > 2
    assert parity.telling
    weights = {"model.bin"} if to == "openvino" else set()
    assert {path.name for path in tmp_path.iterdir()} == {target.name, f"{target.name}.export.json", *weights}
    description = json.loads((tmp_path / f"{target.name}.export.json").read_text())
    assert description["parity"]["greatest"] == parity.greatest
    assert (description["output"], description["weights"]) == ("logits", "of a test")
    engine = load_engine(target, to, threads=1)
    expected = network.predict_on_batch(images)["main"]
    for batch in (1, 32):
        np.testing.assert_allclose(engine.predict_on_batch(images[:batch]), expected[:batch], atol=1e-5)


@pytest.fixture(scope="module")
def converted():
    """What other networks of the zoo have and converters take badly: grouped convolutions, constants, poolings."""
    keras.utils.set_random_seed(0)
    image = keras.Input((15, 15, 3), name="image")
    normalization = layers.Normalization(name="normalization")
    x = normalization(image)
    x = layers.Conv2D(6, 3, groups=3, activation="relu", name="grouped")(x)
    x = apply_max_pool(x, 3, 2, "ceil", name="pool")  # 13 pixels: the last window is whole
    x = apply_max_pool(x, 3, 2, "ceil", name="pool_over")  # 6 pixels: the last window reaches over the edge
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(8, 3, groups=2, padding="same", name="grouped_too")(x))
    model = keras.Model(image, layers.Dense(5, name="head_classifier")(x), name="converted")
    normalization.set_weights([np.array([120.0, 110, 100]), np.array([3600.0, 2500, 4900]), np.array(0)])
    normalization.finalize_state()
    return liven(model, smooth_images(40, (15, 15, 3)).astype("float32"))


@pytest.mark.parametrize("to", FORMATS)
def test_grouped_convolutions_and_constants_agree_in_every_format(to, converted, tmp_path):
    needs(to)
    images = smooth_images(40, (15, 15, 3)).astype("float32")
    parity = export_model(converted, tmp_path / f"model{FORMATS[to].suffix}", to, images)
    assert parity.telling
    assert (parity.agreeing, parity.classes > 2) == (40, True)
    assert parity.greatest < 1e-4


def test_what_is_converted_has_no_compiled_programs_and_no_tensors_from_outside(converted):
    """ONNX has neither, whatever converter is installed here."""
    import tensorflow as tf

    network = portable_model(converted)
    graph = tf.function(network).get_concrete_function(tf.TensorSpec((None, 15, 15, 3))).graph
    assert not [operation.type for operation in graph.get_operations() if "PartitionedCall" in operation.type]
    assert all(outside.dtype == tf.resource for outside, _ in graph.captures)  # variables, which become constants


def test_an_error_of_an_engine_is_one_line_without_its_log(network, images, tmp_path, monkeypatch, capfd):
    def refuse(*_):
        os.write(2, b"the converter's log")
        raise RuntimeError("INVALID_GRAPH:\n no such operation")

    monkeypatch.setattr(writing, "load_engine", refuse)
    with pytest.raises(UserError, match=r"LiteRT can't run what small was converted to: INVALID_GRAPH: no such oper"):
        export_model(network, tmp_path / "model.tflite", "litert", images)
    assert not list(tmp_path.iterdir())
    assert capfd.readouterr().err == ""


def test_a_network_for_images_of_any_size_or_of_several_images(tmp_path):
    image, other = keras.Input((None, None, 3), name="image"), keras.Input((4, 4, 3), name="other")
    open_sides = keras.Model(image, layers.GlobalAveragePooling2D()(image), name="open")
    with pytest.raises(UserError, match=r"open takes images of any size.*input_shape=\(224, 224, 3\).*--image-size"):
        export_model(open_sides, tmp_path / "m.tflite", "litert", np.zeros((2, 8, 8, 3), "float32"))
    both = keras.Model([image, other], layers.GlobalAveragePooling2D()(image), name="both")
    with pytest.raises(UserError, match="both has 2 inputs"):
        export_model(both, tmp_path / "m.tflite", "litert", np.zeros((2, 8, 8, 3), "float32"))
    assert not list(tmp_path.iterdir())


def test_outputs_that_are_no_classes_are_refused_before_anything_is_converted(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "convert", None)
    image = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3)(image)
    images = np.zeros((2, 8, 8, 3), "float32")
    with pytest.raises(UserError, match=r"map puts out \(n, 6, 6, 4\), .* include_top=True or pooling='avg'"):
        export_model(keras.Model(image, x, name="map"), tmp_path / "m.tflite", "litert", images)
    pooled = layers.GlobalAveragePooling2D()(x)
    with pytest.raises(UserError, match="2 outputs without names"):
        export_model(keras.Model(image, [pooled, x]), tmp_path / "m.tflite", "litert", images)
    assert not list(tmp_path.iterdir())


def test_a_map_is_converted_without_a_comparison_and_features_with_one(tmp_path):
    trunk = create_model("three_convolutions", include_top=False, input_shape=(32, 32, 3), width=0.1)
    writing.convert(trunk, tmp_path / "m.tflite", "litert")
    images = smooth_images(2, (32, 32, 3)).astype("float32")
    got = load_engine(tmp_path / "m.tflite", "litert").predict_on_batch(images)
    np.testing.assert_allclose(got, trunk(images), atol=1e-3)
    features = keras.Model(trunk.input, layers.GlobalAveragePooling2D()(trunk.output), name="features")
    assert export_model(features, tmp_path / "f.tflite", "litert", images)


def test_nothing_is_left_of_an_export_over_the_limit(network, images, tmp_path):
    with pytest.raises(Disagreement, match=r"top-1 equal on 40 of 40 images, greatest difference .* \(limit 1e-12;"):
        export_model(network, tmp_path / "model.tflite", "litert", images, limit=1e-12)
    assert not list(tmp_path.iterdir())


def test_the_file_that_was_there_outlives_a_wrong_export(network, images, tmp_path, monkeypatch):
    other = keras.models.clone_model(network)  # the same graph, other weights
    real = writing.convert
    monkeypatch.setattr(writing, "convert", lambda model, *arguments, **options: real(other, *arguments, **options))
    (tmp_path / "model.tflite").write_bytes(b"the old one")
    with pytest.raises(Disagreement):
        export_model(network, tmp_path / "model.tflite", "litert", images, overwrite=True)
    assert (tmp_path / "model.tflite").read_bytes() == b"the old one"
    monkeypatch.undo()
    export_model(network, tmp_path / "model.tflite", "litert", images, overwrite=True)
    assert load_engine(tmp_path / "model.tflite", "litert").predict_on_batch(images[:2]).shape == (2, 5)


@pytest.mark.parametrize(
    ("target", "to", "words"),
    [
        ("model.onnx", "onxx", "did you mean 'onnx'"),
        ("model.h5", "litert", "ends in .tflite"),
        ("nowhere/model.tflite", "litert", "there is no folder"),
        ("there.tflite", "litert", "there.tflite exists already: give another --out, or --overwrite"),
        ("there", "saved_model", "there exists already"),
    ],
)
def test_a_target_that_can_not_be_written(target, to, words, network, images, tmp_path):
    (tmp_path / "there.tflite").touch()
    (tmp_path / "there").mkdir()
    with pytest.raises(UserError) as mistake:
        export_model(network, tmp_path / target, to, images)
    assert words in str(mistake.value)


def test_a_folder_without_room(network, images, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "workshop", full)
    with pytest.raises(UserError, match="cannot be written: No space left on device"):
        export_model(network, tmp_path / "model.tflite", "litert", images)


def test_a_package_that_is_missing_is_named(network, images, tmp_path, monkeypatch):
    monkeypatch.setattr(format_table.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"needs onnx and tf2onnx and onnxruntime.*pip install -e '\.\[export\]"):
        export_model(network, tmp_path / "model.onnx", "onnx", images)


def test_what_can_not_be_compared_is_refused(network, images, tmp_path):
    target = tmp_path / "model.tflite"
    with pytest.raises(UserError, match="limit must be above 0"):
        export_model(network, target, "litert", images, limit=0)
    with pytest.raises(UserError, match="two images or more"):
        export_model(network, target, "litert", images[:1])
    image = keras.Input((4, 4, 3))
    half = keras.Model(image, layers.Conv2D(1, 1, dtype="mixed_bfloat16", name="conv")(image), name="half")
    with pytest.raises(UserError, match=r"half computes in bfloat16 \(conv\)"):
        export_model(half, target, "litert", images)
    assert not list(tmp_path.iterdir())


def test_smooth_images_are_different_and_the_same_every_time():
    first = smooth_images(8, (24, 32, 3))
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, smooth_images(8, (24, 32, 3)))
    assert (first != smooth_images(8, (24, 32, 3), seed=1)).any()
    steps = np.abs(np.diff(first.astype(float), axis=1)).mean()
    assert steps < np.std(first) / 2, "neighbouring pixels are alike"
    assert first.mean(axis=(1, 2, 3)).std() > 5, "images differ"


def test_images_of_a_folder(tmp_path):
    from PIL import Image

    for number, side in enumerate((10, 30)):
        Image.new("L", (side, 20), 100 * number).save(tmp_path / f"{number}.png")
    (tmp_path / "notes.txt").write_text("no image")
    assert read_images(tmp_path, (8, 8, 3)).shape == (2, 8, 8, 3)
    assert read_images(tmp_path, (8, 8, 1), count=1).shape == (1, 8, 8, 1)
    (tmp_path / "2.jpg").write_bytes(b"cut short")
    with pytest.raises(UserError, match=r"2\.jpg is not an image of the formats"):
        read_images(tmp_path, (8, 8, 3))
    for folder in (tmp_path / "none", tmp_path / "2.jpg"):
        with pytest.raises(UserError, match="no folder"):
            read_images(folder, (8, 8, 3))


def test_images_are_prepared_as_the_weights_want_them(network):
    white = np.full((1, 2, 2, 3), 255, "uint8")
    assert prepare(white, network).max() == prepare(white[..., :1], network).max() == 1
    assert prepare(white, network, "none").max() == 255
    assert prepare(white, network, "caffe").max() == 151
    with pytest.raises(UserError, match="unknown preprocessing"):
        prepare(white, network, "torsh")
    image = keras.Input((2, 2, 3))
    assert prepare(white, keras.Model(image, layers.Rescaling(1 / 255)(image))).max() == 255


@pytest.mark.counts
def test_only_scaling_before_the_first_kernel_is_of_the_input():
    """Inception-ResNet scales residuals, and `logit_scale` logits."""
    white = np.full((1, 2, 2, 3), 255, "uint8")
    image = keras.Input((2, 2, 3))
    scaled = layers.Rescaling(1 / 255)(layers.ZeroPadding2D(1)(image))
    behind = keras.Model(image, layers.Rescaling(0.17)(layers.Conv2D(4, 1)(image)))
    nested = keras.Model(image, keras.Model(image, layers.Conv2D(4, 1)(scaled))(image))
    assert prepare(white, behind).max() == 1
    assert prepare(white, GoogLeNet(logit_scale=1 / 9, width=0.125, input_shape=(32, 32, 3))).max() == 1
    assert prepare(white, nested).max() == 255


@pytest.fixture(scope="module")
def grey_weights(tmp_path_factory):
    """The weights file of a grey network with its own width and number of classes, as the bench stores it."""
    keras.utils.set_random_seed(0)
    path = tmp_path_factory.mktemp("weights") / "grey.weights.h5"
    model = create_model("three_convolutions", classes=4, input_shape=(32, 32, 1), width=0.2, head="gap")
    model.save_weights(path)
    return path


def test_classes_and_channels_are_read_off_the_file(grey_weights):
    source = load_source("three_convolutions", str(grey_weights), {"width": 0.2, "head": "gap"}, image_size=32)
    assert source.model.input.shape[1:] == (32, 32, 1)
    assert source.model.output.shape[1:] == (4,)
    assert source.notes["weights"]["file"] == "grey.weights.h5"


def test_a_trunk_is_refused_also_with_a_number_of_classes(tmp_path):
    path = tmp_path / "trunk.weights.h5"
    create_model("three_convolutions", include_top=False).save_weights(path)
    for classes in (None, 4):
        with pytest.raises(UserError, match="has no classifier: it is a trunk without its top"):
            load_source("three_convolutions", str(path), {}, classes=classes)


def test_an_unknown_setting_names_settings_alone():
    with pytest.raises(UserError, match="unknown toggle of three_convolutions 'foo'.*'width'") as error:
        load_source("three_convolutions", "random", {"foo": "x"})
    assert "input_tensor" not in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["three_convolutions", "--to", "tflite"], "unknown format 'tflite'"),
        (["three_convolution", "--to", "litert"], "did you mean 'three_convolutions'"),
        (["three_convolutions", "--to", "litert"], "give the weights of three_convolutions"),
        (["three_convolutions", "--to", "litert", "--weights", "none.weights.h5"], "there is no file none.weights.h5"),
        (["zfnet", "--to", "litert", "--weights", "imagenet"], "the nearest form with one is 'alexnet'"),
        (["resnet18", "--to", "litert", "--weights", "caffe"], "caffe has no weights for 'resnet18'"),
        (
            ["googlenet", "--to", "litert", "--weights", "imagenet", "--classes", "10"],
            "have 1,000 classes; got --classes",
        ),
        (["googlenet", "--to", "litert", "--weights", "imagnet"], "did you mean 'imagenet'? allowed are 'imagenet', "),
        (["three_convolutions", "--to", "litert", "--weights", "grey.weights.h5"], "belongs to another model"),
        (["three_convolutions", "--to", "litert", "--weights", "random", "--set", "widht=1"], "did you mean 'width'"),
        (["three_convolutions", "--to", "litert", "--weights", "random", "--set", "classes=3"], "--classes"),
        (["three_convolutions", "--to", "litert", "--weights", "random", "--set", "input_shape=9"], "--image-size"),
        (["three_convolutions", "--to", "litert", "--weights", "random", "--out", "none/m.tflite"], "no folder none"),
        (["three_convolutions", "--to", "litert", "--weights", "random", "--images", "none"], "no folder none"),
    ],
)
def test_a_mistake_on_the_command_line(arguments, words, grey_weights, monkeypatch, tmp_path):
    (tmp_path / "grey.weights.h5").write_bytes(grey_weights.read_bytes())
    monkeypatch.chdir(tmp_path)
    answer = CliRunner().invoke(app, ["export", *arguments])
    assert isinstance(answer.exception, UserError), answer.exception
    assert words in str(answer.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["grey.weights.h5"]


def test_export_on_the_command_line(grey_weights, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = ["export", "three_convolutions", "--to", "litert", "--weights", str(grey_weights), "--image-size", "32"]
    command += ["--set", "width=0.2", "--set", "head=gap"]
    answer = CliRunner().invoke(app, command)
    assert answer.exit_code == 0, answer.output
    assert "three_convolutions.tflite: three_convolutions for LiteRT; top-1 equal on 256 of 256 images" in answer.stdout
    refused = CliRunner().invoke(app, [*command, "--limit", "1e-15", "--overwrite"])
    assert refused.exit_code == 1
    assert "was not kept" in refused.stdout
    assert (tmp_path / "three_convolutions.tflite").exists()


# -- the whole matrix --------------------------------------------------------------------------------------------------

SIDE = 75  # pixels: the least of Inception v3 and v4, and odd, so that poolings reach over the edge
FORMS = {
    f"{name} {head}": (name, {"head": head, "width": 0.125, **({"fc_units": (64,)} if head == "fc" else {})})
    for name in ("googlenet", "googlenet_batchnorm", "googlenet_torchvision", "googlenet_slim")
    for head in ("gap", "fc")
}
FEW = {"fc_units": (64, 64)}
MATRIX = FORMS | {
    name: (name, FEW if name.startswith(("alexnet", "zfnet", "vgg")) else {})
    for name in list_models()
    if not name.startswith("googlenet")
}


@pytest.mark.slow
@pytest.mark.parametrize("case", MATRIX)
def test_the_zoo_agrees_in_every_format(case, tmp_path, capsys):
    """The published graphs at 75 pixels, GoogLeNet's at an eighth of the width; 256 images."""
    name, toggles = MATRIX[case]
    model = create_model(name, input_shape=(SIDE, SIDE, 3), classes=100, classifier_activation=None, **toggles)
    images = prepare(smooth_images(256, (SIDE, SIDE, 3)), model)
    liven(model, images)
    for to, form in FORMATS.items():
        if any(importlib.util.find_spec(module) is None for module in form.modules):
            pytest.skip(f"{to}: pip install -e '.[export]'")
        parity = export_model(model, tmp_path / f"model{form.suffix}", to, images)
        with capsys.disabled():
            print(f"{case}, {to}: {parity}")
        assert (parity.agreeing + parity.tied, parity.images) == (256, 256)
        assert parity.greatest < 1e-3
        assert parity.classes > 10
