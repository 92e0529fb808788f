"""The simulations with few draws; `python -m ablations simulate` draws 2,000 times."""

import numpy as np
import pytest

from ablations.cli.tables import DRAWS
from ablations.report.simulation import write_simulation
from ablations.statistics import comparison, simulation

PROMISES = list(simulation.questions())


@pytest.mark.parametrize("number", range(len(PROMISES)), ids=[f"{q.promise} n={q.seeds}" for q in PROMISES])
def test_promises_are_kept(number, monkeypatch):
    question = PROMISES[number]
    if "Welch" in question.promise:  # of which only the interval is asked for: permutations would take most of the time
        monkeypatch.setattr(comparison, "exchange", lambda *arms: 1.0)
    slow = "images" in question.promise or "Welch" in question.promise or "Holm" in question.promise
    repetitions = 150 if slow else 600
    rng = np.random.default_rng([1, number])
    share = sum(question.draw(rng) for _ in range(repetitions)) / repetitions
    chance = 2 * (question.high * (1 - question.high) / repetitions) ** 0.5  # two standard errors of so few draws
    assert question.low - chance <= share <= question.high + chance


def test_a_broken_promise_is_seen():
    """Four tests at 5% without Holm's correction err in more than 5% of the families."""
    rng = np.random.default_rng(0)
    wrong = simulation.Question("uncorrected", 10, 0.0, 0.065, lambda rng: min(_p_values(rng)) < 0.05)
    share = sum(wrong.draw(rng) for _ in range(300)) / 300
    assert share > wrong.high + 0.03


def _p_values(rng):
    baseline = rng.normal(80, 0.3, 10)
    return [simulation.compare(baseline, rng.normal(80, 0.3, 10)).p_value for _ in range(4)]


def test_bounds_are_wider_for_fewer_draws():
    """Of 100 intervals that cover with 95%, 99 or 91 may cover: their share has a standard error of 2%."""
    question = simulation.Question("covers", 8, 0.92, 0.97, lambda rng: True)
    assert question.bounds(simulation.DRAWS) == question.bounds(10_000) == (0.92, 0.97)
    low, high = question.bounds(100)
    assert 0.87 < low < 0.89 and 0.99 < high < 1
    assert simulation.Question("never", 8, 0.0, 1.0, lambda rng: True).bounds(100) == (0.0, 1.0)
    assert simulation.DRAWS == DRAWS, "the command has a copy, since it must not load SciPy to show its help"


def test_the_answers_have_the_skill_that_they_are_drawn_with():
    easy, hard = simulation.answers(np.random.default_rng(0), 200, (0.8, 0.0))
    assert easy.mean() == pytest.approx(0.788, abs=0.05), "Phi(0.8)"
    assert hard.mean() == pytest.approx(0.5, abs=0.08)


def test_the_page_says_what_was_drawn(monkeypatch, tmp_path):
    always = simulation.Question("always", 8, 0.9, 1.0, lambda rng: True)
    never = simulation.Question("never", 8, 0.9, 1.0, lambda rng: False)
    monkeypatch.setattr(simulation, "questions", lambda: iter([always, never]))
    shares = simulation.simulate(10)
    assert shares["kept"].tolist() == [True, False]
    write_simulation(shares, tmp_path)
    assert "100.0%" in (tmp_path / "simulation.md").read_text()
    assert {path.name for path in tmp_path.iterdir()} == {"simulation.csv", "simulation.md"}
