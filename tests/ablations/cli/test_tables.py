"""The tables of the bench on a terminal of 80 columns: no line is longer, and no number is folded."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ablations.cli import views
from ablations.inspection import deploy
from ablations.records import tuning as records_tuning
from ablations.records.store import Store
from ablations.report import tuning
from inception_keras.cli.console import console, print_table
from tests.support.cli import in_process
from tests.support.paths import RESULTS
from tests.support.trials import FC, GAP, TRAINED, fill, fill_rungs, record

NUMBER = re.compile(r"\d[\d.,]*\d|\d")
STUDY = """
from dataclasses import replace
from ablations.study import Claim
from tests.support.trials import TRAINED
STUDY = replace(TRAINED, name="mine", secondary=(Claim("fc overfits", "a paper", variant="fc", metric="top5"),))
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A folder with a study file whose numbers are long, and its records."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "mine.py").write_text(STUDY)
    store = Store(folder / "results" / "mine")
    big = {"params": 138_357_544, "macs": 15_470_264_320, "inference_params": 138_357_544, "head_params": 123_642_856}
    fill_rungs(store, replace(TRAINED, name="mine"), {"gap": GAP, "fc": FC}, **big)
    return folder


def check(narrow: str, wide: str):
    """Whether every line of a table fits 80 columns, and has only numbers that a wide terminal shows too."""
    assert NUMBER.search(narrow)
    assert [line for line in narrow.splitlines() if len(line) > 80 and not line.startswith(("tables:", "page:"))] == []
    assert set(NUMBER.findall(narrow)) <= set(NUMBER.findall(wide))


def both(monkeypatch, *arguments) -> tuple[str, str]:
    """What a command prints at 80 columns and at 300."""
    shown = []
    for width in ("80", "300"):
        monkeypatch.setenv("COLUMNS", width)
        answer = in_process(*arguments)
        assert answer.returncode == 0, answer.stderr
        shown.append(answer.stdout)
    return shown[0], shown[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["report", "mine.py"],
        ["report", "mine.py", "--full"],
        ["claims", "mine.py"],
        ["claims", "mine.py", "--full"],
        ["status", "mine.py"],
        ["simulate", "--repetitions", "100"],
        ["claims", "--out", RESULTS, "gap_vs_fc", "heads"],
    ],
)
def test_a_command_fits_80_columns(results, monkeypatch, arguments):
    monkeypatch.chdir(results)
    if arguments[0] == "list":
        assert max(map(len, both(monkeypatch, "ablations", *arguments)[0].splitlines())) <= 80
    elif arguments[0] == "simulate":  # few draws may break a promise
        monkeypatch.setenv("COLUMNS", "80")
        shown = in_process("ablations", *arguments).stdout
        assert max(map(len, shown.splitlines())) <= 80 and "promised" in shown
        assert not list(results.rglob("simulation.*")), "a quick look replaces no table"
    else:
        check(*both(monkeypatch, "ablations", *arguments))


@pytest.mark.parametrize("arguments", [["list"], ["list", "--full"], ["show", "three_convolutions", "--layers"]])
def test_a_command_of_the_zoo_fits_80_columns(monkeypatch, arguments):
    check(*both(monkeypatch, "inception_keras", *arguments))


@pytest.mark.counts
@pytest.mark.parametrize("arguments", [["verify"], ["show", "googlenet"], ["show", "googlenet", "--full"]])
def test_a_command_that_builds_googlenet_fits_80_columns(monkeypatch, arguments):
    check(*both(monkeypatch, "inception_keras", *arguments))


def drawn(monkeypatch, capsys, show) -> tuple[str, str]:
    """What a function prints at 80 columns and at 300."""
    shown = []
    for width in ("80", "300"):
        monkeypatch.setenv("COLUMNS", width)
        show(console())
        shown.append(capsys.readouterr().out)
    return shown[0], shown[1]


def test_parameters_fit_80_columns(monkeypatch, capsys):
    counts, dense = (pd.read_csv(RESULTS / f"{name}.csv") for name in ("parameters", "fully_connected"))
    check(*drawn(monkeypatch, capsys, lambda screen: views.print_parameters(screen, counts, dense)))


def test_a_plan_fits_80_columns(monkeypatch, capsys, tmp_path):
    from types import SimpleNamespace

    from ablations.records.rounding import Rounding

    long = replace(TRAINED.variants[1], name="fully_connected_4096_twice", why="VGG's head on the trunk of GoogLeNet")
    study = replace(TRAINED, variants=(TRAINED.variants[0], long), claim=None, rungs=(), floor=None)
    cost = SimpleNamespace(params=232_376_856, head_params=226_403_304, macs=1_808_041_984)
    pace = SimpleNamespace(step=123.456, evaluation=1.0, start=1.0)
    data = SimpleNamespace(fingerprint="f", train=range(45_000), validation=range(5000), test=range(10_000))
    data.name, data.version, data.note = "cifar10", "3.0.2", "A copy."
    monkeypatch.setattr(views.forecast, "hours", lambda *_: 1.5)

    def show(screen):
        names = [arm.name for arm in study.arms]
        costs, paces = dict.fromkeys(names, cost), dict.fromkeys(names, pace)
        views.print_plan(screen, study, data, costs, tmp_path, paces, Rounding("tensorflow"))

    check(*drawn(monkeypatch, capsys, show))


def test_a_tuning_and_a_deployment_fit_80_columns(monkeypatch, capsys):
    point = records_tuning.Point("fully_connected_4096", "weight_decay", 0.0005, (81.25, 81.5, 80.75), (), True, False)
    table = tuning.display(records_tuning.Choice("tiny", "full", (point, point), 12, "CPU", None))
    rows = list(table.itertuples(index=False))
    check(*drawn(monkeypatch, capsys, lambda screen: print_table(screen, "tuning", list(table.columns), rows)))
    sizes = {"float32": 929_507_424, "float16": 464_753_712, "int8": 232_376_856}
    footprint = deploy.Footprint("fully_connected_4096", sizes, {"float32": 0.81, "int8": 0.8}, (-0.02, 0.0))
    latencies = [
        deploy.Latency("fully_connected_4096", engine, precision, batch=batch, seconds=np.array([0.0101, 0.0123, 0.2]))
        for batch in deploy.BATCHES
        for engine, precision in (("Keras", "float32"), ("LiteRT", "float32"), ("LiteRT", "int8"))
    ]
    found = deploy.Deployment(
        **{"study": TRAINED, "footprints": [footprint], "latencies": latencies, "seeds": [0], "images": 1000},
        **{"threads": 2, "rounds": 3, "absent": [], "hardware": {}, "versions": {}, "data": {}, "commit": "abc"},
    )
    check(*drawn(monkeypatch, capsys, lambda screen: views.print_deployment(screen, found)))


def test_reasons_of_failures_wrap(monkeypatch, capsys, tmp_path):
    store = fill(Store(tmp_path / "tiny"), TRAINED, {"gap": GAP})
    reason = "loss nan in epoch 1 of 12, after 1,234 steps at a learning rate of 0.4 with a batch of 128 images"
    store.write(record(TRAINED, "fc", 0, None, status="diverged", reason=reason), None)
    rounding = record(TRAINED, "fc", 0).rounding
    check(*drawn(monkeypatch, capsys, lambda screen: views.print_status(screen, TRAINED, tmp_path, rounding)))
