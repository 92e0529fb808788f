"""The speed benchmarks: alternating rounds, medians and ratios, the same work for all contestants."""

import json
import re
import shlex
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise

import keras
import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from benchmarks import __main__ as main
from benchmarks import clock, engines, folder, ours, page, plain, profile, side_by_side, table, whole
from benchmarks.__main__ import app
from benchmarks.cases import AUX_WEIGHT, CASES, LEARNING_RATE, MOMENTUM, Case, select
from benchmarks.contestants import CONTESTANTS, Contestant, choose
from benchmarks.process import Failed
from benchmarks.profile import Operation
from inception_keras import GoogLeNet, complexity
from inception_keras.errors import UserError
from tests.support.paths import ROOT

TINY = Case(
    name="tiny",
    why="A few milliseconds",
    work="train",
    contestants=("fast", "slow", "broken", "dies", "careless", "absent"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.03125},
    side=32,
    batch=4,
    classes=10,
)
FAKES = {name: Contestant("tests.support.contestants", name, "") for name in TINY.contestants}
FAKES["absent"] = Contestant("tests.support.contestants", "", "", ("no_such_package",))
MACHINE = folder.Machine("a chair", "avx2", "python 3")
ORIGIN = folder.Origin("What it is", "abc", 0.0)


def timings(contestant, seconds, **changes):
    """Rounds of 10 steps of 32 images."""
    row = {"case": "c", "unit": "images/s", "contestant": contestant, "steps": 10, "images": 32, "macs": None}
    row |= {"params": 7, "device": "cpu"} | changes
    return [{**row, "round": number + 1, "seconds": value} for number, value in enumerate(seconds)]


def summary(*parts):
    made = table.summarize(pd.DataFrame([row for part in parts for row in part]))
    return made.set_index("contestant")


def rendered(rows, **origins):
    return page.render(table.summarize(rows), table.against_best(rows), MACHINE, origins)


@pytest.fixture
def same_machine(monkeypatch):
    """Stands in for this machine and its commit, which other work may change meanwhile."""
    monkeypatch.setattr(folder, "this_machine", lambda: MACHINE)
    monkeypatch.setattr(whole, "commit", lambda: "older")


def test_medians_and_ratios():
    found = summary(timings("ours", [1, 2, 4], macs=1e6), timings("keras", [2, 5, 4]))
    assert found.loc["ours", ["median", "low", "high", "rounds"]].tolist() == [160, 80, 320, 3]
    assert found.loc["keras", "median"] == 80
    assert found["ahead"].to_dict() == {"ours": 1, "keras": 2}  # by round 2, 2.5 and 1


def test_a_step_of_several_seeds_is_worth_its_images():
    found = summary(timings("scan", [1, 1], macs=1e6), timings("seeds", [2, 2], images=4 * 32, macs=4e6))
    assert found["median"].to_dict() == {"scan": 320, "seeds": 640}
    assert found.loc["seeds", "ahead"] == 0.5


def test_seconds_are_of_the_whole_and_less_is_better():
    found = summary(timings("ours", [10, 12, 14], unit="s"), timings("keras", [20, 24, 42], unit="s"))
    assert found["median"].to_dict() == {"ours": 12, "keras": 24}
    assert found.loc["keras", "ahead"] == 2


def test_the_share_of_the_peak_is_of_the_better_product():
    products = [
        timings(name, [seconds] * 3, macs=1e6, images=None, params=None)
        for name, seconds in (("matrix_product", 1), ("matrix_product_torch", 0.5))
    ]
    found = summary(timings("ours", [4, 4, 4], macs=2e6), timings("keras", [8, 8, 8]), *products)
    assert found.loc["matrix_product_torch", "median"] == 2e7  # multiply-adds per second
    assert found["share_of_peak"].to_dict() == {
        "ours": 0.25, "keras": 0.125, "matrix_product": 0.5, "matrix_product_torch": 1,
    }  # fmt: skip
    assert found["ahead"].isna().to_dict() == {
        "ours": False, "keras": False, "matrix_product": True, "matrix_product_torch": True,
    }  # fmt: skip


def test_other_networks_are_no_peers():
    with pytest.raises(ValueError, match="c: not the same network"):
        summary(timings("ours", [1]), timings("keras", [1], params=8))


def test_a_round_that_a_peer_missed_counts_for_neither():
    found = summary(timings("ours", [1, 1, 9]), timings("keras", [2, 2]))
    assert found.loc["keras", ["ahead", "rounds"]].tolist() == [2, 2]


def test_the_best_of_each_are_compared_round_by_round():
    parts = [
        timings("ours", [4, 4, 4]),
        timings("ours_openvino", [1, 2, 4]),
        timings("ours_side_by_side", [0.1] * 3),  # two networks at once, so it is not in it
        timings("keras", [9, 9, 9]),
        timings("torchvision_openvino", [2, 5, 4]),
        timings("matrix_product", [0.1] * 3),
        timings("ours", [1], case="alone"),
    ]
    found = table.against_best(pd.DataFrame([row for part in parts for row in part]))
    assert found.to_dict("records") == [
        {"case": "c", "ours": "ours_openvino", "other": "torchvision_openvino", "ahead": 2}
    ]


def test_seconds_of_a_program_are_compared_as_speeds():
    both = pd.DataFrame(timings("ours", [10] * 3, unit="s") + timings("torchvision", [5] * 3, unit="s"))
    assert table.against_best(both)["ahead"].tolist() == [0.5]


def test_the_page_says_what_it_is_worth():
    made = pd.DataFrame(timings("ours", [1, 2, 4]) + timings("keras", [2, 4, 8]))
    text = rendered(made, c=replace(ORIGIN, busy=0.5, notes=("torch is left out",)))
    for part in (
        "a chair",
        "processor: avx2",
        "Commit: abc\n",
        "## The best of each",
        "× 2.00",
        "Fewer than 5 rounds",
        "busy with other work",
        "- torch is left out",
    ):
        assert part in text
    calm = pd.DataFrame(timings("ours", [1] * 5))
    page_of_steps = rendered(calm, c=ORIGIN)
    assert "**" not in page_of_steps and "load (s)" not in page_of_steps


def test_rounds_alternate_and_failures_cost_no_other(tmp_path):
    told = []
    text = whole.run([TINY], FAKES, rounds=3, seconds=0.01, out=tmp_path, tell=told.append)
    rows = pd.read_csv(tmp_path / "timings.csv")
    assert rows["contestant"].tolist() == ["fast", "slow", "slow", "fast", "fast", "slow"]
    found = pd.read_csv(tmp_path / "table.csv").set_index("contestant")
    assert 2 < found.loc["slow", "ahead"] < 20  # 10 on a machine that wakes in time
    assert found.loc["fast", "median"] < TINY.batch / 0.002
    for reason in (
        "tiny: broken is left out: ValueError: two",
        "tiny: dies is left out: its process ended with 7",
        "tiny: careless is left out: say it in one line",
        "absent left out: no_such_package not installed; pip install -e '.[export]'",
    ):
        assert reason in text
        assert any(reason in sentence for sentence in told)


def test_a_fresh_process_each_round():
    case = replace(TINY, work="start", contestants=("fast",))
    rows, notes = clock.measure(case, {"fast": FAKES["fast"]}, rounds=2, seconds=9)
    assert [row["steps"] for row in rows] == [1, 1]
    for row in rows:
        assert row["load"] > 0.05  # Python itself
        assert row["step"] >= 0.002  # it sleeps that long
        # the first step takes as long as the second and what tracing adds
        assert row["seconds"] == pytest.approx(row["load"] + row["build"] + row["trace"] + row["step"], abs=0.05)
    assert not notes
    text = rendered(pd.DataFrame(rows), tiny=ORIGIN)
    assert "load (s)" in text and "trace (s)" in text


def test_ratios_to_nothing_are_none(tmp_path):
    with pytest.raises(UserError, match="nothing could be timed: .*broken is left out"):
        whole.run([replace(TINY, contestants=("broken", "fast"))], FAKES, rounds=1, seconds=0.01, out=tmp_path)


def test_unknown_names_and_missing_data_are_one_line(tmp_path):
    with pytest.raises(UserError, match="unknown case 'tarin_\\*': .*allowed are"):
        select(["tarin_*"])
    with pytest.raises(UserError, match="unknown contestant 'kears': .*did you mean 'keras'"):
        choose(["ours", "keras"], ["kears"])
    arguments = ["run", "--cases", "epoch_cifar10", "--data-dir", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "tfds build cifar10" in done.stderr


@pytest.mark.usefixtures("same_machine")
def test_a_later_run_takes_the_place_of_its_own_cases_alone(tmp_path, monkeypatch):
    """Also those of another commit: the ratios of a case are of one run, and the page names both commits."""
    both = [replace(TINY, name=name, contestants=("fast",)) for name in ("first", "second")]
    whole.run(both, FAKES, rounds=2, seconds=0.01, out=tmp_path)
    before = pd.read_csv(tmp_path / "timings.csv")
    monkeypatch.setattr(whole, "commit", lambda: "newer")
    text = whole.run([replace(both[1], why="Again")], FAKES, rounds=3, seconds=0.01, out=tmp_path)
    after = pd.read_csv(tmp_path / "timings.csv")
    assert after["case"].tolist() == ["first"] * 2 + ["second"] * 3
    assert after[:2].equals(before[:2])
    assert "- Commit: older (first); newer (second)\n" in text and "Again." in text
    assert (tmp_path / "table.md").read_text() == text
    assert pd.read_csv(tmp_path / "table.csv")["case"].tolist() == ["first", "second"]


@pytest.mark.usefixtures("same_machine")
def test_a_case_that_fails_now_keeps_its_earlier_rounds(tmp_path):
    whole.run([replace(TINY, contestants=("fast",))], FAKES, rounds=2, seconds=0.01, out=tmp_path)
    before = (tmp_path / "timings.csv").read_text()
    with pytest.raises(UserError, match="broken is left out"):
        whole.run([replace(TINY, contestants=("broken",))], FAKES, rounds=1, seconds=0.01, out=tmp_path)
    assert (tmp_path / "timings.csv").read_text() == before


@pytest.mark.usefixtures("same_machine")
def test_times_of_two_machines_are_not_put_into_one_table(tmp_path, monkeypatch):
    tiny = replace(TINY, contestants=("fast",))
    whole.run([tiny], FAKES, rounds=1, seconds=0.01, out=tmp_path)
    monkeypatch.setattr(folder, "this_machine", lambda: replace(MACHINE, versions="python 4"))
    with pytest.raises(UserError, match="other versions, 'python 3' and here 'python 4'.*choose another --out"):
        whole.run([tiny], FAKES, rounds=1, seconds=0.01, out=tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [("timings.csv", ""), ("timings.csv", "a,b\n1,2\n"), ("about.json", ""), ("about.json", '{"cases": []}')],
)
@pytest.mark.usefixtures("same_machine")
def test_a_foreign_table_is_not_written_over(tmp_path, name, content):
    tiny = replace(TINY, contestants=("fast",))
    whole.run([tiny], FAKES, rounds=1, seconds=0.01, out=tmp_path)
    (tmp_path / name).write_text(content)
    with pytest.raises(UserError, match="is not a table of this bench"):
        whole.run([tiny], FAKES, rounds=1, seconds=0.01, out=tmp_path)
    assert (tmp_path / name).read_text() == content


def test_the_committed_tables_are_made_of_their_rounds():
    found = sorted((ROOT / "results" / "benchmarks").rglob("timings.csv"))
    assert found
    for path in found:
        about = json.loads((path.parent / "about.json").read_text())
        kept = folder.measured(
            path.parent, folder.Machine(**{key: about[key] for key in ("hardware", "instructions", "versions")})
        )
        made = page.render(table.summarize(kept.rounds), table.against_best(kept.rounds), kept.machine, kept.origins)
        assert (path.parent / "table.md").read_text() == made, path.parent
        assert (path.parent / "about.json").read_text() == kept.files()["about.json"]


@pytest.mark.parametrize(("case", "folder"), [("first_step", "riscv64"), ("gpu_train_small_128", "gpu")])
def test_a_table_lies_under_the_kind_of_its_processor(monkeypatch, tmp_path, case, folder):
    found = []
    monkeypatch.setattr(main, "processor_kind", lambda: "riscv64")
    monkeypatch.setattr(whole, "run", lambda cases, contestants, *, out, **options: found.append(out) or "")
    monkeypatch.setattr(page, "busy", float)
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(app, ["run", "--cases", case]).exit_code == 0
    assert found == [main.RESULTS / folder]


def test_a_pattern_names_the_cases_of_the_device_if_it_has_any(monkeypatch):
    monkeypatch.setattr(main, "gpus", list)
    monkeypatch.setenv("KERAS_BACKEND", keras.backend.backend())
    assert {case.device for case in main._cases(["*_small_*"], None)} == {"cpu"}
    assert {case.device for case in main._cases(["*_small_*"], "gpu")} == {"gpu"}
    assert {case.device for case in main._cases(["gpu_train_small_128"], None)} == {"gpu"}
    assert main._cases(None, None) == [case for case in CASES if case.device == "cpu"]


def test_cases_and_contestants_fit():
    assert len({case.name for case in CASES}) == len(CASES)
    for case in CASES:
        assert set(case.contestants) <= set(CONTESTANTS)
    assert [case.name for case in select(["quickstart", "train_paper_*"])] == [
        "train_paper_float32", "train_paper_bfloat16", "quickstart",
    ]  # fmt: skip
    assert choose(("ours", "keras", "torchvision"), ["torchvision"]) == ["ours", "torchvision"]


def test_networks_side_by_side_are_timed_as_one(monkeypatch):
    monkeypatch.setattr(side_by_side, "CONTESTANTS", FAKES)
    monkeypatch.setattr(side_by_side, "usable_cores", lambda: (0, 0))
    task = side_by_side.prepare(TINY, "slow")
    assert (task.images, task.macs, task.params) == (2 * TINY.batch, 2000, 1)
    assert task.device == "a chair, 2 at once"
    begun = time.perf_counter()
    task.run(10)
    assert 0.2 <= time.perf_counter() - begun < 0.39  # 20 ms a step: at once, not one after the other
    with pytest.raises(Failed, match="ValueError: two"):
        side_by_side.prepare(TINY, "broken")


@pytest.mark.parametrize("form", ["paper", "batchnorm"])
def test_plain_keras_is_the_same_network(form):
    case = replace(TINY, base={**TINY.base, "preset": form})
    mine = GoogLeNet(input_shape=(32, 32, 3), classes=10, classifier_activation=None, **case.base)
    theirs = plain.build(case)
    assert complexity(theirs).params == complexity(mine).params
    own = {type(layer) for layer in theirs.layers if type(layer).__module__.split(".")[0] != "keras"}
    assert own == ({plain.NaiveResponseNormalization} if form == "paper" else set())
    theirs.set_weights(mine.get_weights())
    images = 20 * np.random.default_rng(0).normal(size=(2, 32, 32, 3)).astype("float32")  # enough for LRN to matter
    np.testing.assert_allclose(theirs(images), mine(images), rtol=1e-3, atol=1e-4)


def test_a_layer_that_nobody_put_back_is_named():
    class Fast(keras.layers.Layer):
        pass

    with pytest.raises(TypeError, match="what is Fast in plain Keras"):
        plain.put_back(Fast())


def test_ours_trains_as_a_trial_does(data_dir):
    case = replace(TINY, work="epoch", dataset="digits", fraction=0.2, data_dir=str(data_dir), augmentation=("crop",))
    task = ours.prepare(case, "feed")
    assert task.steps == 1294 // 5 // TINY.batch  # nine tenths of 1,437 images train
    assert task.images == TINY.batch and task.macs % (3 * TINY.batch) == 0  # forward, and twice that backward
    task.run(2)


def test_ours_has_the_recipe_of_the_peers():
    recipe = ours.study(TINY).recipe
    assert (recipe.learning_rate, recipe.momentum, recipe.aux_weight) == (LEARNING_RATE, MOMENTUM, AUX_WEIGHT)
    assert recipe.weight_decay == 0


@pytest.mark.parametrize("work", ["infer", pytest.param("seed", marks=pytest.mark.slow)])
def test_plain_keras_does_the_same_work(work):
    plain.prepare(replace(TINY, work=work), "").run(1)


@pytest.mark.skipif(bool(CONTESTANTS["torchvision"].missing), reason="the extra `bench` is not installed")
@pytest.mark.parametrize("work", ["train", "infer", "seed"])
@pytest.mark.parametrize("form", ["paper", "batchnorm"])
def test_torchvision_has_the_same_network(form, work):
    from benchmarks import peers

    case = replace(TINY, work=work, base={**TINY.base, "preset": form}, precision="bfloat16")
    task = peers.prepare(case, "channels_last")
    task.run(1)
    assert task.params == complexity(plain.build(case)).params


@pytest.mark.parametrize("name", ["ours_onnxruntime", "ours_openvino", "torchvision_openvino"])
def test_an_engine_has_the_same_network(name):
    contestant = CONTESTANTS[name]
    if contestant.missing:
        ours = name.startswith("ours")
        pytest.skip(
            f"{name} is not installed: pip install -e '.[export]'" if ours else "the extra `bench` is not installed"
        )
    task = engines.prepare(replace(TINY, work="infer"), contestant.setting)
    task.run(1)
    assert task.params == complexity(plain.build(TINY)).params


def test_the_commands_of_the_page_on_speed_parse():
    text = (ROOT / "docs" / "how_to" / "speed.md").read_text()
    commands = [shlex.split(line) for line in text.splitlines() if line.startswith("python -m benchmarks run")]
    assert commands
    for command in commands:
        for option, value in pairwise(command):
            if option == "--cases":
                assert select([value])


def test_a_profile_sums_the_operations_of_a_step_by_kind():
    ran = [Operation("_MklNativeConv2D", 0.002), Operation("_FusedConv2D", 0.004), Operation("Softmax", 0.002)]
    found = profile.by_kind(iter(ran), steps=2)
    assert found.to_dict("list") == {
        "kind": ["convolution", profile.REST],
        "ms": [pytest.approx(3.0), pytest.approx(1.0)],
        "share": [0.75, 0.25],
        "operations": [1.0, 0.5],
    }
    text = profile.render("c", profile.cells(found), profile.pace(TINY, 0.25), MACHINE, ORIGIN)
    assert re.search(r"\| convolution +\| +3.0 \| +75% \| +1 \|", text)
    assert "takes 250 ms on one core: 16 images a second" in text and "a chair" in text


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the trace is TensorFlow's")
def test_a_profile_of_a_network_has_its_convolutions(monkeypatch):
    monkeypatch.setattr(profile.Resources, "take", lambda self: None)  # would keep this process on one core
    found, seconds = profile.profile(TINY, steps=2)
    by_kind = found.set_index("kind")
    layers = len([layer for layer in GoogLeNet(**TINY.base).layers if isinstance(layer, keras.layers.Conv2D)])
    assert by_kind.loc["convolution: gradient of the weights", "operations"] == layers
    assert by_kind.loc["normalisation: gradient", "operations"] == layers
    assert found["share"].sum() == pytest.approx(1)
    assert 0 < found["ms"].sum() / 1000 < 20 * seconds


def test_a_case_that_has_no_profile_is_refused_with_those_that_have():
    answer = CliRunner().invoke(app, ["profile", "infer_small_float32"])
    assert isinstance(answer.exception, UserError)
    allowed = str(answer.exception).partition("allowed are")[2]
    assert "'train_small_float32'" in allowed and "infer" not in allowed and "gpu" not in allowed
