"""Prepared sets: found without importing TFDS, read in both formats; for damage the error says what to do."""

import json
from pathlib import Path

import numpy as np
import pytest

from ablations.data import datasets, placement, tfds_reader
from inception_keras.errors import UserError
from tests.support.cli import run_python
from tests.support.data import WITHOUT_TENSORFLOW


class TestFinding:
    def test_the_environment_says_where(self, monkeypatch, tmp_path):
        monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
        assert tfds_reader.data_directory() == tmp_path
        assert tfds_reader.data_directory("elsewhere") == Path("elsewhere"), "the argument takes precedence"
        monkeypatch.delenv("TFDS_DATA_DIR")
        assert tfds_reader.data_directory() == Path.home() / "tensorflow_datasets", "the default of TFDS"

    def test_versions_and_configurations(self, tmp_path):
        for path in ("plain/1.9.0", "plain/1.10.0", "many/small/1.0.0", "many/large/1.0.0", "plain/incomplete.X_2.0.0"):
            (tmp_path / path).mkdir(parents=True)
            (tmp_path / path / "dataset_info.json").write_text("{}")
        assert tfds_reader.find_prepared("plain", tmp_path).name == "1.10.0", "the newest by number, not alphabetically"
        assert tfds_reader.find_prepared("plain:1.9.0", tmp_path).name == "1.9.0"
        assert tfds_reader.find_prepared("many/small", tmp_path) == tmp_path / "many" / "small" / "1.0.0"
        with pytest.raises(UserError, match="name one of 'many/large', 'many/small'"):
            tfds_reader.find_prepared("many", tmp_path)
        with pytest.raises(UserError, match="did you mean 'plain'"):
            tfds_reader.find_prepared("PLAIN", tmp_path)
        with pytest.raises(UserError, match="did you mean 'cifar10'"):
            tfds_reader.find_prepared("CIFAR10", tmp_path)
        with pytest.raises(UserError, match="did you mean 'many/small'"):
            tfds_reader.find_prepared("many/smal", tmp_path)
        with pytest.raises(UserError, match="'plain' is prepared in .* in version 1.10.0 and 1.9.0, not 2.0.0"):
            tfds_reader.find_prepared("plain:2.0.0", tmp_path)
        with pytest.raises(UserError, match="data set name '../plain'"):
            tfds_reader.find_prepared("../plain", tmp_path)

    def test_the_folder_of_one_set_is_told_from_that_of_sets(self, tmp_path):
        for name, path in (("plain", "plain/1.0.0"), ("many", "many/small/1.0.0"), ("many", "many/large/1.0.0")):
            (tmp_path / path).mkdir(parents=True)
            (tmp_path / path / "dataset_info.json").write_text(json.dumps({"name": name}))
        assert tfds_reader.data_directory(tmp_path) == tmp_path
        for inside in ("plain", "plain/1.0.0", "many", "many/small", "many/small/1.0.0"):
            with pytest.raises(UserError, match=f"is the folder of one data set, {inside},.* to {tmp_path}$"):
                datasets.load("digits", data_dir=tmp_path / inside)
        assert not list(tmp_path.rglob("digits")), "nothing is prepared inside a set"

    def test_a_relative_folder_of_one_set(self, tmp_path, monkeypatch):
        (tmp_path / "plain" / "1.0.0").mkdir(parents=True)
        (tmp_path / "plain" / "1.0.0" / "dataset_info.json").write_text(json.dumps({"name": "plain"}))
        monkeypatch.chdir(tmp_path / "plain")
        with pytest.raises(UserError, match=f"^. is the folder of one data set, plain, .*{tmp_path}$"):
            datasets.check_dataset("plain", ".")

    @pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
    def test_a_name_that_no_folder_can_have(self, tmp_path, name):
        with pytest.raises(UserError, match="the folder of data sets .* can't be read .*: set --data-dir") as caught:
            datasets.load("digits", data_dir=f"{tmp_path}/{name}")
        assert "\0" not in str(caught.value)

    @pytest.mark.parametrize("address", ["gs://bucket/data", "s3://bucket"])
    def test_an_address_keeps_its_slashes(self, monkeypatch, address):
        with pytest.raises(UserError, match=f"^{address} is not a folder of this machine"):
            datasets.check_dataset("cifar10", address)
        monkeypatch.setenv("TFDS_DATA_DIR", address)
        with pytest.raises(UserError, match=f"^{address} is not"):
            datasets.load("digits")

    @pytest.mark.parametrize("name", ["cifar10", "leaves"])
    def test_unprepared_is_an_error_within_two_seconds(self, tmp_path, name):
        code = f"""
import sys, time; start = time.perf_counter()
from ablations.data import datasets
from inception_keras.errors import UserError
try:
    datasets.load({name!r}, data_dir={str(tmp_path)!r})
except UserError as error:
    print(time.perf_counter() - start); print(error); print("tensorflow_datasets" in sys.modules)
"""
        seconds, message, imported = run_python(code).stdout.splitlines()
        assert imported == "False"
        assert float(seconds) < 2, "measured from before the first import, in a fresh process"
        assert f"tfds build {name} --data_dir {tmp_path}" in message
        assert "--data-dir" in message and "TFDS_DATA_DIR" in message and "'digits'" in message

    def test_a_misspelt_name_gets_the_nearest(self, tmp_path):
        with pytest.raises(UserError, match="did you mean 'cifar10'.*tfds build cifar10 "):
            datasets.load("cifra10", data_dir=tmp_path)

    def test_a_set_outside_the_catalogue_is_not_promised_to_be_built(self, tmp_path):
        message = (
            "'digits'; if you prepared it elsewhere, .*; if it is in the catalogue of TFDS, type: tfds build leaves "
        )
        with pytest.raises(UserError, match=message):
            datasets.load("leaves", data_dir=tmp_path)
        message = "'digits'; if you .*; to download and prepare it, type: tfds build imagenette/160px-v2 "
        with pytest.raises(UserError, match=message):
            datasets.load("imagenette/160px-v2", data_dir=tmp_path)

    def test_a_path_without_its_prefix_gets_it(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        for folder in ("pics", "saved", "sets/plain/1.0.0"):
            (tmp_path / folder).mkdir(parents=True)
        for file in ("ok.npz", "saved/state.json", "sets/plain/1.0.0/dataset_info.json"):
            (tmp_path / file).write_text("{}")
        names = {
            "pics": "folder:pics",
            "saved": "arrow:saved",
            "ok.npz": "numpy:ok.npz",
            f"{tmp_path}/pics": "folder:/",
        }
        for name, meant in names.items():
            with pytest.raises(UserError, match=f"did you mean '{meant}"):
                datasets.check_dataset(name, tmp_path / "data")
        for name in ("sets/plain", "none.npz"):
            with pytest.raises(UserError) as caught:
                datasets.check_dataset(name, tmp_path / "data")
            assert "did you mean" not in str(caught.value)


class TestReading:
    def test_tfrecord_gives_what_array_record_gives(self, digits_data, tfrecord_dir):
        read = datasets.load("digits", data_dir=tfrecord_dir)
        assert read.fingerprint == digits_data.fingerprint, "pixels and labels of all splits, in order"
        np.testing.assert_array_equal(read.train.ids, digits_data.train.ids)

    def test_too_large_tfrecord_gives_the_command_that_converts(self, tfrecord_dir, monkeypatch):
        monkeypatch.setattr(placement, "memory_limit", lambda: 1797 * 64 - 1)
        command = (
            f"tfds convert_format --dataset_version_dir {tfrecord_dir}/digits/1.0.0 --out_file_format array_record"
        )
        with pytest.raises(UserError, match=command):
            datasets.load("digits", data_dir=tfrecord_dir)
        monkeypatch.setattr(placement, "memory_limit", lambda: 1797 * 64)
        assert len(datasets.load("digits", data_dir=tfrecord_dir).test) == 360, "the limit itself still fits"

    def test_too_large_array_record_is_streamed(self, data_dir, monkeypatch):
        monkeypatch.setattr(placement, "memory_limit", lambda: 50_000)
        assert datasets.load("digits", data_dir=data_dir).streamed
        assert not datasets.load("digits", data_dir=data_dir, fraction=0.1).streamed, "a fraction needs less memory"

    def test_memory_limit_is_a_share_of_the_available(self, monkeypatch):
        whole = placement.memory_limit()
        monkeypatch.setattr(placement, "MEMORY_SHARE", placement.MEMORY_SHARE / 10)
        assert 0 < placement.memory_limit() < whole / 5

    def test_a_set_converted_in_place_is_read_as_array_record(
        self, digits_copy, tfrecord_dir, digits_data, monkeypatch
    ):
        # tfds convert_format keeps tfrecord as the default format and lists the other one as an alternative.
        root, version = digits_copy
        told = json.loads((version / "dataset_info.json").read_text())
        told |= {"fileFormat": "tfrecord", "alternativeFileFormats": ["array_record"]}
        (version / "dataset_info.json").write_text(json.dumps(told))
        monkeypatch.setattr(tfds_reader.Prepared, "_read_in_order", lambda *_: pytest.fail("read as TFRecord"))
        assert datasets.load("digits", data_dir=root).fingerprint == digits_data.fingerprint

    def test_works_without_tensorflow(self, tmp_path, digits_data):
        code = f"""{WITHOUT_TENSORFLOW}
from ablations.data import datasets
data = datasets.load("digits", data_dir={str(tmp_path)!r})
images, labels = next(iter(datasets.training_batches(data.train, 4, seed=0, epoch=0)))
print(images.shape, data.fingerprint, "tensorflow" in sys.modules)
"""
        done = run_python(code)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split("\n")[-2] == f"(4, 8, 8, 1) {digits_data.fingerprint} False", (
            "prepared, read and batched"
        )

    def test_tfrecord_without_tensorflow_gives_the_command(self, tfrecord_dir):
        code = f"""{WITHOUT_TENSORFLOW}
from ablations.data import datasets
datasets.load("digits", data_dir={str(tfrecord_dir)!r})
"""
        last = run_python(code).stderr.strip().splitlines()[-1]
        assert "UserError" in last and "needs TensorFlow" in last and "tfds convert_format" in last

    def test_loading_array_record_does_not_import_tensorflow(self, data_dir):
        code = f"""
import sys
from pathlib import Path
from ablations.data import datasets
print({{"tensorflow_datasets", "grain", "sklearn"}} & set(sys.modules))
datasets.load("digits", data_dir={str(data_dir)!r})
print("tensorflow" in sys.modules)
"""
        assert run_python(code).stdout.split() == ["set()", "False"], "a fast start, and all GPU memory for JAX"


class TestDamage:
    RECORDS = "digits-train.array_record-00000-of-00001"

    @pytest.mark.parametrize("keep", [0, 0.5, 0.999])
    def test_truncated_records(self, digits_copy, keep):
        root, version = digits_copy
        content = (version / self.RECORDS).read_bytes()
        (version / self.RECORDS).write_bytes(content[: int(len(content) * keep)])
        with pytest.raises(UserError, match=f"damaged.*{self.RECORDS}"):
            datasets.load("digits", data_dir=root)

    def test_overwritten_records(self, digits_copy):
        root, version = digits_copy
        content = bytearray((version / self.RECORDS).read_bytes())
        middle = len(content) // 2
        content[middle : middle + 500] = bytes(500)
        (version / self.RECORDS).write_bytes(content)
        with pytest.raises(UserError, match=f"damaged.*{self.RECORDS}"):
            datasets.load("digits", data_dir=root)

    def test_missing_records(self, digits_copy):
        root, version = digits_copy
        (version / self.RECORDS).unlink()
        with pytest.raises(UserError, match=f"damaged.*{self.RECORDS}"):
            datasets.load("digits", data_dir=root)

    @pytest.mark.parametrize("file", ["dataset_info.json", "features.json"])
    @pytest.mark.parametrize("content", ['{"name": ', "[]", ""])
    def test_wrong_json(self, digits_copy, file, content):
        root, version = digits_copy
        (version / file).write_text(content)
        with pytest.raises(UserError, match=f"damaged.*{version}"):
            datasets.load("digits", data_dir=root)

    def test_a_damaged_image_is_named(self, data_dir, monkeypatch):
        whole = tfds_reader.Prepared.images

        def images(self, split, ids):
            for index, encoded in zip(ids.tolist(), whole(self, split, ids), strict=True):
                yield encoded[:60] if (split, index) == ("test", 17) else encoded

        monkeypatch.setattr(tfds_reader.Prepared, "images", images)
        with pytest.raises(UserError, match="damaged.*image 17 of split 'test'.*replace that first.*prepare"):
            datasets.load("digits", data_dir=data_dir)
