"""Ensembles (averaged models) on many crops: from stored weights to the six rows, the order and the ledger."""

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from ablations.cli import app
from ablations.data import datasets
from ablations.data.decoding import image, pixels
from ablations.evidence.findings import findings
from ablations.evidence.order import error, steps
from ablations.evidence.verdict import decide_order
from ablations.inspection import ensembles, multicrop
from ablations.records import ensembles as ensemble_records
from ablations.records import locks
from ablations.records.ensembles import Answers, draws
from ablations.records.store import Store
from ablations.report import ensembles as ensemble_pages
from ablations.report import ledger
from ablations.report.claim_pages import claim_lines
from ablations.runner import run
from ablations.runner.loggers.base import Reporter
from ablations.runner.pools import choose
from ablations.statistics.significance import sign_flip, sign_flip_counts
from ablations.study import Claim
from ablations.study.claims import PAPER, Ordering, Row
from inception_keras.errors import UserError
from tests.support.bench import TINY

FEW = Ordering("more is better", "a paper", order=(Row(1, 1), Row(2, 1), Row(2, 10)), images=20)
STUDY = replace(
    TINY,
    image_size=16,
    variants=TINY.variants[:1],
    recipe=replace(TINY.recipe, augmentation=("inception_crop",)),
    seeds=3,
    ordering=FEW,
)


@pytest.fixture(scope="module")
def out(tmp_path_factory, data_dir):
    """The results folder of three trials on 16-pixel crops, with their weights and an evaluation of their ensembles."""
    out = tmp_path_factory.mktemp("results")
    locks.write_lock(STUDY, out / "tiny", None)
    run.run_study(STUDY, out, str(data_dir), lambda *_: Reporter(), choose.choose_pool(0), keep_weights=True)
    ensembles.evaluate_ensembles(STUDY, Store(out / "tiny"), str(data_dir), (1, 2), (1, 10, 144))
    return out


def test_the_weights_lie_beside_the_records(out):
    store = Store(out / "tiny")
    for record in store.load():
        content = (out / "tiny" / "weights" / f"{record['address']}.weights.h5").read_bytes()
        assert record["weights"] == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def test_a_row_is_the_average_worked_out_by_hand(out, data_dir):
    """Runs each of the 144 crops through every network, where the bench runs equal crops once and weights them."""
    import keras

    from ablations.training.networks import build
    from inception_keras import inference_model

    data = datasets.load("digits", data_dir=data_dir, image_size=16, fraction=0.2, augmentation=("inception_crop",))
    store, by_seed = Store(out / "tiny"), []
    stored = list(datasets.stored_test_images("digits", str(data_dir), data.test.ids[:20]))
    shown = np.stack(
        [pixels(multicrop.cut(image(array), crop, 16)) for array in stored for crop in multicrop.crops(144, 8, 8, 16)]
    )
    network = build(STUDY, STUDY.baseline, data.image_shape, data.classes)
    inference = inference_model(network)
    for record in store.load():
        network.load_weights(out / "tiny" / "weights" / f"{record['address']}.weights.h5")
        logits = inference.predict(shown / 127.5 - 1, batch_size=720, verbose=0)
        by_seed.append(keras.ops.convert_to_numpy(keras.ops.softmax(logits)).reshape(20, 144, 10).mean(axis=1))
    found = ensemble_records.load_ensembles(store)
    for place, draw in enumerate([(0, 1), (1, 2), (2, 0)]):
        guessed = np.mean([by_seed[seed] for seed in draw], axis=0).argmax(axis=1)
        assert found.rows[Row(2, 144)].top1[place].tolist() == (guessed == data.test.labels[:20]).tolist()
    assert found.about["passes"] == 3 * 20 * 42


def test_one_model_and_one_crop_is_what_the_record_says(out):
    store = Store(out / "tiny")
    found = ensemble_records.load_ensembles(store).rows[Row(1, 1)]
    assert found.draws == ((0,), (1,), (2,))
    for own, record in zip(found.top1, store.load(), strict=True):
        assert own.tolist() == store.correct(record)[:20].tolist()


def test_tables_and_ledger_are_made_of_the_files(out):
    store = Store(out / "tiny")
    texts = ensemble_pages.texts(STUDY, store)
    assert texts == ensemble_pages.texts(STUDY, store)
    assert "10.07" in texts["ensembles.csv"] and "10.07" in texts["ensembles.md"]
    assert len(texts["ensembles.csv"].splitlines()) == 7
    (one,) = findings(STUDY, store)
    assert [(step.worse, step.better) for step in one.steps] == [((1, 1), (2, 1)), ((2, 1), (2, 10))]
    assert one.standing.startswith("locked") and one.verdict.name == "not judged"
    assert "undertrained: " in one.verdict.reason and "no rungs" in one.verdict.reason
    page = ledger.ledger_page([one])
    assert "gains of " in page and "1 not judged" in page
    assert "From 1 x 1 to 2 x 1 (" in "\n".join(claim_lines(one))
    assert ledger.ledger_table([one])["n"].tolist() == [3]
    more = replace(STUDY, seeds=4)
    assert "other trials" in findings(more, store)[0].verdict.reason
    other = replace(STUDY, ordering=replace(FEW, order=(Row(1, 1), Row(3, 1))))
    assert findings(other, store)[0].verdict.name == "not judged"
    assert "--keep-weights" in findings(STUDY, Store(out / "nothing"))[0].verdict.reason


def test_what_was_changed_is_not_read(out, tmp_path):
    store = Store(shutil.copytree(out / "tiny", tmp_path / "tiny"))
    (store.folder / "ensembles" / "answers.npz").write_bytes(b"")
    with pytest.raises(UserError, match="checksum does not match"):
        ensemble_records.load_ensembles(store)
    record = store.load()[1]
    store.weights_path(record).write_bytes(b"")
    with pytest.raises(UserError, match="changed since its record was written"):
        ensembles.members(STUDY, store, record["hardware"]["backend"])
    store.weights_path(record).unlink()
    with pytest.raises(UserError, match=r"no weights are kept of gap seed 1: .* --keep-weights --out OTHER"):
        ensembles.members(STUDY, store, record["hardware"]["backend"])


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["ensembles"], "has no finished trial of gap seeds 0 to 7"),
        (["ensembles", "--seeds", "3"], "--models 7: the study has 3 trials"),
        (["ensembles", "--crops", "1,12"], "crops per image are 1, 10 or 144, as in the papers; got 12"),
        (["ensembles", "--crops", "ten"], "--crops takes whole numbers"),
        (["ensembles", "--models", "1,1"], "a number twice"),
        (["gap_vs_fc", "--models", "1", "--set", "dataset=digits"], "trains on whole images"),
    ],
)
def test_a_mistake_is_one_line(words, answer, tmp_path, data_dir):
    settings = [] if "gap_vs_fc" in words else ["--set", "dataset=digits"]
    found = CliRunner().invoke(
        app.app, ["ensemble", *words, *settings, "--out", str(tmp_path), "--data-dir", str(data_dir)]
    )
    assert isinstance(found.exception, UserError)
    assert answer in str(found.exception)


def test_the_six_rows_are_in_the_papers_order():
    assert Ordering("s", "p").order == (Row(1, 1), Row(1, 10), Row(7, 1), Row(1, 144), Row(7, 10), Row(7, 144))
    assert [PAPER[row] for row in Ordering("s", "p").order] == [10.07, 9.15, 8.09, 7.89, 7.62, 6.67]


def test_every_model_has_a_part_in_as_many_draws():
    seven = draws(range(8), 7)
    assert len(seven) == len(set(map(frozenset, seven))) == 8
    assert all(sum(seed in draw for draw in seven) == 7 for seed in range(8))


def test_the_exact_test_is_the_sign_flip_test():
    generator = np.random.default_rng(3)
    for _ in range(20):
        differences = generator.integers(-3, 5, 12)
        expected = sign_flip(differences.astype(float), generator)
        assert sign_flip_counts(differences) == pytest.approx(expected)
    assert sign_flip_counts(np.zeros(5, int)) == 1
    assert sign_flip_counts(np.r_[np.ones(9, int), -1, np.zeros(990, int)]) == pytest.approx(22 / 1024), "McNemar"


def made(*right: int, images: int = 400) -> dict[Row, Answers]:
    """Rows of two equal draws each; in row i the first `right[i]` images are right."""
    rows = {}
    for row, count in zip(FEW.order, right, strict=True):
        top1 = np.tile(np.arange(images) < count, (2, 1))
        rows[row] = Answers(draws((0, 1), row.models), top1, top1)
    return rows


@pytest.mark.parametrize(
    ("right", "name"),
    [
        ((100, 120, 140), "reproduced"),
        ((100, 120, 121), "undecided"),
        ((100, 100, 100), "undecided"),
        ((100, 120, 90), "contradicted"),
    ],
)
def test_the_verdict_on_an_order(right, name):
    order = steps(FEW, made(*right))
    assert [step.gain for step in order] == pytest.approx(np.diff(right) / 4)
    assert decide_order(order).name == name
    assert all(step.p_holm >= step.p_value and step.low <= step.gain <= step.high for step in order)


def test_an_error_is_over_draws_and_images():
    top1 = np.array([[True, True, False, False], [True, False, False, False]])
    found = error(Answers(((0,), (1,)), top1, ~top1), "top1")
    assert found.mean == 62.5 and found.sd == pytest.approx(17.678, abs=1e-3)
    assert error(Answers(((0,), (1,)), top1, ~top1), "top5").mean == 37.5


def test_a_study_of_ensembles_has_one_variant_and_no_other_claim():
    with pytest.raises(UserError, match="either a claim or an ordering"):
        replace(TINY, ordering=FEW, claim=Claim("c", "s", variant="fc"))
    with pytest.raises(UserError, match="two different rows"):
        Ordering("s", "p", order=(Row(1, 1),))
    with pytest.raises(UserError, match="metric of an ordering"):
        Ordering("s", "p", metric="top2")
    assert json.loads(json.dumps(locks.terms(STUDY)))["hypothesis"]["order"] == [[1, 1], [2, 1], [2, 10]]


def test_trials_that_were_done_without_weights_are_named(tmp_path, data_dir):
    from ablations.records import weights
    from tests.support.trials import record

    store = Store(tmp_path / "tiny")
    done = [record(STUDY, "gap", 0), record(STUDY, "gap", 2), record(STUDY, "gap", 1, None, status="diverged")]
    assert [one["seed"] for one in weights.lacking_weights(store, done)] == [0, 2]
    remedy = weights.weights_remedy(store, done[:2], ["tiny.py", "--reduced"])
    assert "gap seeds 0, 2" in remedy and "python -m ablations run tiny.py --reduced --keep-weights" in remedy
