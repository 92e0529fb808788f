"""A NumPy file in the form of `keras.datasets` is a data set."""

import numpy as np
import pytest

from ablations.data import datasets
from inception_keras import UserError


def arrays(channels=(), **changes):
    draw = np.random.default_rng(0)
    made = {}
    for part, count in (("train", 40), ("test", 10)):
        made[f"x_{part}"] = draw.integers(0, 256, (count, 6, 5, *channels), np.uint8)
        made[f"y_{part}"] = np.arange(count)[:, None] % 2
    return {name: array for name, array in {**made, **changes}.items() if array is not None}


def load(folder, content):
    np.savez(folder / "mine.npz", **content)
    return datasets.load(f"numpy:{folder / 'mine.npz'}")


@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,)])
def test_images_are_read_as_they_are(tmp_path, channels):
    content = arrays(channels)
    found = load(tmp_path, content)
    assert found.image_shape == (6, 5, *(channels or (1,)))
    np.testing.assert_array_equal(found.test.images.reshape(content["x_test"].shape), content["x_test"])
    np.testing.assert_array_equal(found.test.labels, content["y_test"][:, 0])
    assert (len(found.train), len(found.validation), found.class_names) == (36, 4, ("0", "1"))


def test_classes_may_have_names_and_the_place_does_not_matter(tmp_path):
    content = arrays(class_names=np.array(["cat", "dog"]))
    found = load(tmp_path, content)
    (tmp_path / "other").mkdir()
    assert found.class_names == ("cat", "dog")
    assert load(tmp_path / "other", content).fingerprint == found.fingerprint


def test_a_class_with_a_name_needs_no_training_images(tmp_path):
    labels = {"y_train": np.arange(40) % 2 + 1, "y_test": np.arange(10) % 2 + 1}
    found = load(tmp_path, arrays(**labels, class_names=np.array(["none", "cat", "dog"])))
    assert (found.classes, sorted(set(found.train.labels.tolist()))) == (3, [1, 2])


@pytest.mark.parametrize(
    ("stored", "names"),
    [
        (np.array([b"katze", "hündin".encode()]), ("katze", "hündin")),
        (np.array([3, 5]), ("3", "5")),
    ],
)
def test_names_of_classes_may_be_bytes_or_numbers(tmp_path, stored, names):
    assert load(tmp_path, arrays(class_names=stored)).class_names == names


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_test": None}, "has no array x_test"),
        ({"x_train": np.ones((40, 6, 5))}, r'got float64 \(40, 6, 5\): multiply by 255, then .astype\("uint8"\)$'),
        ({"x_train": np.full((40, 6, 5, 3), 255.0)}, r'got float64 \(40, 6, 5, 3\): .astype\("uint8"\)$'),
        ({"x_test": np.full((10, 6, 5), -1)}, r"got int64 \(10, 6, 5\): bring them to 0 to 255, then .astype"),
        ({"x_train": np.full((40, 6, 5), np.nan)}, "bring them to 0 to 255"),
        ({"x_train": np.zeros((40, 6, 5, 2), np.uint8)}, r"x_train must be uint8.*; got uint8 \(40, 6, 5, 2\)$"),
        ({"x_train": np.full((40, 6, 5), "a")}, r"got <U1 \(40, 6, 5\)$"),
        ({"y_train": np.zeros(3, int)}, r"y_train must be 40 whole numbers .*; got int64 \(3,\)$"),
        ({"y_train": np.eye(40, dtype=int)[:, :10]}, r"got int64 \(40, 10\): if they are one-hot, .argmax\(1\)$"),
        ({"y_train": np.zeros(40)}, r'got float64 \(40,\): .astype\("int64"\)$'),
        ({"y_train": np.full(40, 0.5)}, r"got float64 \(40,\)$"),
        ({"y_train": np.full(40, -1)}, r"got int64 \(40,\), from -1$"),
        ({"y_test": None}, "y_test must be 10 whole numbers.*got none"),
        ({"x_test": np.zeros((10, 5, 5), np.uint8)}, r"differ in shape: \(6, 5\) and \(5, 5\)"),
        ({"y_train": np.arange(40) % 2 + 1, "y_test": np.arange(10) % 2 + 1}, "no image of y_train has the label 0: "),
        ({"y_train": np.arange(40) % 3 * 2}, "labels go up to 4, and no image of y_train has the label 1: number"),
        ({"y_test": np.arange(10) % 3}, "no image of y_train has the label 2: .*, or name all 3 in class_names$"),
        ({"class_names": np.array(["cat"])}, "labels up to 1 need as many classes"),
        ({"class_names": np.array("cat")}, r"class_names must be one name per class, \(classes,\); got <U3 \(\)"),
        ({"class_names": np.array([["cat", "dog"]])}, r"class_names must be one name per class.*\(1, 2\)"),
        ({"class_names": np.array([b"cat", b"\xff"])}, "class_names must be text or UTF-8 bytes"),
        ({"class_names": np.array(["cat", "dog", "cat"])}, "class_names must differ; 'cat' stands there more than"),
    ],
)
def test_arrays_of_another_form_are_refused(tmp_path, changes, message):
    with pytest.raises(UserError, match=message):
        load(tmp_path, arrays(**changes))


def test_files_that_are_missing_or_damaged_are_refused(tmp_path):
    with pytest.raises(UserError, match="there is no file"):
        datasets.load(f"numpy:{tmp_path / 'none.npz'}")
    (tmp_path / "mine.npz").write_bytes(b"PK")
    with pytest.raises(UserError, match="is not an .npz file of numbers .File is not a zip file.: write one with"):
        datasets.load(f"numpy:{tmp_path / 'mine.npz'}")
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(UserError, match="one.npy is not an .npz file of numbers .File is not a zip file.: write"):
        datasets.load(f"numpy:{tmp_path / 'one.npy'}")


def test_arrays_of_python_objects_are_refused_in_the_words_of_the_file(tmp_path):
    content = arrays(y_train=np.array([None] * 40, object))
    with pytest.raises(UserError, match="numbers .y_train: it has an array of Python objects .object..: write one"):
        load(tmp_path, content)
