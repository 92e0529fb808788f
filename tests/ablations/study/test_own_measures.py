"""A user's own function as the metric of a claim: found by name, known by its source, tried before anything trains."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from ablations import api, compare
from ablations.data import datasets
from ablations.evidence.findings import findings
from ablations.evidence.sections import sections
from ablations.records import locks
from ablations.records.outcomes import Evaluation
from ablations.records.store import Store
from ablations.report import summary, tables
from ablations.runner.worker import Worker
from ablations.study import Claim, own_code
from ablations.study.claims import check_measures
from ablations.study.measures import measure
from inception_keras import UserError
from tests.support.trials import TRAINED, record

SHARE = "def share(labels, predictions):\n    return {times} * predictions.count('0') / len(labels)\n"
CALLED = {"gap": [70, 71, 72, 70, 73, 71, 70, 72], "fc": [75, 76, 77, 75, 78, 77, 75, 78]}  # class 0, of 100 answers


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, in which `my_measures:share` is the percentage of answers that are class 0."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    write(tmp_path, SHARE.format(times=100))
    yield tmp_path
    sys.modules.pop("my_measures", None)


def write(folder, text):
    """Writes the module as a new process would find it."""
    sys.modules.pop("my_measures", None)
    own_code._source_hash.cache_clear()
    (folder / "my_measures.py").write_text(text)
    sys.path_importer_cache.pop(str(folder), None)


def declared(effect=5.0):
    claim = Claim("more answers are 0", "me", variant="fc", effect=effect, margin=1.0, metric="my_measures:share")
    return replace(TRAINED, claim=claim)


@pytest.fixture
def results(folder):
    """The study with records of both rungs, half of the labels 0."""
    study, store = declared(), Store(folder / "results" / "tiny")
    store.prepare()
    labels = np.repeat([0, 1], 50).astype("uint16")
    for rung in map(study.at, study.budgets):
        for variant, counts in CALLED.items():
            for seed, count in enumerate(counts):
                five = np.zeros((100, 5), "uint16")
                five[count:, 0] = 1
                right = five[:, 0] == labels
                test = Evaluation({}, right, np.ones(100, bool), five, labels, np.ones(100, "float32"))
                made = record(rung, variant, seed, float(right.mean()))
                made["data"]["counts"]["test"] = 100
                store.write(made, test)
    return store


def test_its_numbers_are_made_of_the_stored_answers(results):
    study = declared()
    (found,) = findings(replace(study, floor=None), results)
    assert found.evidence.metric == study.claim.metric == own_code.known("my_measures:share", "measure")
    assert found.evidence.found.difference == np.mean(CALLED["fc"]) - np.mean(CALLED["gap"])
    assert found.verdict.name == "reproduced"
    foreign = compare(api.load(study, out="results").answers, measure="my_measures:share")
    assert foreign.table["difference"].iloc[0] == found.evidence.found.difference
    assert f"share is the function whose source has the hash {study.claim.metric[-12:]}" in str(foreign)


def test_tables_name_it_with_its_source(results):
    parts = sections(results, declared())
    assert set(tables.comparisons_table(parts)["metric"]) == {declared().claim.metric}
    (row,) = summary.others(parts[0]).to_dict("records")
    # means of 71.125 and 76.375: a half is rounded away from 0
    assert (row["measure"], row["baseline"], row["variant"]) == ("share", "gap 71.13", "fc 76.38")
    assert row["difference [95% over seeds]"].startswith("fc better by 5.25 [")


def test_a_changed_function_is_another_measure(results, folder):
    study = declared()
    locked = locks.terms(study)
    before = findings(study, results)[0].evidence
    write(folder, SHARE.format(times=1))
    with pytest.raises(UserError, match="the source of my_measures:share is not the one of the trial"):
        measure(study.claim.metric)
    changed = declared(effect=0.05)
    after = findings(changed, results)[0].evidence
    assert after.metric != before.metric
    assert after.found.difference == pytest.approx(before.found.difference / 100)
    assert locks.terms(declared())["hypothesis"] != locked["hypothesis"], (
        "a lock covers only the function it was made on"
    )


def test_the_function_itself_and_its_name_are_the_same_claim(folder):
    import my_measures

    named = declared().claim
    assert replace(named, metric=my_measures.share) == named
    assert measure(named.metric).name == named.metric


def test_a_trial_without_labels_or_without_results_has_no_value(folder):
    assert measure("my_measures:share").of(record(TRAINED, "gap", 0)) is None


@pytest.mark.parametrize(
    ("metric", "text", "message"),
    [
        ("my_measure:share", "", "can't be imported: ModuleNotFoundError.*is my_measure in the study's folder"),
        ("my_measures:", "", "an own measure is 'module:function'"),
        (
            "my_measures:shares",
            "def share(a, b): pass",
            "unknown function of my_measures 'shares': did you mean 'share'. allowed are 'share'",
        ),
        ("my_measures:share", "def share(labels): pass", r"must take labels and predictions; it takes \(labels\)"),
        ("my_measures:share", "def share(a, b, c): pass", r"must take labels and predictions; it takes \(a, b, c\)"),
        ("my_measures:share", "import operator\nshare = operator.itemgetter(1)", "whose source can't be told"),
        ("my_measures:share", "import functools\nshare = functools.partial(max, 1)", "whose source can't be told"),
    ],
)
def test_what_is_no_measure_is_refused_in_one_line_when_it_is_declared(folder, metric, text, message):
    write(folder, text)
    with pytest.raises(UserError, match=message):
        Claim("c", "s", variant="fc", metric=metric)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return 'high'", "must return a finite number .*; it returned 'high'"),
        ("return None", "it returned None"),
        ("raise SystemExit(3)", r"failed: it called sys.exit\(3\)"),
        ("return float('nan')", "it returned nan"),
        ("return {'kappa': 1}", "it returned {'kappa': 1}"),
        ("import numpy\n    return numpy.ones(3)", "it returned array"),
        ("return labels['cat']", "the measure my_measures:share failed: TypeError: list indices"),
    ],
)
def test_a_function_that_gives_no_number_stops_a_run_before_a_framework_is_loaded(folder, monkeypatch, body, message):
    write(folder, f"def share(labels, predictions):\n    {body}\n")
    monkeypatch.setattr(datasets, "load_for", lambda *a: SimpleNamespace(class_names=("cat", "dog")))
    monkeypatch.setattr("ablations.runner.worker.load_backend", lambda: pytest.fail("loaded"))
    with pytest.raises(UserError, match=message):
        Worker(declared(), None)


def test_it_is_tried_on_every_class(folder):
    tried = "def share(labels, predictions):\n    assert set(labels) == set(predictions) == {'cat', 'dog', 'elk'}\n"
    write(folder, tried + "    return sum(a == b for a, b in zip(labels, predictions)) / len(labels)\n")
    check_measures([declared(0.5).claim], ("cat", "dog", "elk"))
