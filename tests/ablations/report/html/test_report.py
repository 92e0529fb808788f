"""From records to a page: what it says, that it loads nothing else, and that the same records give the same bytes."""

import re
import shlex
import tomllib
import webbrowser
from dataclasses import replace
from fnmatch import fnmatch
from html import unescape

import pytest
from typer.testing import CliRunner

from ablations.cli.app import app
from ablations.evidence.findings import findings
from ablations.evidence.sections import sections
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.report.html.claims import claim_views
from ablations.report.html.commands import commands
from ablations.report.html.costs import by_stage
from ablations.report.html.pages import write_index, write_report
from ablations.report.html.rendering import FOLDER
from ablations.report.html.strips import WIDTH, scales, strip
from ablations.report.ledger import collect_ledger
from ablations.studies import load
from ablations.study import Claim, Guards, Reduced, Trial
from inception_keras.cli.settings import parse
from inception_keras.errors import UserError
from tests.support.bench import TINY
from tests.support.paths import ROOT
from tests.support.trials import CLAIMED, FC, GAP, TRAINED, fill, fill_rungs, record

SLOWER = Claim("it converges faster", "an <b>article</b>", variant="fc", metric="epochs_to_40", margin=0.25)
TWO_EPOCHS = replace(CLAIMED.recipe, epochs=2)  # so that there are curves
STUDY = replace(CLAIMED, question="Which head & why <script>alert(1)</script>?", secondary=(SLOWER,), recipe=TWO_EPOCHS)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Eight seeds of both heads, one trial diverged and one killed; and two trials of another size."""
    root = tmp_path_factory.mktemp("results")
    store = fill(Store(root / "tiny"), STUDY, {"gap": GAP, "fc": FC})
    more = replace(STUDY, first_seed=20, seeds=2)
    store.write(record(more, "fc", 20, None, status="diverged", reason="loss nan"), None)
    store.write(record(more, "gap", 20, None, status="killed", reason="signal <9>"), None)
    small = replace(STUDY.change({"fraction": 0.1}), seeds=1)
    fill(store, small, {"gap": [50.0], "fc": [60.0]})
    return root


@pytest.fixture(scope="module")
def page(out):
    return write_report(STUDY, out).read_text()


def text_of(page):
    """The visible text of a page, in one line."""
    body = re.sub(r"<(style|script|title|desc)\b.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def test_the_claim_and_the_verdict_are_one_sentence(page):
    heading = text_of(re.search(r"<h1>.*?</h1>", page, re.DOTALL)[0]).strip()
    assert heading == "“the head helps” is not judged."
    for words in ("Measured: fc better by 1.00 [", "n = 8; no rungs", "it converges faster", "fc sooner by 0.01 ["):
        assert words in text_of(page), words


def test_a_claim_whose_seeds_have_not_run_is_not_called_not_judged(tmp_path):
    """The badge beside the sentence says `not run`."""
    fill(Store(tmp_path / "tiny"), STUDY, {"gap": GAP, "fc": FC})
    page = write_report(replace(STUDY, first_seed=90, seeds=9), tmp_path).read_text()
    heading = text_of(re.search(r"<h1>.*?</h1>", page, re.DOTALL)[0]).strip()
    assert heading == "“the head helps” is not run yet: 18 trials missing."
    assert "is not judged" not in text_of(page)


def test_an_order_whose_models_have_not_run_lacks_those_of_one_arm(tmp_path):
    study = load("ensembles")
    (found,) = findings(study, Store(tmp_path / study.name))
    (view,) = claim_views([found])
    assert (view.verdict, view.ends) == ("not run", f"is not run yet: {study.seeds} trials missing")


def test_one_row_per_variant_and_under_it_its_trials(page):
    table = re.search(r'<table class="variants sortable">.*?</table>\s*</div>', page, re.DOTALL)[0]
    assert re.findall(r'<th scope="row" data-key="(.*?)"', table) == ["gap", "fc"]
    assert "81.20 ± 0.21" in table
    seeds = re.findall(r'<tr(?: class="bad")?><th scope="row">(\d+)</th>', table)
    assert seeds == [*map(str, range(8)), "20"] * 2
    assert table.count('class="bad"') == 2
    for words in ("diverged", "loss nan", "killed", "signal <9>", "18 trials: 16 done, 1 diverged, 1 killed"):
        assert words in text_of(table), words


def test_what_was_run_on_what(page):
    shown = text_of(page)
    for words in ("A copy.", "CPU, 2 cores, 8 GiB", "keras 3.15.1", "2 epochs of batch 32", "exploratory: not locked"):
        assert words in shown, words
    assert "python -m ablations run tiny --out again" not in shown, "there are nine seeds"
    assert "python -m ablations run tiny --seeds 9 --out again" in shown
    assert "--set fraction=0.1" in shown, "for the trials of the other size"


def test_a_text_is_text(page):
    assert page.count("<script>") == 1, "only the page's own script"
    assert "alert(1)" in text_of(page)
    assert "an <b>article</b>" in text_of(page)


def test_every_figure_has_its_title_its_words_and_its_numbers(page):
    drawn = re.findall(r'<svg role="img" aria-labelledby="(\S+) (\S+)"', page)
    assert [title for title, _ in drawn] == [
        f"{name}{form}-title" for name in ("forest", "params", "macs", "curves") for form in ("", "-narrow")
    ]
    for title, words in drawn:
        assert re.search(rf'<title id="{title}">[^<]+</title><desc id="{words}">[^<]*\d[^<]*</desc>', page)
    said = unescape(re.search(r'<desc id="forest-words">(.*?)</desc>', page)[1])
    assert said.startswith("Differences in top-1, in points. fc over gap: +1.00, 95% interval +0.")
    assert said.endswith("8 seeds; claimed: 0.6 points; counts as equal: within 0.3 points.")
    assert page.count("The numbers of this figure") == 4
    assert all("aria-label=" in strip for strip in re.findall(r'<svg class="strip"[^>]*>', page))


def test_the_page_needs_nothing_else(page):
    assert len(page.encode()) < 2_000_000
    assert not re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', page)
    assert not re.findall(r"@import|url\((?!#)", page)
    assert "default-src 'none'" in page


def test_names_in_the_page_are_its_own_and_lead_somewhere(page):
    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(names) == len(set(names))
    pointed = re.findall(r'(?:href="#|url\(#)([^")]+)', page)
    pointed += [name for names in re.findall(r'aria-labelledby="([^"]+)"', page) for name in names.split()]
    assert set(pointed) <= set(names)


def test_no_colour_of_a_drawing_is_fixed(page):
    drawn = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert not re.findall(r"#[0-9a-f]{6}", drawn), "a fixed colour may be invisible on a dark screen"


def test_the_same_records_give_the_same_bytes(out, page):
    assert write_report(STUDY, out).read_text() == page


def test_a_study_without_a_claim_has_no_verdict(tmp_path):
    fill(Store(tmp_path / "tiny"), TINY, {"gap": [80.0], "fc": [81.0]})
    shown = text_of(write_report(TINY, tmp_path).read_text())
    assert "The study states no claim, so there is nothing to decide; 2 trials: 2 done." in shown


def test_trials_of_the_reduced_size_alone_are_judged_by_it(tmp_path):
    study = replace(CLAIMED, reduced=Reduced({"fraction": 0.1}, seeds=2, guards=Guards()))
    fill(Store(tmp_path / "tiny"), study.reduce(), {"gap": [80.0, 81.0], "fc": [81.0, 82.0]})
    shown = text_of(write_report(study, tmp_path).read_text())
    assert "is not judged." in shown
    assert "no rungs: whether it still moves is unknown" in shown
    assert "python -m ablations run tiny --reduced --out again" in shown


def test_without_a_finished_trial_there_is_a_page_all_the_same(tmp_path):
    store = Store(tmp_path / "tiny")
    store.prepare()
    store.write(record(CLAIMED, "gap", 0, None, status="failed", reason="ValueError: no", times={}, history=[]), None)
    shown = text_of(write_report(CLAIMED, tmp_path).read_text())
    assert "1 trial: 1 failed" in shown
    assert "ValueError: no" in shown


# -- costs by stage --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def counted(tmp_path_factory):
    """A section whose records hold the costs of their networks."""
    from ablations.training.networks import prove

    costs = prove(TINY, (32, 32, 1), 10)
    store = Store(tmp_path_factory.mktemp("counted"))
    store.prepare()
    for name, cost in costs.items():
        one = record(TINY, name, 0, params=cost.params, macs=cost.macs)
        store.write(Record({**one, "data": {**one["data"], "image_shape": [32, 32, 1]}}), None)
    return sections(store, TINY)[0]


def test_stages_add_up_to_what_the_records_say(counted):
    tables, left_out = by_stage(counted)
    assert left_out == []
    assert [table.title for table in tables] == ["Parameters", "Multiply-adds"]
    for table, name in zip(tables, ("params", "macs"), strict=True):
        assert table.stages[-1] == "head"
        for one in counted.records:
            assert table.total(one["variant"]) == one[name]
            assert sum(cost.share for cost in table.rows[one["variant"]] if cost) == pytest.approx(1)
    gap, fc = (tables[0].rows[name] for name in ("gap", "fc"))
    assert gap[:-1] == [replace(mine, share=cost.share) for mine, cost in zip(fc[:-1], gap[:-1], strict=True)]
    assert gap[-1].count < fc[-1].count, "only the heads differ"


def test_a_network_that_is_built_otherwise_now_is_left_out_and_named(counted, tmp_path):
    store = Store(tmp_path)
    store.prepare()
    first, second = counted.records
    store.write(Record({**first, "params": first["params"] + 1}), None)
    toggles = {**second["configuration"]["toggles"], "no_such_toggle": 1}
    store.write(Record({**second, "configuration": {**second["configuration"], "toggles": toggles}}), None)
    (now, left_out), (before, unknown) = (by_stage(section) for section in sections(store, TINY))
    assert now == before == []
    assert re.match(r"gap is left out: its network has [\d,]+ parameters", left_out[0])
    assert "no_such_toggle" in unknown[0]


# -- the command that runs it again ----------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{"epochs": 3}, {"augmentation": ("crop", "flip"), "head": "fc", "width": 0.0625}])
def test_the_command_leads_to_the_same_trials(settings, tmp_path):
    study = replace(TINY, variants=(TINY.variants[0], replace(TINY.variants[1], overrides={"dropout": 0.1})))
    changed = study.change(settings)
    fill(Store(tmp_path), changed, {"gap": [80.0, 81.0]})
    (line, *_) = commands(sections(Store(tmp_path), study)[0], "my study.py")
    words = shlex.split(line)
    assert words[:5] == ["python", "-m", "ablations", "run", "my study.py"]
    typed = [words[place + 1] for place, word in enumerate(words) if word == "--set"]
    again = study.change(parse(typed))
    assert Trial(again, again.arms[0], 0).configuration() == Trial(changed, changed.arms[0], 0).configuration()


def test_the_command_names_what_the_study_does_not_say(tmp_path):
    study = replace(TINY, dataset="cifar10")
    fast = replace(study, recipe=replace(study.recipe, precision="bfloat16"))
    one = record(fast, "gap", 0, commit="0123456789ab", devices={"replicas": 4})
    store = Store(tmp_path)
    store.prepare()
    store.write(Record({**one, "data": {**one["data"], "name": "cifar10"}}), None)
    checkout, run, report = commands(sections(store, study)[0], "tiny")
    assert checkout == "git checkout 0123456789ab"
    assert run.endswith("run tiny --precision bfloat16 --seeds 1 --distribute data --data-dir DIR --out again")
    assert report == "python -m ablations report tiny --html --out again"


def test_of_a_real_difference_within_the_margin_the_page_names_the_better_arm(tmp_path):
    study = replace(TRAINED, claim=replace(TRAINED.claim, margin=2.0))
    noise = [score + 0.3 * (-1) ** seed for seed, score in enumerate(GAP)]
    ends = []
    for name, scores in (("real", FC), ("equal", noise)):
        (shown,) = claim_views(findings(study, fill_rungs(Store(tmp_path / name), study, {"gap": GAP, "fc": scores})))
        assert shown.verdict == "equivalent"
        ends.append(shown.ends)
    assert ends == ["is settled: fc is better, by less than 2 points", "is settled: no difference that counts"]


# -- a difference as a strip -----------------------------------------------------------------------------------------


def test_a_strip_has_its_parts_in_their_order(out):
    one = findings(STUDY, Store(out / "tiny"))[0]
    shown = strip(one, scales([one]))
    assert 0 < shown.margin[0] < shown.zero < shown.margin[1] < shown.claimed < shown.ends[0] < shown.mean < WIDTH
    assert shown.words.startswith("fc better by 1.00 [0.9")
    assert "as claimed +1.00 points, 95% interval +0." in shown.words


def test_a_trained_study_shows_the_difference_over_the_budget(tmp_path):
    fill_rungs(Store(tmp_path / "tiny"), TRAINED, {"gap": GAP, "fc": FC})
    page = write_report(TRAINED, tmp_path).read_text()
    shown = text_of(page)
    assert "“the head helps” is reproduced." in shown
    assert "Over the budget" in shown and "at 1 epoch, +1.00 at 2 epochs: reproduced" in shown
    assert "1 epoch: fc better by 1.00 [" in unescape(re.search(r'<desc id="rungs-words">(.*?)</desc>', page)[1])
    titles = [section.title for section in sections(Store(tmp_path / "tiny"), TRAINED)]
    assert titles == ["full, 2 epochs, exploratory", "full, 1 epoch, exploratory"], "the last rung first"


def test_a_claim_without_trials_has_no_strip(tmp_path):
    assert strip(findings(CLAIMED, Store(tmp_path))[0], {}) is None


def test_strips_of_a_page_share_their_scale_and_claims_link_to_their_papers(out):
    one = findings(STUDY, Store(out / "tiny"))[0]
    far = replace(one, claim=replace(one.claim, effect=20.0, source="arXiv 1409.4842, section 5, and arXiv 1312.4400"))
    views = claim_views([one, far])
    assert (views[0].strip.low, views[0].strip.high) == (views[1].strip.low, views[1].strip.high)
    assert views[0].strip.mean == views[1].strip.mean
    assert (views[0].paper, views[1].paper) == (None, "https://arxiv.org/abs/1409.4842")


# -- the index, and what a person types ------------------------------------------------------------------------------


def test_the_index_links_to_pages_and_names_what_was_not_run(out):
    other = replace(CLAIMED, name="other", question="Not yet?")
    plain = replace(TINY, name="plain", question="No claim?")
    fill(Store(out / "plain"), plain, {"gap": [80.0]})
    found = collect_ledger([STUDY, other, plain], out)
    page = write_index(found, [STUDY, other, plain], out).read_text()
    assert set(re.findall(r'<a href="([^#"]+)"', page)) == {"tiny/report.html", "plain/report.html"}
    shown = text_of(page)
    counted = "2 not judged 1 not run"
    for words in (counted, "It states no claim", "python -m ablations run other", "fc better by 1.00 [", "+1.00 ["):
        assert words in shown, words
    assert page == write_index(found, [STUDY, other, plain], out).read_text()


def test_report_says_what_is_missing(tmp_path):
    with pytest.raises(UserError, match="holds no records: run `python -m ablations run tiny` first"):
        write_report(TINY, tmp_path)
    answer = CliRunner().invoke(app, ["report", "quickstart", "--html", "--out", str(tmp_path)])
    assert isinstance(answer.exception, UserError)
    answer = CliRunner().invoke(app, ["claims", "pooling", "--html", "--out", str(tmp_path)])
    assert "drop the study names" in str(answer.exception)


@pytest.mark.parametrize("browser", [True, False])
def test_open_shows_the_page_or_says_where_it_is(browser, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(webbrowser, "open", lambda address: asked.append(address) or browser)
    fill(Store(tmp_path / "quickstart"), _quickstart(), {"gap": [90.0], "no_reduce": [91.0]})
    answer = CliRunner().invoke(app, ["report", "quickstart", "--open", "--out", str(tmp_path)])
    assert answer.exit_code == 0, answer.output
    assert asked == [(tmp_path / "quickstart" / "report.html").as_uri()]
    assert f"page: {tmp_path / 'quickstart' / 'report.html'}" in answer.output
    assert ("no browser found" in answer.output) != browser


def _quickstart():
    from ablations import studies

    return studies.load("quickstart")


def test_the_wheel_has_the_templates():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    patterns = settings["package-data"]["ablations.report.html"]
    files = [path.name for path in FOLDER.iterdir() if path.is_file() and path.suffix != ".py"]
    assert {"report.html.j2", "index.html.j2", "style.css", "page.js"} <= set(files)
    assert all(any(fnmatch(name, pattern) for pattern in patterns) for name in files)
