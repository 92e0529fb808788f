"""What a variant costs when deployed: from stored weights to bytes, int8 accuracy, latency and sentences."""

import os
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ablations.cli.app import app
from ablations.inspection import deploy, latency, quantization
from ablations.records.rounding import Rounding
from ablations.records.store import Store
from ablations.records.weights import kept_trials
from ablations.report import deployment
from ablations.statistics.bootstrap import crossed_interval
from ablations.study import Recipe, Study, Trial, Variant
from ablations.training import networks
from ablations.training.evaluation import evaluate
from inception_keras import UserError
from inception_keras.export import formats
from tests.support import trials
from tests.support.exports import liven

pytestmark = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="Keras exports on TensorFlow")

SMALL = """
from ablations.study import Recipe, Study, Variant
STUDY = Study(
    name="small", question="Does pooling weigh less?", dataset="digits", image_size=32, fraction=0.2,
    recipe=Recipe(epochs=1, batch_size=32, augmentation=("crop",), precision="bfloat16"),
    base={"model": "three_convolutions", "head": "gap", "width": 0.4},
    variants=(Variant("gap"), Variant("fc", {"head": "fc", "fc_units": (32,)}, "the other head")),
    seeds=2,
)
"""
_names: dict = {}
exec(SMALL, _names)
STUDY: Study = _names["STUDY"]
WILD = Variant("wild", {"dropout": 0.9}, "one that diverges")


def write_trained(store: Store, study: Study, variant: str, seed: int, model=None) -> Path:
    """Writes a finished trial's record and weights as a run does; returns the path of the weights."""
    record = trials.record(study, variant, seed)
    store.prepare()
    store.write(record, trials.answers(0.8, seed))
    path = store.folder / "weights" / f"{record['address']}.weights.h5"
    path.parent.mkdir(exist_ok=True)
    model.save_weights(path) if model else path.touch()
    return path


def write_diverged(store: Store):
    """Writes records of a variant that diverged for every seed."""
    study = replace(STUDY, variants=(*STUDY.variants, WILD))
    store.prepare()
    for seed in range(2):
        store.write(trials.record(study, "wild", seed, None, status="diverged", reason="loss nan"), None)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory, data_dir):
    """The command's output, the results folder, and top-1 of both variants for seed 0; a third variant diverged."""
    from ablations.data import datasets

    folder = tmp_path_factory.mktemp("deployed")
    (folder / "small.py").write_text(SMALL.replace('"the other head"))', f'"the other head"), {WILD!r})'))
    write_diverged(Store(folder / "results" / "small"))
    data = datasets.load("digits", data_dir=data_dir, image_size=32, fraction=0.2)
    images = quantization.calibration_images(STUDY, data)
    keras.utils.set_random_seed(0)
    models = {}
    for arm in STUDY.arms:
        plain = replace(STUDY, recipe=replace(STUDY.recipe, precision="float32"))
        models[arm.name] = liven(networks.build(plain, arm, data.image_shape, data.classes), images)
        write_trained(Store(folder / "results" / "small"), STUDY, arm.name, 0, models[arm.name])
    cores, before = (os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None), Path.cwd()
    os.chdir(folder)
    try:
        command = ["deploy", "small.py", "--data-dir", str(data_dir), "--threads", "1", "--rounds", "3"]
        answer = CliRunner().invoke(app, command)
    finally:
        os.chdir(before)
        if cores:
            os.sched_setaffinity(0, cores)
    assert answer.exit_code == 0, answer.output
    top1 = {name: evaluate(model, data.test, 32).metrics["top1"] for name, model in models.items()}
    return answer.stdout, folder / "results" / "small", top1


def test_deploy_writes_one_number_per_row(deployed):
    _, folder, top1 = deployed
    table = pd.read_csv(folder / "deployment.csv")
    for variant in ("gap", "fc"):
        own = table[table["variant"] == variant]
        sizes = own[own["measure"] == "bytes"].set_index("precision")["value"]
        assert sizes["int8"] < sizes["float16"] < sizes["float32"]
        accuracy = own[own["measure"] == "top1"].set_index("precision")["value"]
        assert accuracy["float32"] == pytest.approx(top1[variant])
        change = own[own["measure"] == "top1_change"].iloc[0]
        assert change["value"] == pytest.approx(accuracy["int8"] - accuracy["float32"], abs=1e-7)
        assert change["low"] < change["value"] < change["high"]
        assert abs(change["value"]) < 0.1, "int8 stays close to float32"
        times = own[own["measure"] == "seconds"]
        assert {"Keras", "LiteRT"} <= set(times["engine"])
        assert set(times["batch"]) == {1, 32}
        assert (times["low"] <= times["value"]).all()
        assert (times["value"] <= times["high"]).all()
    weights = table[(table["measure"] == "bytes") & (table["precision"] == "float32")].set_index("variant")["value"]
    assert weights["fc"] > weights["gap"]


def test_deploy_tells_what_it_found(deployed):
    printed, folder, _ = deployed
    page = (folder / "deployment.md").read_text()
    assert "At batch 1 in float32 " in printed and "Left out, since every trial diverged: wild." in printed
    for words in (
        "At batch 1 in float32 ",
        "Average pooling: fc beside gap on a small device (LiteRT, int8): ",
        "int8 − float32 (points) [95%]",
        "1 threads on as many cores",
        "over images (one seed)",
        "- Hardware: ",
        "tensorflow 2.",
        "360 test images",
        "Left out, since every trial diverged: wild.",
    ):
        assert words in page, words
    for form in formats.FORMATS.values():
        measured = f"| {form.engine} " in page
        missing = f"{form.engine} was not measured: " in page
        assert form.name == "saved_model" or measured != missing


def test_weights_of_another_network_are_refused(tmp_path, data_dir, deployed):
    folder = tmp_path / "small"
    other = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
    for arm in STUDY.arms:
        write_trained(Store(folder), STUDY, arm.name, 0, other)
    kept = kept_trials(STUDY, Store(folder), "deploy")["gap"][0]
    from ablations.data import datasets

    data = datasets.load("digits", data_dir=data_dir, image_size=32, fraction=0.2)
    with pytest.raises(UserError, match="belongs to another model"):
        deploy.load_network(STUDY, STUDY.baseline, kept, data)


def test_what_to_type_where_no_weights_are_kept(tmp_path):
    store = Store(tmp_path / "results" / "small")
    with pytest.raises(UserError, match=r"the variants gap, fc: type .* run small.py --reduced --keep-weights"):
        kept_trials(STUDY, store, "deploy", ["small.py", "--reduced"])
    for variant in ("gap", "fc"):
        store.prepare()
        store.write(trials.record(STUDY, variant, 0), trials.answers(0.8, 0))
    with pytest.raises(UserError, match="a trial that is done is not run again.*--out OTHER"):
        kept_trials(STUDY, store, "deploy")
    write_trained(store, STUDY, "gap", 0)
    with pytest.raises(UserError, match="no weights of the variant fc, and"):
        kept_trials(STUDY, store, "deploy")
    write_trained(store, STUDY, "fc", 1)
    with pytest.raises(UserError, match="no weights of one seed of all variants"):
        kept_trials(STUDY, store, "deploy")
    write_trained(store, STUDY, "gap", 1)
    found = kept_trials(STUDY, store, "deploy")
    assert {name: [one.trial.seed for one in own] for name, own in found.items()} == {"gap": [1], "fc": [1]}


def test_a_variant_that_diverged_is_left_out(tmp_path):
    store = Store(tmp_path / "small")
    for variant in ("gap", "fc"):
        write_trained(store, STUDY, variant, 0)
    write_diverged(store)
    with_wild = replace(STUDY, variants=(*STUDY.variants, WILD))
    assert list(kept_trials(with_wild, store, "deploy")) == ["gap", "fc"]
    lost = Store(tmp_path / "lost")
    lost.prepare()
    lost.write(trials.record(STUDY, "gap", 0, None, status="diverged", reason="loss nan"), None)
    with pytest.raises(UserError, match="every trial of gap diverged: there is no baseline to explain"):
        kept_trials(STUDY, lost, "explain")


def test_weights_from_a_gpu_are_found(tmp_path):
    """Several steps per dispatch change the address of a trial, not the kind of its weights."""
    store = Store(tmp_path / "small")
    store.prepare()
    (store.folder / "weights").mkdir()
    for arm in STUDY.arms:
        address = Rounding("jax", dispatch="scan").address(Trial(STUDY, arm, 0))
        store.write(trials.record(STUDY, arm.name, 0, backend="jax", address=address), trials.answers(0.8, 0))
        (store.folder / "weights" / f"{address}.weights.h5").touch()
    assert [len(own) for own in kept_trials(STUDY, store, "explain").values()] == [1, 1]


def test_weights_of_a_changed_study_are_not_taken(tmp_path):
    store = Store(tmp_path / "small")
    for variant in ("gap", "fc"):
        write_trained(store, replace(STUDY, recipe=Recipe(epochs=9)), variant, 0)
    with pytest.raises(UserError, match="holds no weights"):
        kept_trials(STUDY, store, "deploy")


def test_the_interval_of_a_change():
    right = np.arange(1000) < 800
    same = quantization.change_interval(right[None], right[None])
    assert same.low == -same.high
    assert 0 < same.high < 0.005, "no answer changed, but 1,000 images do not exclude a small change"
    worse = right.copy()
    worse[:30] = False
    low, high = quantization.change_interval(right[None], worse[None])
    assert low < -0.03 < high < 0
    # half an image added to each cell: (0.5 - 30.5) / 1002, and its standard error
    assert (low + high) / 2 == pytest.approx(-30 / 1002)
    assert (high - low) / 2 == pytest.approx(1.959964 * np.sqrt((31 / 1002 - (30 / 1002) ** 2) / 1002), rel=1e-4)
    seeds = np.array([right, right]), np.array([worse, right])
    bootstrap, both = crossed_interval(*seeds), quantization.change_interval(*seeds)
    assert both.low <= bootstrap.low < bootstrap.high <= both.high
    alike = quantization.change_interval(np.array([right, right]), np.array([worse, worse]))
    assert alike.low <= low < high <= alike.high, "a second seed that loses the same images narrows nothing"


def test_the_interval_holds_the_change_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        draws = rng.random(300)
        before, after = draws > 0.05, ~((draws > 0.05) & (draws < 0.07))  # lost 2%, won 5%: 3 points
        low, high = quantization.change_interval(before[None], after[None])
        held += low <= 0.03 <= high
    assert 0.92 <= held / 400 <= 0.99


class Clocked:
    """An engine whose calls take the given seconds on a fake clock."""

    def __init__(self, clock: list, seconds):
        self.clock, self.seconds, self.calls = clock, iter(seconds), 0

    def predict_on_batch(self, images):
        self.calls += 1
        self.clock[0] += next(self.seconds)


def test_latency_is_the_median_of_a_round_after_a_call_to_warm_up(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(latency.time, "perf_counter", lambda: clock[0])
    slow_start = [9.0] + 2 * [5.0, 0.1, 0.2, 0.9]  # first tracing, then per round a warm-up and three calls
    engines = {"a": Clocked(clock, slow_start), "b": Clocked(clock, [0.02] * 100)}
    times = latency.measure_latency(engines, np.zeros((1, 2, 2, 3)), rounds=2)
    np.testing.assert_allclose(times["a"], [0.2, 0.2])
    np.testing.assert_allclose(times["b"], [0.02, 0.02])
    assert engines["b"].calls == 1 + 2 * (1 + 3), "as many calls as fill 0.05 seconds, at least three"


def made(seconds: dict) -> deploy.Deployment:
    """A deployment with the given seconds by (variant, engine, precision), the same at every batch."""
    study = Study(
        name="s",
        question="?",
        dataset="digits",
        recipe=Recipe(epochs=1),
        base={"stem": "small"},
        variants=(Variant("gap"), Variant("fc", {"head": "fc"})),
    )
    weights = {"gap": 100_000, "fc": 250_000}
    return deploy.Deployment(
        study=study,
        footprints=[
            deploy.Footprint(
                name,
                {"float32": 4 * size, "float16": 2 * size, "int8": size},
                {"float32": 0.9, "int8": 0.89},
                quantization.Interval(-0.02, 0.0),
            )
            for name, size in weights.items()
        ],
        latencies=[
            deploy.Latency(*key, batch=batch, seconds=np.array(values))
            for batch in deploy.BATCHES
            for key, values in seconds.items()
        ],
        seeds=[0, 1],
        images=1000,
        threads=2,
        rounds=3,
        absent=["OpenVINO was not measured"],
        hardware={"processor": "CPU", "cores": 2, "memory_gib": 8, "accelerators": [], "backend": "tensorflow"},
        versions={"keras": "3"},
        data={"name": "digits", "version": "1", "note": "", "image_shape": [8, 8, 1]},
        commit="abc",
    )


def test_answers_follow_from_the_numbers():
    seconds = {
        (name, engine, precision): factor * np.array([0.010, 0.011, 0.012])
        for name, slower in (("gap", 1), ("fc", 1.5))
        for engine, precision, factor in (
            ("Keras", "float32", 4 * slower),
            ("LiteRT", "float32", slower),
            ("LiteRT", "int8", 0.5 * slower),
        )
    }
    fast, _, pooling = deployment.answers(made(seconds))
    assert fast.startswith("At batch 1 in float32 the fastest engine here is LiteRT: Keras takes 4.00 [4.00 to 4.00]")
    assert "2.50 times the bytes (100,000 to 250,000); 1.50 [1.50 to 1.50] times the time at batch 1;" in pooling
    assert pooling.startswith("Average pooling: ")
    seconds["gap", "Keras", "float32"] = seconds["fc", "Keras", "float32"] = np.array([0.011, 0.011, 0.5])
    seconds["fc", "LiteRT", "int8"] = np.array([0.004, 0.006, 0.006])
    fast, _, pooling = deployment.answers(made(seconds))
    assert "are not told apart by the rounds: " in fast
    assert "at batch 1, not told apart by the rounds" in pooling
    page = deployment.deployment_page(made(seconds))
    assert "400,000" in page
    assert "-1.00 [-2.00, +0.00]" in page
    assert "over seeds and images" in page
    assert "- OpenVINO was not measured" in page


def test_threads_are_pinned_to_as_many_cores(monkeypatch):
    asked = []
    monkeypatch.setattr(latency.os, "sched_getaffinity", lambda _: {3, 1, 2}, raising=False)
    monkeypatch.setattr(latency.os, "sched_setaffinity", lambda _, cores: asked.append(cores), raising=False)
    assert [latency.pin(2), latency.pin(None), latency.pin(8)] == [2, 3, 3]
    assert asked == [[1, 2], [1, 2, 3], [1, 2, 3]]
