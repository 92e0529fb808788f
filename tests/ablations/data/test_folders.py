"""A folder of pictures is a data set: any size and mode, split by a seed, fingerprinted by its content."""

import shutil

import numpy as np
import pytest
from PIL import Image

from ablations.data import datasets, placement
from ablations.data.folders import Folder
from inception_keras import UserError

CLASSES = ("cat", "Dog")


def fill(folder, count=10, mode="RGB", suffix="png"):
    """Pictures of two classes, each of one shade, in several sizes."""
    for label, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            shade = 100 * label + number
            size = (8 + number % 3, 8)
            Image.new("RGB", size, (shade, shade, shade)).convert(mode).save(folder / name / f"{number:02}.{suffix}")
    return folder


def load(folder, **settings):
    return datasets.load(f"folder:{folder}", **{"image_size": 8, "validation": 0.25} | settings)


def shades(split):
    return split.images[:, 0, 0, 0].tolist()


def test_a_folder_without_splits_is_cut_by_class(tmp_path):
    found = load(fill(tmp_path / "pets"))
    assert found.class_names == ("Dog", "cat")  # by name, capitals first
    assert [len(split) for split in (found.train, found.validation, found.test)] == [12, 4, 4]
    every = shades(found.train) + shades(found.validation) + shades(found.test)
    assert sorted(every) == [*range(10), *range(100, 110)]
    assert {label == 0 for label, shade in zip(found.test.labels, shades(found.test), strict=True) if shade >= 100} == {
        True
    }
    assert "20% of each class" in found.note


def test_a_class_too_small_to_cut_a_test_split_off_matters_if_it_is_wanted(tmp_path):
    before = load(fill(tmp_path), classes=CLASSES)
    (tmp_path / "rare").mkdir()
    shutil.copy(tmp_path / "cat" / "00.png", tmp_path / "rare")
    assert load(tmp_path, classes=CLASSES).fingerprint == before.fingerprint, "the same cuts"
    for classes in ((), ("cat", "rare")):
        with pytest.raises(UserError, match="class 'rare' has 1 pictures: too few to cut a test split off; add"):
            load(tmp_path, classes=classes)


def test_the_fingerprint_is_of_the_content_and_not_of_the_place(tmp_path):
    first = load(fill(tmp_path / "pets"))
    shutil.copytree(tmp_path / "pets", tmp_path / "copy")
    assert load(tmp_path / "copy").fingerprint == first.fingerprint
    Image.new("RGB", (8, 8), (250, 0, 0)).save(tmp_path / "copy" / "cat" / "03.png")
    assert load(tmp_path / "copy").fingerprint != first.fingerprint


def test_splits_of_the_folder_are_kept(tmp_path):
    for split in ("train", "Test"):
        fill(tmp_path / split, count=4)
    found = load(tmp_path)
    assert (len(found.train), len(found.validation), len(found.test)) == (6, 2, 8)


def test_a_split_for_validation_may_be_called_otherwise(tmp_path):
    for split in ("train", "valid"):
        fill(tmp_path / split, count=4)
    assert Folder(tmp_path).counts == {"train": 8, "validation": 8}
    fill(tmp_path / "dev", count=4)
    with pytest.raises(UserError, match="has the splits train, and dev, valid beside them"):
        Folder(tmp_path)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("train", "training", "test"), "train and training mean the same split, train: join them"),
        (("train", "Val", "validation"), "Val and validation mean the same split, validation: join them"),
        (("train", "test", "testing"), "test and testing mean the same split, test: join them"),
    ],
)
def test_two_folders_of_one_split_are_refused(tmp_path, names, message):
    for name in names:
        fill(tmp_path / name, count=4)
    with pytest.raises(UserError, match=message):
        Folder(tmp_path)


def test_classes_may_be_called_as_splits_are(tmp_path):
    for name in ("val", "validation"):
        shutil.copytree(fill(tmp_path / "pets", count=5) / "cat", tmp_path / "odd" / name)
        shutil.rmtree(tmp_path / "pets")
    assert Folder(tmp_path / "odd").class_names == ("val", "validation")


def test_hidden_files_and_other_files_are_left_out_and_capitals_do_not_matter(tmp_path):
    fill(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "cat" / "._00.png").write_bytes(b"")
    (tmp_path / "cat" / "Thumbs.db").write_bytes(b"")
    (tmp_path / "cat" / "00.png").rename(tmp_path / "cat" / "00.PNG")
    assert sum(Folder(tmp_path).counts.values()) == 20


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("RGB", 3), ("P", 3), ("RGBA", 3), ("I;16", 1)])
def test_pictures_of_every_mode_are_read(tmp_path, mode, channels):
    if mode == "I;16":
        for name in CLASSES:
            (tmp_path / name).mkdir()
            for number in range(5):
                values = np.full((8, 8), 257 * number, np.uint16)
                Image.fromarray(values).save(tmp_path / name / f"{number}.png")
    else:
        fill(tmp_path, mode=mode)
    assert load(tmp_path).image_shape == (8, 8, channels)


def test_pictures_keep_their_colours_though_the_first_of_each_class_is_grey(tmp_path):
    for name in CLASSES:
        (tmp_path / name).mkdir()
        for number in range(5):
            color = {"mode": "RGB", "color": (200, 0, 0)} if number else {"mode": "L", "color": 100}
            Image.new(size=(8, 8), **color).save(tmp_path / name / f"{number}.png")
    found = load(tmp_path)
    assert found.image_shape == (8, 8, 3)
    assert [200, 0, 0] in found.test.images[:, 0, 0].tolist()


def test_greys_in_other_modes_are_no_colours(tmp_path):
    before = load(fill(tmp_path, mode="L")).fingerprint
    path = tmp_path / "cat" / "05.png"
    for mode in ("LA", "P"):
        Image.open(path).convert(mode).save(path)
        assert load(tmp_path).fingerprint == before, mode
    path.write_bytes(b"no picture")
    assert Folder(tmp_path).channels == 1, "whoever decodes it names it"


def test_large_folders_are_streamed_and_give_the_same_pictures(tmp_path, monkeypatch):
    whole = load(fill(tmp_path))
    monkeypatch.setattr(placement, "memory_limit", lambda: 100)
    streamed = load(tmp_path)
    assert streamed.streamed
    for ours, theirs in zip(streamed.train.take(np.arange(12)), whole.train.take(np.arange(12)), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_damaged_picture_is_named(tmp_path):
    fill(tmp_path)
    (tmp_path / "cat" / "05.png").write_bytes(b"no picture")
    with pytest.raises(UserError, match=r"cat/05.png: .* is not an image .*; mend or delete it") as caught:
        load(tmp_path)
    assert "delete the" not in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_no_folder_of_pictures_is_refused(tmp_path):
    with pytest.raises(UserError, match="there is no folder"):
        load(tmp_path / "missing")
    with pytest.raises(UserError, match="needs a folder of pictures for each of two classes or more"):
        load(tmp_path)
    fill(tmp_path / "train", count=4)
    fill(tmp_path / "test", count=4)
    (tmp_path / "test" / "cat").rename(tmp_path / "test" / "cats")
    with pytest.raises(UserError, match="classes of test and train differ: cat, cats"):
        load(tmp_path)
    shutil.rmtree(tmp_path / "test" / "cats")
    (tmp_path / "test" / "cat").mkdir()
    with pytest.raises(UserError, match="cat has no pictures"):
        load(tmp_path)


def test_sizes_that_differ_need_image_size(tmp_path):
    with pytest.raises(UserError, match="differ in size .*: set image_size"):
        load(fill(tmp_path), image_size=None)
