"""How many seeds a difference takes."""

import numpy as np
import pytest

from ablations.evidence import planning
from ablations.foreign.arms import read_arms
from ablations.statistics import (
    compare,
    detectable_difference,
    equivalence,
    equivalence_seeds,
    level_within,
    required_seeds,
)
from inception_keras import UserError


def test_a_stated_spread_is_planned_with():
    found = planning.plan(0.4, -0.6)
    assert found == planning.Plan(0.6, required_seeds(0.4, 0.6), equivalence_seeds(0.4, 0.6, alpha=level_within()))
    assert planning.plan(0.4, 0.6, 0.8).to_show < found.to_show
    assert planning.plan(0.4, 0.6, tests=4).to_exclude > found.to_exclude


@pytest.mark.parametrize("tests", [1, 4])
def test_as_many_seeds_do_show_that_equal_arms_are_within(tests):
    """By the rule of a verdict: the 95% interval lies within, and the one-sided tests survive the correction."""
    n, rng, kept = planning.plan(0.4, 0.6, tests=tests).to_exclude, np.random.default_rng(0), 0
    for _ in range(2000):
        found = compare(*rng.normal(0, 0.4, (2, n)))
        kept += max(-found.low, found.high) < 0.6 and tests * equivalence(found, 0.6).p_value < 0.05
    assert 0.77 < kept / 2000 < 0.88


@pytest.mark.parametrize(
    "numbers",
    [(0, 1), (-1, 1), (1, 0), (1, float("nan")), (float("inf"), 1), (1, 1e-9), (1, 1e-200), (1e200, 1), (1, 1, 1)],
)
def test_numbers_out_of_range_are_refused(numbers):
    with pytest.raises(UserError):
        planning.plan(*numbers)


def answers(folder, name, lost):
    path = folder / f"{name}.csv"
    path.write_text("example,correct\n" + "".join(f"q{n},{int(n >= lost)}\n" for n in range(200)))
    return path


def test_the_spread_of_single_runs_is_one_over_examples(tmp_path):
    old, new = answers(tmp_path, "old", 30), answers(tmp_path, "new", 10)
    (found,) = planning.spreads(read_arms([old, new]))
    assert (found.over, found.n, found.counted) == ("examples", 200, "200 examples")
    assert found.sd == pytest.approx(100 * (0.1 * 0.9 * 200 / 199) ** 0.5)
    assert "points over 200 examples" in found.origin
    assert planning.plan(found.per_arm, 5, over=found.over).over == "examples"
    with pytest.raises(UserError, match="takes over 1,000,000 examples$"):
        planning.plan(found.per_arm, 0.01, over=found.over)
    with pytest.raises(UserError, match="old is one run with 200 examples: give the answers of a second arm"):
        planning.spreads(read_arms([old]))
    few = [tmp_path / f"few_{name}.csv" for name in ("a", "b")]
    for path in few:
        path.write_text("example,correct\n0,1\n1,0\n")
    with pytest.raises(UserError, match="a spread takes 3 examples or more, not 2"):
        planning.spreads(read_arms(few))


def test_the_spread_of_several_runs_with_answers_is_one_over_seeds(tmp_path):
    rows = "".join(
        f"{arm},{seed},{n},{(n * (seed + 3) + len(arm)) % 3 % 2}\n"
        for arm in ("old", "wide")
        for seed in range(4)
        for n in range(20)
    )
    (tmp_path / "a.csv").write_text(f"run,seed,example,correct\n{rows}")
    (found,) = planning.spreads(read_arms([tmp_path / "a.csv"]))
    assert (found.over, found.counted) == ("seeds", "4 runs")


def test_the_spread_of_results_is_that_of_their_differences(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("seed,old,new\n" + "".join(f"{n},{80 + n},{81 + n + n % 2}\n" for n in range(8)))
    (found,) = planning.spreads(read_arms([path]))
    assert found.sd == pytest.approx(0.5345, abs=1e-4)
    assert "correlation" in found.origin
    assert found.detectable == detectable_difference(found.sd, 8)
    path.write_text("seed,old,new,wide\n" + "".join(f"{n},{80 + n},{81 + n + n % 2},{82 + n % 3}\n" for n in range(8)))
    both = planning.spreads(read_arms([path]))
    assert [one.detectable for one in both] == [detectable_difference(one.sd, 8, comparisons=2) for one in both]
    assert both[0].plan(0.5).to_show == required_seeds(both[0].per_arm, 0.5, comparisons=2) > found.plan(0.5).to_show
    path.write_text("seed,accuracy\n0,0.8\n1,0.9\n")
    with pytest.raises(UserError, match="a spread takes 3 runs or more, not 2"):
        planning.spreads(read_arms([path]))
