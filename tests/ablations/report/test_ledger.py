"""The ledger: which claims its first page has, in which group, and what the READMEs take from it."""

import re
from dataclasses import replace

from ablations.evidence.findings import findings
from ablations.evidence.verdict import Verdict
from ablations.records.store import Store
from ablations.report import ledger, readme
from ablations.report.main_question import answers
from tests.support.trials import FC, GAP, TRAINED, fill_rungs


def many(tmp_path, verdicts):
    """Findings of a study with a primary claim and secondary ones, with these verdicts."""
    (one,) = findings(TRAINED, fill_rungs(Store(tmp_path / "tiny"), TRAINED, {"gap": GAP, "fc": FC}))
    main = replace(TRAINED, name="gap_vs_fc")
    claims = [TRAINED.claim, *(replace(TRAINED.claim, statement=f"claim {n}") for n in range(1, len(verdicts)))]
    made = [replace(one, study=TRAINED, claim=claim) for claim in claims]
    made[-1] = replace(made[-1], study=replace(main, claim=claims[-1]))
    return [replace(one, verdict=Verdict(name, "why")) for one, name in zip(made, verdicts, strict=True)]


def test_at_most_fifteen_claims_in_their_groups(tmp_path):
    found = many(tmp_path, ["not judged", *["reproduced"] * 12, *["undecided"] * 8, "direction only"])
    shown = ledger.first_page(found)
    assert len(shown) == ledger.ROWS
    assert shown[0].study.name == "gap_vs_fc", "the main claim is the first of its group"
    groups = [ledger.group_of(one) for one in shown]
    assert groups == ["settled"] * 13 + ["open", "not judged"], "a primary claim before the secondary ones"
    page = ledger.ledger_page(found)
    assert "7 more claims are open or not judged, on the pages of their studies" in page
    assert "22 claims were tested: 13 settled, 8 open, 1 not judged." in page
    assert sum(line.startswith("| claim") or line.startswith("| the head") for line in page.splitlines()) == 15 + 3


def test_what_answers_the_main_question_best_comes_first(tmp_path):
    """A large difference of networks that were hardly trained must not stand before a smaller one that is judged."""
    found = many(tmp_path, ["reproduced", "not judged"])
    quarter = replace(found[0].study, name="average_pooling_quarter")
    found.append(replace(found[0], study=quarter, claim=quarter.claim, verdict=Verdict("undecided", "too few")))
    assert answers(found) == [found[-1]], "not the one of gap_vs_fc, which is not judged"
    assert "Verdict: **undecided**, too few." in ledger.in_short(found)
    ledger.write_ledger(found, tmp_path / "results")
    text = readme.fill("<!-- results/claims.csv -->\nold\n<!-- end -->", "README.md", tmp_path)
    assert re.findall(r"^\|\[fc\]\(results/(\w+)\)", text, re.MULTILINE) == ["average_pooling_quarter", "gap_vs_fc"]


def test_all_that_is_settled_is_on_the_first_page(tmp_path):
    found = many(tmp_path, ["not judged", *["reproduced"] * 20, *["undecided"] * 8])
    groups = [ledger.group_of(one) for one in ledger.first_page(found)]
    assert groups.count("settled") == 20 and len(groups) < len(found)


def test_the_first_page_leaves_out_what_is_retired_and_says_why(tmp_path):
    found = many(tmp_path, ["undecided", "reproduced"])
    retired = replace(found[0].study, name="old", retired="the networks were hardly trained")
    found.append(replace(found[0], study=retired, claim=replace(found[0].claim, statement="an old claim")))
    page = ledger.ledger_page(found)
    assert "| an old claim" not in page
    assert "1 more claim is open or not judged, on the pages of their studies" in page
    assert "- old is retired: the networks were hardly trained." in page
    found[-1] = replace(found[-1], verdict=Verdict("reproduced", "why"))
    assert "1 more settled claim of a study that is retired: old." in ledger.ledger_page(found)


def test_the_readmes_have_the_counts_and_a_short_table(tmp_path):
    found = many(tmp_path, ["not judged", "reproduced", "undecided", "direction only"])
    ledger.write_ledger(found, tmp_path / "results")
    block = "<!-- results/claims.csv -->\nold\n<!-- end -->"
    text, japanese = (readme.fill(block, name, tmp_path) for name in ("README.md", "README.ja.md"))
    assert "4 claims were tested: 2 settled, 1 open, 1 not judged." in text and "old" not in text
    assert "検証した主張 4 件：決着 2、未決 1、判定せず 1。" in japanese
    rows = [[line for line in one.splitlines() if line.startswith("|[")] for one in (text, japanese)]
    assert rows[0] == rows[1] and len(rows[0]) == 1, "of the studies that ask the main question"


def test_the_table_has_both_directions(tmp_path):
    worse = replace(TRAINED, claim=replace(TRAINED.claim, effect=-0.8, direction="worse"))
    store = fill_rungs(Store(tmp_path), worse, {"gap": GAP, "fc": FC})
    row = ledger.ledger_table(findings(worse, store)).iloc[0]
    assert (row["difference"], row["effect"]) == (1.0, -1.0)
    assert row["effect_low"] == -row["high"]
    assert row["verdict"] == "contradicted"
