"""The ImageNet studies from the command line: planned without the data, run on a few images in its layout."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ablations.data import datasets
from tests.support import imagenet
from tests.support.cli import in_process
from tests.support.paths import ROOT

SMALL = {
    **{"image_size": 64, "stem": "small", "stem_stride": 2, "width": 0.03125, "branches": "1x1"},
    **{"epochs": 1, "validation": 0.1},
}


def settings(**changed):
    return [part for name, value in {**SMALL, **changed}.items() for part in ("--set", f"{name}={value}")]


def test_it_is_planned_without_the_data(tmp_path):
    small = settings(batch_size=8)
    answer = in_process(
        "ablations", "plan", "imagenet", *small, "--data-dir", tmp_path / "none", "--out", tmp_path / "out"
    )
    assert answer.returncode == 0, answer.stderr
    for words in (
        "imagenet2012 (not prepared): 1,153,050 training, 128,117 validation, 50,000 test images",
        "timed on random images",
        "time: about",
        "seconds per",
        "detectable with 10 seeds",
    ):
        assert words in answer.stdout.replace("\n", " "), words


def test_it_does_not_run_without_the_data(tmp_path):
    answer = in_process("ablations", "run", "imagenet", "--data-dir", tmp_path, "--out", tmp_path)
    assert answer.returncode == 2
    assert "tfds build imagenet2012" in answer.stderr and answer.stderr.count("\n") == 1


def test_the_whole_path_on_a_few_images(tmp_path):
    imagenet.small(tmp_path / "data")
    options = ("--seeds", 1, "--jobs", 0, "--data-dir", tmp_path / "data", "--out", tmp_path / "out")
    answer = in_process("ablations", "run", "imagenet", *settings(), *options)
    assert answer.returncode == 0, answer.stderr
    folder = tmp_path / "out" / "imagenet"
    records = [json.loads(path.read_text()) for path in sorted(folder.glob("records/*.json"))]
    assert [record["variant"] for record in records] == ["fc_1024", "gap"]
    for record in records:
        assert record["status"] == "done", record["reason"]
        assert record["data"]["streamed"] is True
        assert record["data"]["counts"] == {"train": 180, "validation": 20, "test": 40}
        assert record["data"]["classes"] == 1000 and record["data"]["image_shape"] == [64, 64, 3]
        assert record["configuration"]["recipe"]["augmentation"] == ["inception_crop", "flip"]
        assert set(record["metrics"]["test"]) >= {"top1", "top5", "loss"}
    assert "fc_1024" in (folder / "summary.md").read_text()
    assert "imagenet2012 5.1.0" in (folder / "summary.md").read_text()


def test_data_damaged_while_training_ends_the_run_with_one_line(tmp_path, monkeypatch):
    version = imagenet.small(tmp_path / "data")
    file = version / "imagenet2012-train.array_record-00001-of-00003"
    size, load = file.stat().st_size, datasets.load

    def then_damage(*arguments, **keywords):
        data = load(*arguments, **keywords)
        with file.open("r+b") as damaged:
            damaged.write(bytes(size // 3000 * 3000 - 3000))
        return data

    monkeypatch.setattr(datasets, "load", then_damage)
    where = ("--data-dir", tmp_path / "data", "--out", tmp_path / "out", "--jobs", 0)
    answer = in_process("ablations", "run", "imagenet", *settings(), "--seeds", 1, *where)
    assert answer.returncode == 2, answer.stderr
    assert "damaged data set" in answer.stderr.splitlines()[-1] and file.name in answer.stderr.splitlines()[-1]


# Streams the data set in argv[1] for an epoch and prints by how many bytes the peak of memory grew.
EPOCH = """
import re, sys
from pathlib import Path
import numpy, PIL.Image, tensorflow_datasets, grain
from ablations.data import datasets
def peak():  # not by getrusage, whose peak includes that of the parent process
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
before = peak()
augmentation = ("inception_crop", "flip")
data = datasets.load("imagenet2012", data_dir=sys.argv[1], image_size=224, augmentation=augmentation)
assert data.streamed
seen = sum(len(labels) for _, labels in datasets.training_batches(data.train, 32, seed=0, epoch=0,
                                                                 augmentation=augmentation))
assert seen == len(data.train) // 32 * 32
seen = sum(len(labels) for _, labels in datasets.evaluation_batches(data.validation, 32))
print((peak() - before) * 1024)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux says there what a process held at most")
def test_an_epoch_of_2_gigabytes_holds_under_1(tmp_path):
    noise = [imagenet.noise(n) for n in range(16)]  # 400 kB each: as hard to decode as photographs of that size
    count = -(-2_000_000_000 // sum(map(len, noise)) * 16)
    train = [(noise[n % 16], n % 10) for n in range(count)]
    version = imagenet.prepare(tmp_path, {"train": train, "validation": train[:40]}, num_shards=8)
    assert sum(path.stat().st_size for path in version.glob("*train*")) >= 2_000_000_000
    answer = subprocess.run([sys.executable, "-c", EPOCH, tmp_path], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    grown = int(answer.stdout)
    print(f"{grown / 1e6:.0f} MB")
    assert grown < 1_000_000_000
