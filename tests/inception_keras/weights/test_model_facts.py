"""What a model's weights say about it: preprocessing, and the names of its classes."""

import keras
import numpy as np
import pytest

from inception_keras import UserError, create_model, decode_predictions, inference_model, preprocess_input
from inception_keras.io import manifests
from inception_keras.io.imagenet import imagenet_names
from inception_keras.io.manifests import sha256
from inception_keras.weights import load_weights
from inception_keras.weights.conversion import write_converted
from inception_keras.weights.forms import Preprocessing

NET = "three_convolutions"
IMAGES = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), dtype="uint8")


@pytest.fixture
def saved(tmp_path):
    """Writes the weights of a small network with a manifest, and builds the network with them."""

    def call(classes: int, names: list[str] | None, mode: str = "caffe", **arguments):
        path = tmp_path / "net.weights.h5"
        prepared = Preprocessing(mode, resize=36, crop=32)
        write_converted(create_model(NET, classes=classes), path, NET, prepared, {}, class_names=names)
        return create_model(NET, **{"classes": classes, "weights": path, **arguments})

    return call


@pytest.mark.parametrize("mode", ["caffe", "vgg", "torch", "tf"])
def test_images_are_prepared_as_the_manifest_says(mode, saved):
    model = saved(3, None, mode)
    np.testing.assert_array_equal(preprocess_input(IMAGES, model), preprocess_input(IMAGES, mode))


def test_a_network_that_scales_images_gets_them_as_they_are(saved):
    prepared = preprocess_input(IMAGES, saved(3, None, "none"))
    assert prepared.dtype == "float32"
    np.testing.assert_array_equal(prepared, IMAGES)


def test_a_trunk_has_the_preprocessing_of_its_file(saved):
    trunk = saved(3, None, "caffe", include_top=False)
    np.testing.assert_array_equal(preprocess_input(IMAGES, trunk), preprocess_input(IMAGES, "caffe"))


def test_the_manifest_is_that_of_the_last_file_that_was_loaded(saved, tmp_path):
    model = saved(3, ["cat", "dog", "eel"], "caffe")
    other = tmp_path / "other.weights.h5"
    write_converted(model, other, NET, Preprocessing("tf", resize=36, crop=32), {}, class_names=["a", "b", "c"])
    for net in (model, create_model(NET, classes=3)):
        load_weights(net, other)
        np.testing.assert_array_equal(preprocess_input(IMAGES, net), preprocess_input(IMAGES, "tf"))
        assert decode_predictions(np.eye(3)[:1], net, top=1) == [[("", "a", 1.0)]]
    model.save_weights(tmp_path / "bare.weights.h5")
    load_weights(model, tmp_path / "bare.weights.h5")
    with pytest.raises(UserError, match="have no manifest"):
        preprocess_input(IMAGES, model)


def test_a_network_for_inference_keeps_the_manifest(saved, tmp_path):
    model = saved(3, ["cat", "dog", "eel"])
    several = keras.Model(model.input, {"main": model.output, "aux": model.output})
    load_weights(several, tmp_path / "net.weights.h5")
    for net in (inference_model(model, fold=True), inference_model(several), inference_model(several, fold=True)):
        np.testing.assert_array_equal(preprocess_input(IMAGES, net), preprocess_input(IMAGES, "caffe"))
        assert decode_predictions(np.eye(3)[:1], net, top=1) == [[("", "cat", 1.0)]]


def test_an_unchanged_file_is_hashed_once(saved, tmp_path, monkeypatch):
    model, hashed = saved(3, None, "caffe"), []
    monkeypatch.setattr(manifests, "sha256", lambda path: hashed.append(path) or sha256(path))
    for _ in range(3):
        preprocess_input(IMAGES, model)
    assert len(hashed) == 1
    with (tmp_path / "net.weights.h5").open("ab") as file:
        file.write(b"more")
    with pytest.raises(UserError, match="was changed after it was converted"):
        preprocess_input(IMAGES, model)


def test_images_are_prepared_for_the_published_weights_of_a_name():
    for name, mode in (("googlenet", "caffe"), ("resnet50", "vgg"), ("densenet121", "torch"), ("mobilenet", "tf")):
        np.testing.assert_array_equal(preprocess_input(IMAGES, name), preprocess_input(IMAGES, mode))


def test_predictions_are_named_as_the_manifest_says(saved):
    model = saved(3, ["cat", "dog", "eel"])
    found = decode_predictions(np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]]), model, top=2)
    assert found == [[("", "dog", 0.5), ("", "eel", 0.3)], [("", "cat", 0.6), ("", "eel", 0.3)]]
    assert [len(one) for one in decode_predictions(model(IMAGES / 255), model)] == [3, 3]


def test_predictions_of_imagenet_have_the_ids_of_wordnet(saved):
    outputs = np.eye(1000)[[0, 999]]
    expected = [[("n01440764", "tench", 1.0)], [("n15075141", "toilet tissue", 1.0)]]
    assert decode_predictions(outputs, top=1) == expected
    assert decode_predictions({"main": outputs, "aux_4a": outputs[:, ::-1]}, top=1) == expected
    assert decode_predictions(outputs, saved(1000, imagenet_names()), top=1) == expected


@pytest.mark.parametrize(("kind", "least", "greatest"), [("uint8", 0, 255), ("int8", -128, 127), (bool, False, True)])
def test_whole_numbers_of_a_quantised_model_are_ranked_as_they_are(kind, least, greatest):
    outputs = np.full((1, 1000), least, kind)
    outputs[0, 281] = greatest
    assert decode_predictions(outputs, top=1) == [[("n02123045", "tabby", greatest)]]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda fresh: preprocess_input(IMAGES, fresh), "the weights of 'three_convolutions' have no manifest"),
        (lambda fresh: decode_predictions(np.eye(3), fresh), "the weights of 'three_convolutions' have no manifest"),
        (lambda fresh: preprocess_input(IMAGES, "zfnet"), "no file of ImageNet weights is published for 'zfnet'"),
        (lambda fresh: preprocess_input(IMAGES, "coffe"), "did you mean 'caffe'"),
        (lambda fresh: preprocess_input(IMAGES, "VGG16"), "did you mean 'vgg16'? allowed are 'caffe'"),
        (lambda fresh: preprocess_input(IMAGES, "coffe"), "and the names that list_models() has"),
        (
            lambda fresh: decode_predictions(np.eye(7)),
            r"predictions must be (n, 1,000), one column per class; got (7, 7)",
        ),
        (
            lambda fresh: decode_predictions(np.eye(7), 3),
            "give a model, or no model for the 1,000 classes of ImageNet; got 3",
        ),
    ],
)
def test_what_is_not_known_is_said_in_one_line(call, words):
    with pytest.raises(UserError) as error:
        call(create_model(NET, classes=3))
    assert words in str(error.value) and "\n" not in str(error.value)


def test_a_manifest_without_names_says_how_to_add_them(saved):
    with pytest.raises(UserError, match="--class-names FILE"):
        decode_predictions(np.eye(3), saved(3, None))


def test_a_classifier_that_is_not_from_the_file_has_no_names(saved, tmp_path):
    saved(3, ["cat", "dog", "eel"], "caffe")
    skipped = create_model(NET, classes=3)
    load_weights(skipped, tmp_path / "net.weights.h5", head="skip")
    with pytest.warns(UserWarning, match="initialised anew: head_classifier"):
        other = create_model(NET, classes=5, weights=tmp_path / "net.weights.h5")
    for net, classes in ((skipped, 3), (inference_model(skipped, fold=True), 3), (other, 5)):
        np.testing.assert_array_equal(preprocess_input(IMAGES, net), preprocess_input(IMAGES, "caffe"))
        with pytest.raises(UserError, match="'three_convolutions' did not come from net.weights.h5, so its classes"):
            decode_predictions(np.eye(classes)[:1], net, top=1)
    load_weights(skipped, tmp_path / "net.weights.h5")
    assert decode_predictions(np.eye(3)[:1], skipped, top=1) == [[("", "cat", 1.0)]]
