"""Folders that `save_to_disk` of Hugging Face's `datasets` wrote, made here as it writes them."""

import sys

import numpy as np
import pytest

from ablations.data import datasets, placement
from ablations.data.arrow_folders import ArrowFolder
from inception_keras import UserError
from tests.support.arrow_folders import png, save, save_splits


def rows(count, shape=(8, 8, 3)):
    return [(png(10 * place, shape), place % 2) for place in range(count)]


def test_the_splits_of_a_dict_are_read_over_files_and_batches(tmp_path):
    folder = save_splits(tmp_path / "leaves", train=rows(20), test=rows(6))
    found = datasets.load(f"arrow:{folder}", validation=0.2)
    assert found.class_names == ("ash", "oak")
    assert [len(split) for split in (found.train, found.validation, found.test)] == [16, 4, 6]
    images, labels = found.test.take(np.arange(6))
    assert images[:, 0, 0, 0].tolist() == [0, 10, 20, 30, 40, 50]
    assert labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert "26 images of 2 classes" in found.note


def test_the_fingerprint_is_that_of_the_content_wherever_it_lies(tmp_path):
    first = datasets.load(f"arrow:{save_splits(tmp_path / 'a', train=rows(20), test=rows(6))}")
    second = datasets.load(f"arrow:{save_splits(tmp_path / 'b', train=rows(20), test=rows(6))}")
    other = datasets.load(f"arrow:{save_splits(tmp_path / 'c', train=rows(20), test=rows(8))}")
    assert first.fingerprint == second.fingerprint != other.fingerprint


def test_of_one_dataset_a_fifth_of_each_class_is_cut_off_for_tests(tmp_path):
    source = ArrowFolder(save(tmp_path / "leaves", rows(20)))
    assert source.counts == {"train": 16, "test": 4}
    assert np.bincount(source.labels("test")).tolist() == [2, 2]
    shown = [next(source.images(split, np.array([place]))) for split, n in source.counts.items() for place in range(n)]
    assert sorted(shown) == sorted(content for content, _ in rows(20)), "each once"
    assert [sum(source.lengths(split)) for split in ("train", "test")] == [16, 4]


def test_a_class_too_small_to_cut_a_test_split_off_matters_if_it_is_wanted(tmp_path):
    three = {"image": {"_type": "Image"}, "label": {**LABEL, "names": ["ash", "oak", "yew"]}}
    folder = save(tmp_path / "leaves", [*rows(20), (png(7), 2), (png(8), 2)], three)
    two = datasets.load(f"arrow:{folder}", classes=("ash", "oak"), validation=0.2)
    assert two.fingerprint == datasets.load(f"arrow:{save(tmp_path / 'two', rows(20))}", validation=0.2).fingerprint
    with pytest.raises(UserError, match="class 'yew' has 2 pictures: too few to cut a test split off"):
        datasets.load(f"arrow:{folder}")


@pytest.mark.parametrize("name", ["validation", "val", "valid", "Dev", "eval"])
def test_the_split_that_is_there_is_tested_on_whatever_its_name(tmp_path, name):
    found = datasets.load(f"arrow:{save_splits(tmp_path, train=rows(20), **{name: rows(6)})}")
    assert len(found.train) + len(found.validation) == 20
    assert found.test.images[:, 0, 0, 0].tolist() == [0, 10, 20, 30, 40, 50]


def test_nothing_is_cut_off_while_another_split_may_be_for_tests(tmp_path):
    for number, names in enumerate((["holdout"], ["valid", "dev"])):
        folder = save_splits(tmp_path / str(number), train=rows(20), **dict.fromkeys(names, rows(6)))
        with pytest.raises(UserError, match=f"has no split test or validation, but {', '.join(names)}: give the one"):
            ArrowFolder(folder)
    both = save_splits(tmp_path / "both", train=rows(20), validation=rows(6), dev=rows(4), extra=rows(2))
    assert ArrowFolder(both).counts == {"train": 20, "validation": 6}


def test_two_names_of_one_split_are_refused(tmp_path):
    with pytest.raises(UserError, match="test and testing mean the same split, test: join them, or"):
        ArrowFolder(save_splits(tmp_path, train=rows(20), test=rows(6), testing=rows(4)))


def test_grey_images_have_one_channel(tmp_path):
    grey = rows(20, (8, 8, 1))
    assert ArrowFolder(save(tmp_path / "grey", grey)).channels == 1
    assert ArrowFolder(save(tmp_path / "mixed", [*grey, *rows(2)])).channels == 3
    assert ArrowFolder(save_splits(tmp_path / "splits", train=grey, test=rows(2))).channels == 3


def test_images_of_the_set_may_be_streamed(tmp_path, monkeypatch):
    folder = save_splits(tmp_path / "leaves", train=rows(20), test=rows(6))
    whole = datasets.load(f"arrow:{folder}")
    monkeypatch.setattr(placement, "memory_limit", lambda: 0)
    streamed = datasets.load(f"arrow:{folder}")
    assert streamed.streamed
    for one, other in zip(streamed.train.take(np.arange(9)), whole.train.take(np.arange(9)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_test_split_without_labels_is_replaced_by_validation_as_of_prepared_sets(tmp_path):
    unlabelled = [(content, -1) for content, _ in rows(4)]
    imagenet = save_splits(tmp_path / "imagenet", train=rows(20), validation=rows(6), test=unlabelled)
    assert datasets.load(f"arrow:{imagenet}").test.labels.tolist() == [0, 1, 0, 1, 0, 1]
    without = save_splits(tmp_path / "without", train=rows(20), test=unlabelled)
    with pytest.raises(UserError, match="no labelled split 'test' or 'validation'"):
        datasets.load(f"arrow:{without}")
    for name, folder in (
        ("dict", save_splits(tmp_path / "dict", train=[*rows(20), (png(1), -1)], test=rows(6))),
        ("one", save(tmp_path / "one", [*rows(20), (png(1), -1)])),
    ):
        with pytest.raises(UserError, match=f"{name}' has training examples without a label"):
            datasets.load(f"arrow:{folder}")
    with pytest.raises(UserError, match="labels from 0 to 1 in every row, or -1 for none"):
        ArrowFolder(save(tmp_path / "below", [*rows(20), (png(1), -2)]))


LABEL = {"_type": "ClassLabel", "names": ["ash", "oak"]}


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({"image": {"_type": "Image"}}, "one column of type ClassLabel, and has 0"),
        ({"image": {"_type": "Image"}, "fine": LABEL, "coarse": LABEL}, "one column of type ClassLabel, and has 2"),
        ({"pixels": {"_type": "Sequence"}, "label": LABEL}, "one column of type Image, and has 0"),
        ({"image": {"_type": "Image"}, "label": {**LABEL, "names": ["ash"]}}, "must be labels from 0 to 0"),
    ],
)
def test_columns_that_are_no_classification_are_named(tmp_path, features, message):
    with pytest.raises(UserError, match=message):
        ArrowFolder(save(tmp_path / "leaves", rows(20), features))


def test_what_is_damaged_is_named(tmp_path):
    folder = save(tmp_path / "cut", rows(20))
    file = folder / "data-00001-of-00002.arrow"
    file.write_bytes(file.read_bytes()[:-300])
    with pytest.raises(UserError, match="data-00001-of-00002.arrow is not a whole Arrow file"):
        ArrowFolder(folder)
    images = [(content if place != 13 else b"no image", label) for place, (content, label) in enumerate(rows(20))]
    with pytest.raises(UserError, match="row 13 of .*leaves"):
        datasets.load(f"arrow:{save(tmp_path / 'leaves', images)}")
    paths = [(None if place == 13 else content, label) for place, (content, label) in enumerate(rows(20))]
    with pytest.raises(UserError, match="row 13: no image, or its path alone"):
        datasets.load(f"arrow:{save(tmp_path / 'paths', paths)}")


def test_what_is_no_such_folder_is_refused_with_what_to_type(tmp_path, monkeypatch):
    with pytest.raises(UserError, match="there is no folder 'nowhere'"):
        datasets.check_dataset("arrow:nowhere", None)
    with pytest.raises(UserError, match="no dataset_dict.json"):
        datasets.check_dataset(f"arrow:{tmp_path}", None)
    folder = save(tmp_path / "leaves", rows(20))
    with pytest.raises(UserError, match=f"type arrow:{folder}"):
        datasets.check_dataset(f"folder:{folder}", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UserError, match="needs pyarrow: type `pip install pyarrow`"):
        datasets.check_dataset(f"arrow:{folder}", None)
