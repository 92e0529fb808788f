"""One trial: its initial weights, its data, its results."""

import ast
import json
from dataclasses import replace

import keras
import numpy as np
import pytest

from ablations.data import datasets
from ablations.evidence.forecast import images_at_the_end
from ablations.study import Study, Variant
from ablations.training.evaluation import evaluate, judge
from ablations.training.networks import build, prove
from ablations.training.progress import TrialListener
from ablations.training.seeding import seed_model
from ablations.training.trainer import Trainer
from inception_keras import UserError
from tests.support.bench import QUICK, TINY
from tests.support.paths import ROOT

pytestmark = pytest.mark.jax
SHAPE, CLASSES = (32, 32, 1), 10
GAP, FC = TINY.arms


@pytest.fixture(scope="module")
def data():
    return datasets.load("digits", image_size=32, fraction=0.2)


def weights(model) -> dict[str, np.ndarray]:
    return {variable.path: np.array(variable) for variable in model.weights}


def test_shared_layers_start_from_the_same_weights():
    gap, fc = build(TINY, GAP, SHAPE, CLASSES), build(TINY, FC, SHAPE, CLASSES)
    for model in (gap, fc):
        seed_model(model, 5)
    ours, theirs = weights(gap), weights(fc)
    shared = [path for path in set(ours) & set(theirs) if ours[path].shape == theirs[path].shape]
    assert len(shared) == len(ours) - 1, "all but the classifier's kernel, whose input differs"
    for path in shared:
        np.testing.assert_array_equal(ours[path], theirs[path], err_msg=path)


def test_seeds_and_layers_have_streams_of_their_own():
    model = build(TINY, GAP, SHAPE, CLASSES)
    seed_model(model, 0)
    first = weights(model)
    seed_model(model, 1)
    second = weights(model)
    kernels = [path for path in first if path.endswith("kernel")]
    assert all(not np.array_equal(first[path], second[path]) for path in kernels)
    assert not np.array_equal(first["inception_4b_1x1/kernel"], first["inception_4c_1x1/kernel"][..., :5])


def test_a_seed_gives_the_same_numbers_whatever_was_trained_before(data):
    trainer = Trainer(TINY, GAP, data)
    alone = trainer.train(1, TrialListener())
    after_another = [trainer.train(seed, TrialListener()) for seed in (0, 1)][1]
    fresh = Trainer(TINY, GAP, data).train(1, TrialListener())
    for other in (after_another, fresh):
        assert other.history == alone.history
        assert other.metrics == alone.metrics
        np.testing.assert_array_equal(other.test.predictions, alone.test.predictions)


def test_a_study_may_ask_for_more_than_the_test_split(data, monkeypatch):
    seen = []

    def counted(model, split, batch_size, mirrored):
        seen.append(len(split) * (2 if mirrored else 1))
        return evaluate(model, split, batch_size, mirrored=mirrored)

    monkeypatch.setattr("ablations.training.trial_evaluations.evaluate", counted)
    study = replace(QUICK, evaluations=("train", "shifts", "mirrored"))
    more = Trainer(study, QUICK.baseline, data).train(0, TrialListener())
    assert sum(seen) == len(data.validation) + images_at_the_end(study, data), "a plan counts all of them"
    alone = Trainer(QUICK, QUICK.baseline, data).train(0, TrialListener())
    assert {name: more.metrics[name] for name in alone.metrics} == alone.metrics, "the trial is the same"
    assert set(more.metrics) - set(alone.metrics) == {
        *("train", "shift_1", "shift_2", "shift_4", "shift_8"),
        *("mirrored", "validation_mirrored"),
    }
    assert more.metrics["shift_8"] != more.metrics["test"]
    assert more.metrics["mirrored"] != more.metrics["test"]


def test_what_a_trial_reports(data):
    class Notes(TrialListener):
        def __init__(self):
            self.steps, self.epochs = [], []

        def step(self, epoch, step, loss, top1):
            self.steps.append((epoch, step))

        def epoch_done(self, row):
            self.epochs.append(row)

    outcome = Trainer(replace(QUICK, recipe=replace(QUICK.recipe, epochs=2)), QUICK.baseline, data).train(
        0, notes := Notes()
    )
    assert outcome.status == "done"
    steps = len(data.train) // 32
    assert notes.steps == [(epoch, step) for epoch in range(2) for step in range(steps)]
    assert [row["epoch"] for row in outcome.history] == [1, 2]
    assert set(outcome.history[0]) == {
        *("epoch", "loss", "top1"),
        *("validation_loss", "validation_top1", "validation_top5"),
    }
    assert notes.epochs == outcome.history
    assert set(outcome.metrics) == {"validation", "test"}
    assert len(outcome.test.top1) == 360, "the fraction does not cut the test split"
    assert set(outcome.times) == {"compile", "step", "input", "training", "evaluation", "total"}
    assert all(seconds >= 0 for seconds in outcome.times.values())


def test_the_test_split_is_read_once_after_the_last_epoch(data):
    events = []

    class Watched(datasets.Split):
        def take(self, indices):
            events.extend(("example", int(index)) for index in indices)
            return super().take(indices)

    class Notes(TrialListener):
        def epoch_done(self, row):
            events.append(("epoch", row["epoch"]))

    watched = replace(data, test=Watched(data.test.images, data.test.labels, data.test.ids))
    Trainer(replace(QUICK, recipe=replace(QUICK.recipe, epochs=2)), QUICK.baseline, watched).train(0, Notes())
    assert events[:2] == [("epoch", 1), ("epoch", 2)], "no test example before the last epoch"
    assert sorted(index for _, index in events[2:]) == list(range(360)), "then each example once"


def test_one_place_that_trains_reads_the_test_split():
    """Taking its length reads no example; passing it on counts. Code that evaluates trained weights chooses nothing."""
    evaluates = ("inspection/", "report/explanation.py")
    readers = []
    package = ROOT / "ablations"
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text())
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        lengths = {id(part) for call in calls if ast.unparse(call.func) == "len" for part in ast.walk(call)}
        splits = [
            n for n in ast.walk(tree) if isinstance(n, ast.Attribute) and n.attr == "test" and id(n) not in lengths
        ]
        readers += [
            f"{path.relative_to(package)}: {ast.unparse(node)}"
            for node in splits
            if ast.unparse(node.value).endswith("data")
        ]
    readers = [reader for reader in readers if not reader.startswith(evaluates)]
    assert readers == ["training/trial_evaluations.py: self._data.test"]


def test_auxiliary_heads_are_trained_and_not_evaluated(data):
    study = replace(TINY, variants=(GAP, Variant("aux", {"aux_heads": True}, "with them")))
    trainer = Trainer(study, study.arms[1], data)
    outcome = trainer.train(0, TrialListener())
    assert outcome.status == "done"
    assert trainer.evaluations.inference.output.shape == (None, 10)
    before = Trainer(study, study.arms[1], data)
    seed_model(before.model, 0)
    for name in ("aux_4a_fc", "aux_4d_fc"):
        start, end = (np.array(t.model.get_layer(name).kernel) for t in (before, trainer))
        assert not np.array_equal(start, end), name


def test_a_trial_that_diverges_says_so(data):
    study = replace(QUICK, recipe=replace(QUICK.recipe, learning_rate=1e3, weight_decay=1.0, epochs=3))
    outcome = Trainer(study, QUICK.baseline, data).train(0, TrialListener())
    assert outcome.status == "diverged"
    assert "loss" in outcome.reason
    assert outcome.test is None, "the test split is not read for a trial that failed"


def test_a_batch_larger_than_the_split_is_refused(data):
    with pytest.raises(UserError, match="less than one batch of 4096"):
        Trainer(replace(TINY, recipe=replace(TINY.recipe, batch_size=4096)), GAP, data)


def test_bfloat16_is_for_one_study_alone(data):
    before = keras.config.dtype_policy().name
    trainer = Trainer(replace(TINY, recipe=replace(TINY.recipe, precision="bfloat16")), GAP, data)
    assert trainer.model.get_layer("inception_3a_1x1").compute_dtype == "bfloat16"
    assert trainer.train(0, TrialListener()).status == "done"
    assert keras.config.dtype_policy().name == before


class TestProof:
    def test_costs_are_those_of_the_built_networks(self):
        costs = prove(TINY, SHAPE, CLASSES)
        assert list(costs) == ["gap", "fc"]
        hidden = 4 * 4 * 12 * 16 + 16  # the 4x4 map of 12 channels, flattened, to 16
        assert costs["fc"].head_params == hidden + 16 * 10 + 10
        assert costs["gap"].head_params == 12 * 10 + 10
        assert costs["gap"].params - costs["gap"].head_params == costs["fc"].params - costs["fc"].head_params

    def test_auxiliary_heads_belong_to_the_head_and_not_to_inference(self):
        study = replace(TINY, variants=(GAP, Variant("aux", {"aux_heads": True})))
        costs = prove(study, SHAPE, CLASSES)
        assert costs["aux"].inference_params == costs["gap"].params < costs["aux"].params
        assert costs["aux"].head_params > costs["gap"].head_params

    def test_the_same_graph_twice_is_refused(self):
        # without the pool branch there is nothing left to project: the configurations differ, the networks do not
        base = {**TINY.base, "branches": ("1x1", "3x3", "5x5")}
        study = replace(TINY, base=base, variants=(GAP, Variant("x", {"pool_projection": False})))
        with pytest.raises(UserError, match="'gap' and 'x' build the same graph"):
            prove(study, SHAPE, CLASSES)

    def test_heads_are_not_compared_on_a_small_map(self):
        study = replace(TINY, base={**TINY.base, "stem": "imagenet", "stem_stride": 1})
        with pytest.raises(UserError, match="last map is 1 x 1"):
            prove(study, SHAPE, CLASSES)

    def test_top5_with_five_classes_is_refused(self):
        from ablations.study import Claim

        study: Study = replace(TINY, claim=Claim("c", "s", variant="fc", metric="top5"))
        with pytest.raises(UserError, match="top-5 says nothing with 5 classes"):
            prove(study, SHAPE, 5)

    def test_auxiliary_heads_on_a_small_map_are_refused(self):
        base = {**TINY.base, "stem": "imagenet", "stem_stride": 1}
        study = replace(TINY, base=base, variants=(GAP, Variant("aux", {"aux_heads": True})))
        with pytest.raises(UserError, match="too small for an auxiliary head"):
            prove(study, (64, 64, 1), CLASSES)


@pytest.mark.parametrize("split", ["validation", "test", "train"])
def test_a_loss_that_is_not_finite_on_any_split_is_a_divergence(data, monkeypatch, tmp_path, split):
    study = replace(QUICK, evaluations=("train",))

    def evaluate(model, examples, batch_size, mirrored):
        logits = np.zeros((len(examples), CLASSES), "float32")
        logits[0, 0] = np.nan if examples is getattr(data, split) else 0.0
        return judge(logits, examples.labels)

    monkeypatch.setattr("ablations.training.trial_evaluations.evaluate", evaluate)
    outcome = Trainer(study, study.baseline, data).train(0, TrialListener())
    when = "in epoch 1" if split == "validation" else "after the last epoch"
    assert (outcome.status, outcome.reason) == ("diverged", f"{split} loss nan {when}")
    assert (outcome.metrics, outcome.test) == ({}, None)
    assert len(outcome.history) == (0 if split == "validation" else 1)
    json.dumps([outcome.history, outcome.times], allow_nan=False)


def test_pictures_that_are_no_squares(data_dir):
    """Height and width reach the network, its costs, and the evaluation on moved images."""
    study = replace(
        QUICK, image_size=(48, 32), evaluations=("shifts",), recipe=replace(QUICK.recipe, augmentation=("crop",))
    )
    data = datasets.load_for(study, data_dir)
    fc = study.arms[1]
    square, tall = (prove(study, (height, 32, 1), CLASSES)["fc"] for height in (32, 48))
    assert (tall.params - tall.head_params, square.params < tall.params) == (square.params - square.head_params, True)
    trainer = Trainer(study, fc, data)
    assert trainer.model.input_shape == (None, 48, 32, 1)
    outcome = trainer.train(0, TrialListener())
    assert outcome.status == "done"
    assert {"test", "validation", "shift_8"} <= outcome.metrics.keys()
