"""A run of the benchmarks adds to the folder of an earlier one, or leaves it as it is."""

from dataclasses import replace

import pandas as pd
import pytest

from benchmarks import folder, whole
from inception_keras.errors import UserError
from tests.support.benchmarks import FAKES, MACHINE, TINY


@pytest.fixture
def same_machine(monkeypatch):
    """Stands in for this machine and its commit, which other work may change meanwhile."""
    monkeypatch.setattr(folder, "this_machine", lambda: MACHINE)
    monkeypatch.setattr(whole, "commit", lambda: "older")


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
    tiny = replace(TINY, contestants=("fast",))
    whole.run([tiny], FAKES, rounds=2, seconds=0.01, out=tmp_path)
    before = (tmp_path / "timings.csv").read_text()
    with pytest.raises(UserError, match="fast is left out"):
        whole.run([tiny], {"fast": FAKES["broken"]}, rounds=2, seconds=0.01, out=tmp_path)
    assert (tmp_path / "timings.csv").read_text() == before


@pytest.mark.parametrize(
    ("case", "rounds", "lost"),
    [(TINY, 1, "2 rounds of tiny"), (replace(TINY, contestants=("fast",)), 2, "slow of tiny")],
)
@pytest.mark.usefixtures("same_machine")
def test_a_look_does_not_take_the_place_of_a_measurement(tmp_path, case, rounds, lost):
    whole.run([replace(TINY, contestants=("fast", "slow"))], FAKES, rounds=2, seconds=0.01, out=tmp_path)
    before = (tmp_path / "timings.csv").read_text()
    with pytest.raises(UserError, match=f"has {lost}, and this run would put less.*choose another --out"):
        whole.run([case], FAKES, rounds=rounds, seconds=0.01, out=tmp_path)
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
