"""How many seeds a difference takes."""

import pytest

from ablations.evidence import planning
from ablations.foreign.arms import read_arms
from ablations.statistics import equivalence_seeds, required_seeds
from inception_keras import UserError


def test_a_stated_spread_is_planned_with():
    assert planning.plan(0.4, -0.6) == planning.Plan(0.6, required_seeds(0.4, 0.6), equivalence_seeds(0.4, 0.6))
    assert planning.plan(0.4, 0.6, 0.8).to_show < planning.plan(0.4, 0.6).to_show


@pytest.mark.parametrize(
    "numbers",
    [(0, 1), (-1, 1), (1, 0), (1, float("nan")), (float("inf"), 1), (1, 1e-9), (1, 1e-200), (1e200, 1), (1, 1, 1)],
)
def test_numbers_out_of_range_are_refused(numbers):
    with pytest.raises(UserError):
        planning.plan(*numbers)


def test_the_spread_of_results_is_that_of_their_differences(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("seed,old,new\n" + "".join(f"{n},{80 + n},{81 + n + n % 2}\n" for n in range(8)))
    (found,) = planning.spreads(read_arms([path]))
    assert found.sd == pytest.approx(0.5345, abs=1e-4)
    assert "correlation" in found.origin
    path.write_text("seed,accuracy\n0,0.8\n1,0.9\n")
    with pytest.raises(UserError, match="a spread takes 3 runs or more, not 2"):
        planning.spreads(read_arms([path]))
