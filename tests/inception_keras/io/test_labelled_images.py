"""Labelled images: folders of files, and sets of TFDS in both of its formats."""

import numpy as np
import pytest
from PIL import Image

from inception_keras import UserError
from inception_keras.io.labelled_images import open_folder, open_tfds


def draw(path, grey: int):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), (grey,) * 3).save(path)


@pytest.fixture
def folder(tmp_path):
    for number, name in enumerate(["val/dog/b.png", "val/dog/a.JPEG", "val/cat/c.png", "train/cat/d.png"]):
        draw(tmp_path / name, 10 * number)
    (tmp_path / "val" / "cat" / "notes.txt").write_text("no image")
    (tmp_path / "val" / ".cache").mkdir()
    return tmp_path


def test_a_folder_per_class(folder):
    images = open_folder(folder, "val")
    assert (images.class_names, images.count) == (("cat", "dog"), 3)
    found = [(example.label, example.image().getpixel((0, 0))[0]) for example in images.examples(0)]
    assert found == [(0, 20), (1, 10), (1, 0)]
    assert [example.label for example in images.examples(2)] == [1]
    assert open_folder(folder / "val").class_names == ("cat", "dog")
    with pytest.raises(UserError, match="val has no split 'test': without --split"):
        open_folder(folder / "val", "test")
    (folder / "val").rename(folder / "validation")
    assert open_folder(folder).count == 3


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("none", "there is no folder"),
        ("val/cat", "no folders with images in them, one folder per class"),
        (".", "name one with --split: 'train', 'val'"),
    ],
)
def test_a_folder_of_another_form_is_refused(folder, place, words):
    with pytest.raises(UserError, match=words):
        open_folder(folder / place)


def test_a_set_of_tfds_is_read_in_order_from_any_example(data_dir, digits_data):
    images = open_tfds("digits", data_dir, "test")
    assert (images.count, images.class_names) == (len(digits_data.test), digits_data.class_names)
    examples = list(images.examples(0))
    assert [example.label for example in examples] == digits_data.test.labels.tolist()
    np.testing.assert_array_equal(np.asarray(examples[7].image())[..., :1], digits_data.test.images[7])
    assert [example.label for example in images.examples(300)] == digits_data.test.labels[300:].tolist()


def test_a_set_stored_as_tfrecord_gives_the_same(tfrecord_dir, digits_data):
    images = open_tfds("digits", tfrecord_dir, "test")
    assert [example.label for example in images.examples(5)] == digits_data.test.labels[5:].tolist()


@pytest.mark.parametrize(
    ("name", "split", "words"),
    [
        ("cifar10", "test", "data set 'cifar10' is not prepared in .*: available there: 'digits'"),
        ("digits", "validation", "digits has no split 'validation': --split takes 'train', 'test'"),
    ],
)
def test_a_set_that_is_not_there_is_refused(data_dir, name, split, words):
    with pytest.raises(UserError, match=words):
        open_tfds(name, data_dir, split)
