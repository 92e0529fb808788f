"""Accuracies: the counts are exact, also after an interruption, and the interval is Wilson's."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.stats import binomtest

from inception_keras import UserError, create_model
from inception_keras.cli.validate import _verdict
from inception_keras.io.imagenet import imagenet_names
from inception_keras.io.labelled_images import open_folder
from inception_keras.weights import accuracy
from inception_keras.weights.accuracy import Tally, class_numbers, measure, wilson
from inception_keras.weights.catalogue import find_file
from inception_keras.weights.sources import Source

CLASSES = 7
pytestmark = pytest.mark.usefixtures("own_places")


def source_of(path=Path("net.weights.h5"), classes=CLASSES, names=None) -> Source:
    return Source(path, "three_convolutions", {}, classes, names, "tf", resize=36, crop=32)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A small network, its source, and images of which every second has the class that it finds most probable."""
    folder = tmp_path_factory.mktemp("accuracy")
    model = create_model("three_convolutions", classes=CLASSES, classifier_activation=None)
    model.save_weights(folder / "net.weights.h5")
    rng = np.random.default_rng(0)
    source = source_of(folder / "net.weights.h5")
    order = {}
    for number in range(20):
        picture = Image.fromarray(rng.integers(0, 256, (40, 50, 3), dtype="uint8"))
        picture.save(folder / "picture.png")
        pixels = source.prepare([folder / "picture.png"])
        ranked = np.argsort(-np.asarray(model(source.normalize(pixels)))[0])
        rank = (0, 3, 0, 6)[number % 4]  # most probable, one of five, most probable, the least probable
        place = folder / "images" / f"{ranked[rank]}"
        place.mkdir(parents=True, exist_ok=True)
        picture.save(place / f"{number}.png")
        order[number] = rank
    for label in range(CLASSES):
        (folder / "images" / f"{label}").mkdir(exist_ok=True)
    return model, source, open_folder(folder / "images")


def test_the_counts_are_exact(network):
    model, source, images = network
    seen = []
    tally = measure(model, source, images, batch=6, progress=lambda done, total: seen.append((done, total)))
    assert tally == Tally(seen=20, top1=10, top5=15)
    assert seen == [(0, 20), (6, 20), (12, 20), (18, 20), (20, 20)]


def interrupt(done, total):
    if done == 12:
        raise KeyboardInterrupt


def test_an_interrupted_measurement_goes_on(network, monkeypatch, tmp_path):
    model, source, images = network
    monkeypatch.setattr(accuracy, "SAVED_EVERY", 1)

    with pytest.raises(KeyboardInterrupt):
        measure(model, source, images, batch=6, progress=interrupt)
    starts = []
    counted = replace(images, examples=lambda start: starts.append(start) or images.examples(start))
    assert measure(model, source, counted, batch=6) == Tally(seen=20, top1=10, top5=15)
    assert starts == [6]  # the second batch was counted, but not saved
    assert list((tmp_path / "cache" / "validations").iterdir()) == []


def test_another_measurement_does_not_go_on_from_it(network, monkeypatch, tmp_path):
    """Images of a folder with the same relative path, and the same images for other numbers of the classes."""
    model, source, images = network
    monkeypatch.setattr(accuracy, "SAVED_EVERY", 1)
    names = tuple("0123456")
    with pytest.raises(KeyboardInterrupt):
        measure(model, replace(source, class_names=names), images, batch=6, progress=interrupt)
    elsewhere, corrected = replace(images, place=tmp_path / "images"), (*names[1:], names[0])
    for other_names, other in ((names, elsewhere), (corrected, images)):
        seen = []
        other_source = replace(source, class_names=other_names)
        measure(model, other_source, other, batch=6, progress=lambda done, total, seen=seen: seen.append(done))
        assert seen[0] == 0


def test_without_a_cache_nothing_is_saved(network, monkeypatch, tmp_path):
    model, source, images = network
    monkeypatch.setattr(accuracy, "SAVED_EVERY", 1)
    (tmp_path / "cache").write_text("no folder")
    assert measure(model, source, images, batch=6) == Tally(seen=20, top1=10, top5=15)


def test_images_without_a_class_are_not_counted(network):
    model, source, images = network

    def examples(start):
        return (replace(one, label=-1) if place == 8 else one for place, one in enumerate(images.examples(start)))

    with pytest.raises(UserError, match=r"image 8 of .* has no class \(label -1\).*--split"):
        measure(model, source, replace(images, examples=examples), batch=6)


def test_of_equal_outputs_the_first_is_the_most_probable():
    outputs = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 2.0, 3.0]])
    assert accuracy._ranks(outputs, np.array([0, 1, 0])).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("right", "count"), [(0, 10), (5, 10), (10, 10), (34_350, 50_000)])
def test_the_interval_is_wilsons(right, count):
    expected = binomtest(right, count).proportion_ci(method="wilson")
    np.testing.assert_allclose(wilson(right, count), (expected.low, expected.high), rtol=1e-6, atol=1e-9)


def test_classes_are_found_by_their_names():
    imagenet = source_of(classes=1000, names=tuple(imagenet_names()))
    assert class_numbers(["n02123045", "Tench", "toilet_tissue"], imagenet).tolist() == [281, 0, 999]
    assert class_numbers(["a", "b", "c"], source_of(classes=3)).tolist() == [0, 1, 2]
    assert class_numbers(["Cardigan", "cardigan"], imagenet).tolist() == [264, 474]  # the dog and the garment
    assert class_numbers(["a_b", "A b"], source_of(classes=2, names=("A b", "a_b"))).tolist() == [1, 0]
    with pytest.raises(UserError, match=r"'CARDIGAN', .*, may be several .*: 'Cardigan' \(264\), 'cardigan' \(474\)"):
        class_numbers(["tench", "CARDIGAN"], imagenet)
    with pytest.raises(UserError, match="'crane', .*, may be several"):
        class_numbers(["crane"], source_of(classes=2, names=("crane", "crane")))
    with pytest.raises(UserError, match="three_convolutions has no class 'zebu'"):
        class_numbers(["tench", "zebu"], imagenet)
    with pytest.raises(UserError, match="the set has 2 classes and net.weights.h5 7"):
        class_numbers(["a", "b"], source_of())


@pytest.mark.parametrize(
    ("tally", "classes", "words"),
    [
        (Tally(50_000, 34_350, 44_450), 1000, "top-1 agrees with the published one (BVLC readme, centre crop)"),
        (Tally(50_000, 33_000, 44_450), 1000, "top-1 does not agree with the published one"),
        (Tally(3_925, 3_000, 3_900), 10, "so it can't be compared with these"),
    ],
)
def test_the_published_accuracy_is_compared_where_it_can_be(tally, classes, words):
    assert words in _verdict(find_file("googlenet"), tally, classes)
    assert _verdict(None, tally, classes) == "no accuracy is published for these weights"
