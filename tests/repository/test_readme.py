"""The README is true: its code runs, and its numbers are those of the tables."""

import csv
import re

import pytest

from ablations import studies
from ablations.report.readme import CLAIMED, HEADS, claimed_size, fill
from inception_keras import zoo
from tests.support.commands import group
from tests.support.paths import ROOT

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("name", HEADS)
def test_it_has_the_results(name):
    text = (ROOT / name).read_text()
    assert fill(text, name) == text, "stale: type `make tables`"
    assert "gap_vs_fc" in text and "+2.89 [+2.46, +3.33]" in text
    assert "inf]" not in text, "a study of one pair has no interval"


@pytest.mark.parametrize("name", HEADS)
def test_it_says_whether_the_first_interval_holds_the_size_that_is_claimed(name):
    row = {"verdict": "undecided", "claimed_effect": "-0.6", "effect_low": "0.1", "effect_high": "1.0"}
    held, left_out = (CLAIMED[name][holds].format("0.6") for holds in (True, False))
    assert claimed_size(row, name) == held
    assert claimed_size({**row, "effect_high": "0.5"}, name) == left_out
    assert claimed_size({**row, "verdict": "not judged"}, name) == ""
    assert claimed_size({**row, "claimed_effect": ""}, name) == ""
    low, high = re.search(r"\[([+-][\d.]+), ([+-][\d.]+)\]", text := (ROOT / name).read_text()).groups()
    assert (held if float(low) <= 0.6 <= float(high) else left_out) in text


@pytest.mark.parametrize("name", HEADS)
def test_it_is_short(name):
    text = (ROOT / name).read_text()
    assert len(text) < 9000 and 80 <= text.count("\n") <= 120
    assert max(len(line) for line in text.splitlines() if line.startswith("|")) <= 100


def test_its_large_numbers_are_in_the_tables():
    tables = "\n".join(path.read_text() for path in ROOT.glob("results/*.md"))
    tables += "\n".join(path.read_text() for path in ROOT.glob("results/*/summary.md"))
    written = set(re.findall(r"\d{1,3}(?:,\d{3}){2,}", README))
    assert written
    assert {number for number in written if number not in tables} == set()


@pytest.mark.parametrize(("name", "words"), [("README.md", "which disagree"), ("README.ja.md", "食い違います")])
def test_its_row_of_two_trunks_is_of_the_first_of_two_that_disagree(name, words):
    study = studies.load("heads_on_trunks")
    trunks = {str(study.toggles(arm)["weights"]) for arm in study.arms}
    rows = list(csv.DictReader((ROOT / "results" / "claims.csv").read_text().splitlines()))
    own = [row["verdict"] for row in rows if row["study"] == study.name and "flat" in row["variant"]]
    assert len(trunks) == len(own) == len(set(own)) == 2
    assert words in (ROOT / name).read_text()


@pytest.mark.parametrize("block", BLOCKS[:2], ids=["model", "study"])
def test_its_examples_run(block, monkeypatch):
    create = zoo.create_model
    without_network = {"weights": None}
    monkeypatch.setattr(zoo, "create_model", lambda name, **options: create(name, **{**options, **without_network}))
    names = {}
    exec(block, names)
    assert {"model", "STUDY"} & set(names)


def test_its_commands_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make ([a-z-]+)", README, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for package, command in re.findall(r"^python -m (\w+) (\w+)", README, re.MULTILINE):
        assert command in group(package).commands, f"{package} {command}"
