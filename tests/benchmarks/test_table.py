"""Medians, ratios and the page of the benchmarks."""

from dataclasses import replace

import pandas as pd
import pytest

from benchmarks import folder, page, table
from tests.support.benchmarks import MACHINE, ORIGIN, rendered, timings
from tests.support.paths import ROOT


def summary(*parts):
    made = table.summarize(pd.DataFrame([row for part in parts for row in part]))
    return made.set_index("contestant")


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
    left_out = replace(ORIGIN, commit="def", notes=("torch is left out",))
    text = rendered(made, c=replace(ORIGIN, busy=0.5), other=left_out)
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


def test_the_page_names_the_cases_that_other_work_disturbed():
    text = "\n".join(page.about(MACHINE, {"calm": ORIGIN, "late": replace(ORIGIN, busy=0.5)}))
    assert "busy with other work before late: do not quote" in text


def test_the_committed_tables_are_made_of_their_rounds():
    found = sorted((ROOT / "results" / "benchmarks").rglob("timings.csv"))
    assert found
    for path in found:
        kept = folder.read(path.parent)
        made = page.render(table.summarize(kept.rounds), table.against_best(kept.rounds), kept.machine, kept.origins)
        assert (path.parent / "table.md").read_text() == made, "type: python -m benchmarks report"
        assert (path.parent / "about.json").read_text() == kept.files()["about.json"]
