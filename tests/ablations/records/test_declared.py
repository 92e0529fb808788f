"""Editing a study without fear: what belongs to it as declared now, and what stands apart."""

from dataclasses import replace

import pytest

from ablations.evidence.findings import findings
from ablations.evidence.sections import sections
from ablations.records.store import Store
from ablations.report import summary, tables
from ablations.study import Variant
from tests.support.bench import TINY
from tests.support.trials import CLAIMED, FC, GAP, fill

SCORES = {"gap": [80.0, 81.0], "fc": [82.0, 83.0]}


@pytest.fixture
def store(tmp_path):
    return fill(Store(tmp_path / "tiny"), TINY, SCORES)


def with_arms(*arms):
    return replace(TINY, variants=arms)


def test_a_row_holds_only_trials_as_declared_now(store):
    wider = with_arms(TINY.arms[0], Variant("fc", {"head": "fc", "fc_units": (24,)}))
    fill(store, wider, {"fc": [90.0]})
    now, before = sections(store, wider)
    rows = tables.summary_table([now]).set_index("variant")
    assert (rows.loc["fc", "top1_mean"], rows.loc["fc", "top1_n"]) == (0.9, 1)
    assert (now.title, before.variants) == ("full", ["fc"])
    assert before.title == "full, declared otherwise before (fc_units [16] instead of [24])"


def test_the_study_as_declared_now_comes_first(store):
    for epochs in (2, 3):
        longer = replace(TINY, recipe=replace(TINY.recipe, epochs=epochs))
        fill(store, longer, SCORES)
    titles = [section.title for section in sections(store, longer)]
    assert titles[0] == "full"
    assert titles[1:] == [f"full, declared otherwise before (epochs {n} instead of 3)" for n in (1, 2)]


def test_a_new_name_adopts_the_trials_everywhere(tmp_path):
    store = fill(Store(tmp_path / "tiny"), CLAIMED, {"gap": GAP, "fc": FC})
    arm = replace(CLAIMED.arms[1], name="dense")
    study = replace(CLAIMED, variants=(CLAIMED.arms[0], arm), claim=replace(CLAIMED.claim, variant="dense"))
    (section,) = sections(store, study)
    assert section.variants == ["gap", "dense"]
    (found,) = section.compared
    assert (found.variant, found.found.n) == ("dense", 8)
    assert found.images is not None, "the files keep the old name"
    (finding,) = findings(study, store)
    assert finding.evidence.found.n == 8


def test_a_removed_variant_is_left_out_with_a_line(store):
    study = with_arms(TINY.arms[0], Variant("conv", {"head": "conv"}))
    (section,) = sections(store, study)
    assert section.variants == ["gap"]
    line = "Left out: 2 trials of fc, which the study no longer declares; `report --removed` shows them"
    assert f"{line}." in summary.summary_page(study, [section])
    _, gone = sections(store, study, removed=True)
    assert (gone.title, gone.variants) == ("full, variants no longer declared", ["fc"])


def test_options_are_no_edits(store):
    changed = TINY.change({"epochs": 2})
    fill(store, changed, SCORES)
    assert [section.title for section in sections(store, TINY)] == ["full", "full, epochs=2"]
    declared = replace(TINY, recipe=replace(TINY.recipe, epochs=2))
    assert [section.title for section in sections(store, declared)] == [
        "full",
        "full, declared otherwise before (epochs 1 instead of 2)",
    ]


def test_an_arm_with_its_own_precision_belongs_and_an_option_is_told_from_it(tmp_path):
    half = Variant("half", why="half the bits", recipe={"precision": "bfloat16"})
    study = with_arms(TINY.arms[0], half)
    store = fill(Store(tmp_path / "tiny"), study, {"gap": [80.0], "half": [79.0]})
    (section,) = sections(store, study)
    assert (section.title, section.variants) == ("full", ["gap", "half"])
    fill(store, replace(TINY, recipe=replace(TINY.recipe, precision="bfloat16")), {"gap": [78.0]})
    (section,) = sections(store, study)
    assert section.variants == ["gap", "half"], (
        "a trial is known by its content, and is compared with those of its study"
    )
    assert section.evidence
