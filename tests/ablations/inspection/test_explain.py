"""`python -m ablations explain`: from stored weights to a sheet and a table, and what can be missing."""

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from typer.testing import CliRunner

from ablations import studies
from ablations.cli.app import app
from ablations.inspection import explain
from ablations.records.store import Store
from ablations.records.trained_data import check_data
from ablations.records.weights import kept_trials
from ablations.training import networks
from inception_keras import UserError
from tests.support.bench import QUICK
from tests.support.trials import fill

STUDY = replace(QUICK, seeds=1)


@pytest.fixture(scope="module")
def data(data_dir):
    from ablations.data import datasets

    return datasets.load("digits", data_dir=data_dir, image_size=32, fraction=0.2, augmentation=("crop",))


@pytest.fixture(scope="module")
def results(data, tmp_path_factory):
    """The results folder with one record per variant and its weights, as a run stores them."""
    out = tmp_path_factory.mktemp("results")
    store = fill(Store(out / "tiny"), STUDY, {"gap": [80], "fc": [79]}, data=data.describe())
    (store.folder / "weights").mkdir()
    for record in store.load():
        arm = next(arm for arm in STUDY.arms if arm.name == record["variant"])
        model = networks.build(STUDY, arm, data.image_shape, data.classes)
        draw = np.random.default_rng(0)
        for weight in model.trainable_weights:
            weight.assign(weight + draw.normal(0, 0.1, weight.shape))
        model.save_weights(store.folder / "weights" / f"{record['address']}.weights.h5")
    return out


def test_the_command_writes_a_sheet_and_a_table(results, data_dir, data, monkeypatch):
    monkeypatch.setattr(studies, "load", lambda name: STUDY)
    options = ["--out", str(results), "--data-dir", str(data_dir), "--images", "5", "--rows", "2"]
    answer = CliRunner().invoke(app, ["explain", "tiny", *options])
    assert answer.exit_code == 0, answer.output
    for words in ("gain over random maps", "5 test images of digits", "1 seed a variant; 95% over images", "sheet.png"):
        assert words in answer.output, words
    folder = results / "tiny" / "explanation"
    images, table = pd.read_csv(folder / "images.csv"), pd.read_csv(folder / "table.csv").set_index("variant")
    assert len(images) == 10 and list(images["image"].unique()) == [0, 90, 180, 269, 359]
    assert images[["probability", "deletion", "insertion"]].stack().between(0, 1).all()
    gains = images.pivot(index="image", columns="variant", values="gain")
    assert table.loc["fc", "gain_difference"] == pytest.approx((gains["fc"] - gains["gap"]).mean(), abs=1e-5)
    assert table.loc["fc", "gain_difference_low"] < table.loc["fc", "gain_difference"]
    assert pd.isna(table.loc["gap", "gain_difference"])
    assert "| gap " in (folder / "table.md").read_text()
    with Image.open(folder / "sheet.png") as sheet:  # two rows, each with an image and two variants
        assert sheet.size[0] > 3 * 250 and sheet.size[1] > 2 * 250


def test_intervals_over_images_and_over_seeds():
    scores = np.random.default_rng(0).normal(1, 0.2, (1, 40))
    low, high = explain.mean_interval(scores)
    reach = 2.0227 * scores.std(ddof=1) / np.sqrt(40)  # Student's t, 39 degrees of freedom
    assert (low, high) == pytest.approx((scores.mean() - reach, scores.mean() + reach), abs=1e-4)
    apart = np.concatenate([scores, scores + 1])
    low, high = explain.mean_interval(apart)
    assert low < 0 < 3 < high  # two seeds a point apart leave a wide interval


def test_what_is_missing(results, data, tmp_path):
    check_data(STUDY, results / "tiny", data.describe())
    with pytest.raises(UserError, match="holds results of other digits data .* now other"):
        check_data(STUDY, results / "tiny", {**data.describe(), "fingerprint": "other"})
    with pytest.raises(
        UserError, match=f"no weights of the variants gap, fc: type .* --out {tmp_path / 'none'}` first"
    ):
        kept_trials(STUDY, Store(tmp_path / "none" / "tiny"), "explain")


def test_weights_of_another_variant_are_refused(results, data):
    (found,) = kept_trials(STUDY, Store(results / "tiny"), "explain")["fc"]
    images, _ = data.test.take(np.arange(2))
    with pytest.raises(UserError, match="belongs to another model"):
        explain.explain_variant(STUDY, STUDY.arms[0], {0: found.weights}, data, images)


def test_a_sheet_of_grey_images_and_long_names():
    from inception_keras.explain.sheet import Column, draw_sheet

    images, maps = np.zeros((2, 8, 8, 1), "uint8"), np.zeros((2, 8, 8))
    maps[0, 2:4, 2:4] = 1
    maps[1] = -1  # only evidence against the class
    drawn = draw_sheet(images, ["one", "two"], [Column("a" * 60, maps, ["a class " * 12, "b"])], note="A note. " * 20)
    pixels = np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")).astype(int)
    coloured = np.ptp(pixels, axis=2).max(axis=1) > 30
    rows = np.flatnonzero(coloured)
    assert rows.size and rows[-1] < len(pixels) / 2  # only the upper row is coloured
