"""The page about the main claim: the answer by rule, the budgets, what others measured; and the committed page."""

import re
from dataclasses import replace

import pandas as pd

from ablations import studies
from ablations.evidence.findings import findings
from ablations.evidence.verdict import Verdict
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.report import average_pooling
from ablations.report.frozen import heads_on_trunks
from ablations.report.main_question import answers
from tests.support.paths import RESULTS
from tests.support.trials import FC, GAP, TRAINED, fill_rungs


def test_the_committed_page_is_made_from_the_committed_records():
    results = average_pooling.ROOT / "results"
    found, also = average_pooling.collect(results)
    made = average_pooling.page(found, heads_on_trunks(results), also)
    assert (average_pooling.ROOT / average_pooling.PAGE).read_text(encoding="utf-8") == made, "type: make claims"


def test_the_answer_is_that_of_the_study_that_is_trained_out(tmp_path):
    (one,) = findings(TRAINED, fill_rungs(Store(tmp_path / "tiny"), TRAINED, {"gap": GAP, "fc": FC}))
    assert one.verdict.name != "not judged"
    judged = replace(one, study=replace(TRAINED, name="hidden_layer_quarter"))
    first = replace(one, study=replace(TRAINED, name="gap_vs_fc"), verdict=Verdict("not judged", "no rungs"))
    text = average_pooling.page([first, judged])
    assert re.findall(r"Verdict: \*\*(.*?)\*\*", text.split("##")[0]) == [one.verdict.name]
    rows = [line for line in text.splitlines() if line.startswith("| [")]
    assert len(rows) == 2 * len(TRAINED.rungs), "a row per experiment and budget"
    assert "not judged" in rows[len(TRAINED.rungs) - 1] and one.verdict.name in rows[-1]
    assert TRAINED.claim.refuted_by in text


def test_every_study_that_is_trained_out_answers_whatever_its_verdict(tmp_path):
    (one,) = findings(TRAINED, fill_rungs(Store(tmp_path / "tiny"), TRAINED, {"gap": GAP, "fc": FC}))
    settled = replace(one, study=replace(TRAINED, name="hidden_layer_quarter"), verdict=Verdict("equivalent", "it is"))
    undecided = replace(
        one, study=replace(TRAINED, name="average_pooling_quarter"), verdict=Verdict("undecided", "few")
    )
    text = average_pooling.answer([settled, undecided])
    assert [words in text for words in ("**undecided**", "**equivalent**")] == [True, True]
    assert text.index("**undecided**") < text.index("**equivalent**"), "in a fixed order, not by the verdict"
    assert "are the same trials: one result, not 2" in average_pooling.answer([settled, shared(undecided)])


def shared(one):
    """A finding on the same trials under another study's name."""
    return replace(one, records=[Record({**record, "study": "another"}) for record in one.records])


def test_a_study_that_is_still_being_run_is_not_the_answer(tmp_path):
    (one,) = findings(TRAINED, fill_rungs(Store(tmp_path / "tiny"), TRAINED, {"gap": GAP, "fc": FC}))
    whole = replace(one, study=replace(TRAINED, name="gap_vs_fc"), verdict=Verdict("not judged", "no rungs"))
    begun = replace(whole, study=replace(TRAINED, name="average_pooling", seeds=TRAINED.seeds + 1))
    assert answers([begun, whole]) == [whole]
    assert answers([begun]) == [begun], "there is no other"


def test_heads_on_a_frozen_trunk_answer_another_question(tmp_path):
    (one,) = findings(TRAINED, fill_rungs(Store(tmp_path / "tiny"), TRAINED, {"gap": GAP, "fc": FC}))
    first = replace(one, study=replace(TRAINED, name="gap_vs_fc"), verdict=Verdict("not judged", "no rungs"))
    transferred = replace(one, study=replace(TRAINED, name="transfer_cifar10"))
    overfits = replace(one.claim, statement="It overfits less")
    text = average_pooling.page([first, transferred], also=[replace(transferred, claim=overfits)])
    assert "Verdict: **not judged**" in text.split("##")[0]
    (section,) = [part for part in text.split("## ") if part.startswith("On a trunk that is not trained further")]
    assert one.verdict.name in section and "transfer_cifar10" in section
    (row,) = [line for line in section.splitlines() if "It overfits less" in line]
    assert "n = " in row and row.split("|")[-2].strip() == one.verdict.name


def test_without_records_it_says_what_to_type(tmp_path):
    study = studies.load("average_pooling")
    found = [one for one in findings(study, Store(tmp_path)) if one.primary]
    assert "Nothing was measured here yet. `python -m ablations tune average_pooling` does." in average_pooling.page(
        found
    )


def test_other_claims_about_frozen_heads_have_no_row_among_the_papers():
    results = average_pooling.ROOT / "results"
    found, others = average_pooling.collect(results)
    papers = {(one.study.name, one.claim.statement) for one in found}
    also = [(one.study.name, one.claim.statement) for one in others]
    assert len(also) == len(set(also)) > 3
    assert not papers & {*also}


def test_heads_on_trunks_are_the_means_of_the_studies(tmp_path):
    found = heads_on_trunks(RESULTS).set_index("the trunk was trained behind")
    assert list(found.index) == list(found.columns), "each trunk and each head once"
    for trunk, name, arm, head in (
        ("average pooling", "transfer_cifar10", "max", "maximum pooling"),
        ("maximum pooling", "heads_on_trunks", "flat_behind_max", "the flattened map"),
    ):
        table = pd.read_csv(RESULTS / name / "summary.csv").query(f"variant == '{arm}'")
        assert found.loc[trunk, head] == f"{100 * table['top1_mean'].iloc[0]:.1f}"
    assert (heads_on_trunks(tmp_path).iloc[:, 1:] == "–").all(axis=None), "nothing was run there"


def test_arms_of_several_trunks_say_on_which_they_are():
    """A sentence on one pair would be read as one on all trunks."""
    study = studies.load("heads_on_trunks")
    assert all(arm.label.endswith("trunk") for arm in study.arms)
