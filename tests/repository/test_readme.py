"""The README is true: its code runs, and its numbers are those of the tables."""

import csv
import re

import pytest

from ablations.report.main_question import SECTION, STUDIES, TRANSFERRED
from ablations.report.readme import HEADS, HOLDS, fill
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
def test_each_row_says_whether_its_interval_holds_the_size_that_is_claimed(name):
    cells = [line.strip("|").split("|") for line in (ROOT / name).read_text().splitlines() if line.startswith("|[")]
    rows = [(re.search(r"\[(.*), (.*)\]", row[1]).groups(), row[3]) for row in cells if len(row) == 5]
    assert len(rows) >= 5
    for (low, high), said in rows:
        assert said == HOLDS[float(low) <= 0.6 <= float(high)]


@pytest.mark.parametrize("name", HEADS)
def test_every_whole_network_that_is_judged_is_in_its_first_sentence(name):
    """A settled answer must not hide an open one on the same trials."""
    rows = csv.DictReader((ROOT / "results" / "claims.csv").read_text().splitlines())
    own = [row for row in rows if row["study"] in STUDIES and row["claimed_effect"] and row["metric"] == "top1"]
    judged = [row for row in own if row["verdict"] not in ("not judged", "not run")]
    text = (ROOT / name).read_text()
    for row in judged:
        assert f"{float(row['effect']):+.2f}" in text.partition("\n|")[0] and row["verdict"] in text.partition("\n|")[0]
    assert judged


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


@pytest.mark.parametrize("name", HEADS)
def test_it_says_what_each_frozen_trunk_answers(name):
    """The answers on two trunks of one study disagree."""
    rows = csv.DictReader((ROOT / "results" / "claims.csv").read_text().splitlines())
    own = [row for row in rows if row["study"] in TRANSFERRED and row["source"].startswith(SECTION) and row["effect"]]
    assert len(own) == 3
    text = (ROOT / name).read_text().partition("\n|")[0]
    for row in own:
        mean = re.escape(f"{float(row['effect']):+.2f}")
        assert re.search(rf"{mean}[^,、]*[(（]{row['verdict']}[)）]", text), "a number stands with its verdict"


def test_the_japanese_one_names_networks_and_arms_in_japanese():
    text = (ROOT / "README.ja.md").read_text()
    made = re.search(r"<!-- results/claims.csv -->\n(.*?)<!-- end -->", text, re.DOTALL)[1]
    assert re.findall(r"\b(?:the|a|of|at|training)\b", made) == []


@pytest.mark.parametrize("name", HEADS)
def test_it_says_what_the_words_of_its_results_mean(name):
    made, _, told = (ROOT / name).read_text().partition("<!-- end -->")
    words = {word for word in ("contradicted", "equivalent", "undecided", "not judged") if word in made}
    assert {word for word in words if f"*{word}*" not in told.lower()} == set()
    assert re.search(r"\*trunk\*|（trunk）", told), "the sentence about frozen trunks"


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
