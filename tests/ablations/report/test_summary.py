"""Tables from records: what a row says, and that the same records give the same bytes."""

import io
import re
import shutil
import subprocess
from dataclasses import replace

import pandas as pd
import pytest
from rich.console import Console

from ablations.cli import views
from ablations.evidence.findings import findings
from ablations.evidence.sections import sections
from ablations.records.paired_times import PairedTimes, save_times
from ablations.records.store import Store
from ablations.report import claim_pages, claim_texts, summary, tables, terminal
from ablations.report.figures.numbers import section_numbers
from ablations.report.formats import to_markdown
from ablations.report.publish import publish_sections
from ablations.study import Claim
from ablations.study.decimals import signed
from ablations.study.variants import Factor
from tests.support.bench import TINY
from tests.support.trials import CLAIMED, GAP, TRAINED, answers, fill, fill_rungs, record


@pytest.fixture
def store(tmp_path):
    """Full size: two seeds per arm, one of which diverged. Reduced: one seed per arm."""
    store = Store(tmp_path / "tiny")
    fill(store, TINY, {"gap": [80.0, 82.0], "fc": [78.0]})
    store.write(record(TINY, "fc", 1, None, status="diverged", reason="loss nan"), None)
    small = replace(TINY.change({"fraction": 0.1}), profile="reduced")
    return fill(store, small, {"gap": [50.0], "fc": [60.0]})


def test_one_row_per_variant_of_an_experiment(store):
    rows = tables.summary_table(sections(store, TINY)).set_index(["profile", "variant"])
    gap, fc = rows.loc["full", "gap"], rows.loc["full", "fc"]
    assert gap["top1_mean"] == pytest.approx(0.81)
    assert gap["top1_sd"] == pytest.approx(0.0141421, rel=1e-4), "of the sample, over n - 1"
    assert (gap["top1_n"], fc["top1_n"]) == (2, 1)
    assert (fc["done"], fc["diverged"]) == (1, 1), "a trial that diverged stays in the table and out of the mean"
    assert fc["differs"] == 'head="fc", fc_units=[16]'
    assert gap["seconds"] == 10.5


def test_only_within_an_experiment_are_variants_compared(store):
    rows = tables.comparisons_table(sections(store, TINY)).set_index("profile")
    assert rows.loc["full", "difference"] == -2.0, "over the one seed that both arms have"
    assert rows.loc["full", "n"] == 1
    assert rows.loc["reduced", "difference"] == 10.0


def test_one_row_per_trial_failed_ones_too(store):
    rows = tables.trials_table(sections(store, TINY))
    assert len(rows) == 6
    diverged = rows[rows["status"] == "diverged"].iloc[0]
    assert diverged["reason"] == "loss nan"
    assert pd.isna(diverged["test_top1"])
    assert set(rows["data_note"]) == {"A copy."}


def test_the_page_names_data_size_and_hardware(store):
    page = summary.summary_page(TINY, sections(store, TINY))
    assert "81.00 ± 1.41 (n = 2)" in page
    assert "worse by 2.00" in page
    assert "1 done, 1 diverged" in page
    for words in ("A copy.", "Seeds 0, 1", "1 epoch of batch 32", "CPU, 2 cores", "keras 3.15.1", "Commit: abc"):
        assert words in page, words
    assert page.index("## full") < page.index("## reduced")


def test_a_difference_stands_with_its_intervals(tmp_path):
    fc = [value - 1 + 0.1 * (-1) ** place for place, value in enumerate(GAP)]
    section = sections(fill(Store(tmp_path), CLAIMED, {"gap": GAP, "fc": fc}), CLAIMED)[0]
    (shown,) = summary.comparisons(section).to_dict("records")
    assert shown["points [95% over seeds]"] == "gap better by 1.00 [0.91, 1.09]"
    low, high = map(float, re.findall(r"\d\.\d\d", shown["[95% over seeds and images]"]))
    assert low <= 0.91
    assert high >= 1.09
    assert (shown["p (sign-flip)"], shown["n"], shown["first wins"]) == ("0.0078", "8", "0%")
    assert section.title == "full, exploratory"


def test_means_and_difference_are_of_the_same_trials(tmp_path):
    """The second arm has a seed more, which no pair has."""
    study = replace(CLAIMED, secondary=(replace(CLAIMED.claim, metric="top1_or_chance"),))
    store = fill(Store(tmp_path), study, {"gap": GAP[:7], "fc": [81.0] * 7 + [10.0]})
    (section,), (_, found) = sections(store, study), findings(study, store)
    (row,) = summary.others(section).to_dict("records")
    first, second = (float(row[part].split()[1]) for part in ("baseline", "variant"))
    assert row["difference [95% over seeds]"].startswith(f"fc better by {second - first:.2f} [")
    assert claim_texts.accuracy_cell(found).startswith("fc 81.0%, gap 80.2%")
    alone = replace(study, paired=False)
    (row,) = summary.others(sections(store, alone)[0]).to_dict("records")
    assert float(row["variant"].split()[1]) < second, "without pairs every trial counts"


def test_one_mean_is_written_in_one_way(tmp_path):
    """The mean of these is 80.835, of which a float is just below or above it, as points or as a share."""
    scores = {"gap": [80.82, 80.81, 80.75, 81.08, 81.0, 81.03, 80.69, 80.5], "fc": [81.9] * 8}
    store = fill_rungs(Store(tmp_path), TRAINED, scores, before=0.0)
    whole, (found,) = sections(store, TRAINED)[0], findings(TRAINED, store)
    assert summary.summary(whole)["top-1 (%)"][0].startswith("80.84 ")
    assert set(claim_pages.budget_table(found)["gap, top-1 (%)"]) == {"80.84"}
    assert terminal.mean_and_spread(scores["gap"]).startswith("80.84 ")


@pytest.mark.parametrize(
    ("metric", "unit"),
    [
        ("top1", ""),
        ("validation_top1", " points of validation top-1"),
        ("top5", " points of top-5"),
        ("log_loss", " nats"),
    ],
)
def test_a_sentence_says_what_was_measured_unless_it_is_test_top_1(metric, unit, tmp_path):
    study = replace(CLAIMED, claim=replace(CLAIMED.claim, metric=metric, effect=None, direction=None))
    metrics = {"validation": {"top1": 0.8, "top5": 1.0, "loss": 1.0}, "test": {"top1": 0.8, "top5": 1.0, "loss": 1.0}}
    (found,) = findings(study, fill(Store(tmp_path), study, {"gap": GAP, "fc": GAP}, metrics=metrics))
    assert claim_texts.measured(found).endswith(f"]{unit}")


def test_steps_timed_in_turn_have_no_means_of_trials_and_count_rounds(tmp_path):
    slower = Claim("a step is slower", "me", variant="fc", metric="step_time", direction="worse", margin=20.0)
    study = replace(CLAIMED, secondary=(slower,))
    store = fill(Store(tmp_path), study, {"gap": GAP, "fc": [81.0] * 8})
    (row,) = summary.others(sections(store, study)[0]).to_dict("records")
    assert (row["baseline"], row["variant"], row["n"]) == ("gap 0.1 s", "fc 0.1 s", "8")
    about = {"hardware": {"processor": "CPU"}, "versions": {}, "commit": None, "load": (1.0, 2.0), "began": "now"}
    save_times(study, tmp_path, PairedTimes("tiny", "full", "gap", "fc", ((1.0, 1.1), (1.0, 1.11)) * 5, **about))
    (section,) = sections(store, study)
    (row,) = summary.others(section).to_dict("records")
    assert (row["baseline"], row["variant"], row["n"]) == ("gap", "fc", "10 rounds")
    assert row["difference [95% over n]"].startswith("gap faster by ")
    page = summary.summary_page(study, [section], findings(study, store))
    assert "in which one process timed both arms in turn" in page
    assert "n = 10 rounds." in page and "n = 8 pairs." in page
    assert claim_texts.effect_cell(findings(study, store)[1]).endswith("] %, n = 10 rounds")


def test_rounds_pair_where_trials_do_not(tmp_path):
    slower = Claim("a step is slower", "me", variant="fc", metric="step_time", direction="worse", margin=20.0)
    cheaper = Claim("it has a greater top-5", "me", variant="fc", metric="top5", direction="better", margin=1.0)
    study = replace(CLAIMED, secondary=(slower, cheaper), paired=False)
    store = fill(Store(tmp_path), study, {"gap": GAP, "fc": [81.0] * 8})
    about = {"hardware": {"processor": "CPU"}, "versions": {}, "commit": None, "load": (1.0, 2.0), "began": "now"}
    save_times(study, tmp_path, PairedTimes("tiny", "full", "gap", "fc", ((1.0, 0.9), (1.0, 0.91)) * 5, **about))
    (section,) = sections(store, study)
    tests = {one.metric: one.found.test for one in section.evidence}
    assert tests == {"top1": "permutation", "top5": "permutation", "step_time": "sign-flip"}
    in_turn = next(one for one in section.evidence if one.metric == "step_time")
    assert in_turn.found.p_value == pytest.approx(2 / 2**10)
    table = summary.others(section)
    assert {"p", "p (Holm)"} < set(table.columns), "two kinds of tests stand in one column"
    assert not table.isna().any(axis=None)
    assert "p (permutation)" in summary.comparisons(section).columns
    assert "p" not in terminal.others(section).columns and "p (Holm)" in terminal.others(section).columns
    assert "Welch's t" in summary.method(section)


def test_what_ran_under_a_lock_stands_apart(tmp_path):
    store = fill(Store(tmp_path), CLAIMED, {"gap": [80.0] * 2, "fc": [81.0] * 2}, lock="abc123")
    fill(store, replace(CLAIMED, first_seed=5), {"gap": [90.0], "fc": [90.0]})
    assert [section.title for section in sections(store, CLAIMED)] == ["full, locked as abc123", "full, exploratory"]


def test_a_full_factorial_has_its_effects_in_the_page(tmp_path):
    factors = (Factor("head", "gap", ("fc",)), Factor("reduce", True, (False,)))
    study = replace(TINY, variants=(), factors=factors, design="full_factorial", seeds=3)
    cells = {"baseline": 80.0, "no_reduce": 81.0, "head_fc": 79.0, "head_fc+no_reduce": 80.5}
    store = fill(Store(tmp_path), study, {name: [v, v + 0.2, v - 0.1] for name, v in cells.items()})
    shown = summary.effects(sections(store, study)[0]).set_index("effect")["points [95%]"]
    assert shown["head fc"].startswith("-0.75"), "(79 - 80 + 80.5 - 81) / 2"
    assert shown["reduce False"].startswith("+1.25")
    assert shown["head fc × reduce False"].startswith("+0.50")
    kinds = tables.comparisons_table(sections(store, study))["kind"].tolist()
    assert kinds == ["comparison"] * 3 + ["main effect"] * 2 + ["interaction"]


def test_an_effect_is_called_by_the_labels_of_its_factors(tmp_path):
    heads = Factor("head", "gap", ("fc",), labels=("average pooling", "a hidden layer"))
    factors = (heads, Factor("reduce", True, (False,)))
    study = replace(TINY, variants=(), factors=factors, design="full_factorial", seeds=2)
    store = fill(Store(tmp_path), study, {arm.name: [80.0, 81.0] for arm in study.arms})
    found = sections(store, study)
    assert list(summary.effects(found[0])["effect"]) == [
        "a hidden layer",
        "reduce False",
        "a hidden layer × reduce False",
    ]
    named = tables.comparisons_table(found)["variant"].tolist()[-1]
    assert named == "head fc x reduce False", "the CSV keeps the settings"


def test_effects_have_the_unit_and_the_digits_of_the_measure(tmp_path):
    factors = (Factor("head", "gap", ("fc",)), Factor("reduce", True, (False,)))
    claim = Claim("less loss", "me", variant="head_fc", metric="log_loss")
    study = replace(TINY, variants=(), factors=factors, design="full_factorial", seeds=3, claim=claim)
    store = Store(tmp_path)
    store.prepare()
    for place, arm in enumerate(study.arms):
        for seed in study.seed_range:
            test = {"top1": 0.8, "top5": 1.0, "loss": 0.5 + 0.0004 * place + 0.0001 * seed * place}
            store.write(record(study, arm.name, seed, metrics={"test": test}), None)
    (section,) = sections(store, study)
    shown = summary.effects(section)
    assert list(shown.columns)[1] == "nats [95%]"
    assert shown["nats [95%]"][0] == "+0.00100 [+0.000503, +0.00150]", "0.8, 1.0 and 1.2 thousandths by seed"
    assert "Differences are in nats" in summary.method(section)


def test_latex_is_escaped_and_has_rules(store):
    page = summary.latex(TINY, sections(store, TINY))
    assert page.count("\\toprule") == page.count("\\begin{table}") == 2
    assert "worse by 2.00" in page
    assert not re.search(r"(?<!\\)[%_&](?=[a-z ])(?!.*\\\\)", page.replace("tab:tiny", "")), (
        "a special character without its backslash"
    )


def test_a_study_without_a_finished_trial_has_a_table_all_the_same(tmp_path):
    store = Store(tmp_path)
    store.prepare()
    store.write(record(TINY, "gap", 0, None, status="failed"), None)
    store.write(record(TINY, "fc", 0, 0.5), None)
    assert "1 failed" in summary.summary_page(TINY, sections(store, TINY))
    assert tables.comparisons_table(sections(store, TINY)).empty, "no baseline to compare with"


def test_top5_is_left_out_where_no_record_has_it(tmp_path):
    store = Store(tmp_path)
    store.prepare()
    store.write(record(TINY, "gap", 0, metrics={"test": {"top1": 0.8, "loss": 1.0}}), answers(0.8, 0))
    assert "–" in summary.summary_page(TINY, sections(store, TINY))
    assert tables.summary_table(sections(store, TINY))["top5_n"].tolist() == [0]


def test_the_same_records_give_the_same_bytes(store):
    first = [path.read_bytes() for path in publish_sections(sections(store, TINY))]
    assert first == [path.read_bytes() for path in publish_sections(sections(store, TINY))]
    assert len(pd.read_csv(io.BytesIO(first[0]))) == 6


def test_a_half_is_rounded_as_in_the_figure(tmp_path):
    """The order of a sum changes the sixteenth digit of a mean; a mean at a half must still round the same way."""
    scores = {"gap": [70.87, 78.7, 76.32, 60.05], "fc": [62.01, 76.43, 68.48, 56.64]}  # -5.595000000000006
    store = fill(Store(tmp_path / "tiny"), replace(CLAIMED, seeds=4), scores)
    (section,) = sections(store, CLAIMED)
    (row,) = section_numbers(section, [])["forest"]["rows"]
    shown = summary.comparisons(section)["points [95% over seeds]"][0]
    assert (row["difference"], shown[:20]) == (-5.595, "gap better by 5.60 [")
    assert signed(row["difference"]) == "-5.60", "as the figure writes it: a half is rounded away from 0"


@pytest.mark.parametrize("scores", [{"gap": [80.0], "fc": [81.0]}, {"gap": [80.0, 80.2, 80.4], "fc": [81.0]}])
def test_one_unpaired_trial_has_tables_and_figures_all_the_same(tmp_path, scores):
    study = replace(CLAIMED, paired=False)
    store = fill(Store(tmp_path / "tiny"), study, scores)
    (section,) = sections(store, study)
    (shown,) = summary.comparisons(section).to_dict("records")
    assert (shown["p (permutation)"], shown["n"], "[" in shown["points [95% over seeds]"]) == ("1.0000", "1", False)
    assert len(publish_sections([section])) == 5
    assert section_numbers(section, [])["forest"]["rows"][0]["seeds"] is None


def test_the_page_begins_with_the_figure_of_the_verdict(tmp_path):
    store = fill(Store(tmp_path / "tiny"), CLAIMED, {"gap": GAP, "fc": [score + 1 for score in GAP]})
    publish_sections(sections(store, CLAIMED))
    lines = (store.folder / "summary.md").read_text().splitlines()
    pictures = [line for line in lines if line.startswith("![")]
    assert lines.index(pictures[0]) < lines.index(next(line for line in lines if line.startswith("## The claim")))
    assert pictures[0] == "![Fc better than gap by 1.00 points after 1 epoch: not judged](figures/forest.png)"
    assert [line.partition("(")[2] for line in pictures[1:]] == ["figures/params.png)", "figures/macs.png)"]
    assert all((store.folder / "figures" / f"{stem}.png").exists() for stem in ("forest", "params", "macs"))


NASTY = r"Is [/data/x] right? [bn/lrn/none] 2^n, ~0.5x, \frac, $x_$y, a | b, *c* <script>" + "\n\nend\x1b"


def test_words_of_users_stand_as_they_are_in_every_format(tmp_path):
    study = replace(TINY, question=NASTY, dataset="$x_$y$z")
    made = replace(study, profile="full, dataset=$x_$y$z")
    store = fill(Store(tmp_path / "tiny"), made, {"gap": [80.0, 81.0], "fc": [82.0, 83.0]})
    parts = sections(store, study)
    caption = re.search(r"\\caption{(.*)}\n", summary.latex(study, parts))[1]
    assert (
        r"[/data/x] right? [bn/lrn/none] 2\textasciicircum{}n, \textasciitilde{}0.5x, \textbackslash{}frac" in caption
    )
    assert r"\$x\_\$y, a \textbar{} b, *c* \textless{}script\textgreater{} end (" in caption
    assert r"2^n, \~0.5x, \\frac, $x_$y, a | b, \*c\* \<script> end" in summary.summary_page(study, parts)
    assert r"| a \| b |" in to_markdown(pd.DataFrame({"x": ["a | b"]}))
    publish_sections(parts)  # a $ in a figure is no mathematical text
    assert "$x_$y$z" in (store.folder / "figures" / "params.svg").read_text()
    screen = Console(file=io.StringIO(), width=300)
    views.print_summary(screen, parts)
    assert "[/data/x] right? [bn/lrn/none]" in screen.file.getvalue() and "\\x1b" in screen.file.getvalue()
    if latex := shutil.which("pdflatex"):
        head, end = "\\documentclass{article}\\usepackage{booktabs}\\begin{document}", "\\end{document}"
        (tmp_path / "page.tex").write_text(head + summary.latex(study, parts) + end)
        subprocess.run([latex, "-interaction=batchmode", "page.tex"], cwd=tmp_path, check=True)
