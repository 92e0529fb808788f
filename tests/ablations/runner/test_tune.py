"""Tuning: one setting after another on the validation split, each arm by itself; the test split is never read."""

import time
from dataclasses import replace

import pytest

from ablations.data import datasets
from ablations.records.outcomes import Outcome
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.records.trials import Cost, Site
from ablations.records.tuning import Choice, Point, at_edge, candidates, choose, load_choice, tuned
from ablations.report.tuning import write_tuning
from ablations.runner import run as runner_run
from ablations.runner.loggers.base import Reporter
from ablations.runner.pools.base import WorkerHandle, WorkerPool
from ablations.runner.tune import tune_study
from ablations.runner.worker import Open, Prove, Train
from ablations.study import Trial, Tuning
from ablations.training.progress import TrialListener
from ablations.training.trainer import Trainer
from inception_keras import UserError
from tests.support.bench import QUICK
from tests.support.trials import record

GRID = {"learning_rate": (0.01, 0.05, 0.1), "dropout": (0.0, 0.2)}
STUDY = replace(QUICK, tuning=Tuning(GRID, epochs=1, seeds=2))
BEST = {"gap": {"learning_rate": 0.05, "dropout": 0.0}, "fc": {"learning_rate": 0.1, "dropout": 0.2}}


class Validating(WorkerPool):
    """Workers whose trials have the validation accuracy that `score(study, arm)` returns, and no test results."""

    def __init__(self, score, size=2):
        self.score, self.size, self.trained, self.queue = score, size, [], []

    def start(self, number):
        return Validator(number, self)

    def events(self, handle, seconds):
        for _ in range(len(self.queue)):
            handle(*self.queue.pop(0))

    def __exit__(self, *error):
        pass


class Validator(WorkerHandle):
    def __init__(self, number, pool):
        super().__init__(number)
        self.pool = pool

    def ask(self, request):
        match request:
            case Open():
                self.study, made = request.study, record(QUICK, "gap", 0)
                events = [("site", Site(made["data"], made["hardware"], made["versions"], made.rounding))]
            case Prove():
                events = [("costs", {arm.name: Cost(1, 1, 1, 1, 1) for arm in self.study.arms})]
            case Train():
                arm = next(arm for arm in self.study.arms if arm.name == request.variant)
                self.pool.trained.append((request.variant, request.seed, request.epochs))
                events = [("outcome", self.pool.score(self.study, arm))]
        self.pool.queue += [(self, *event) for event in events]

    def finish(self):
        pass

    def kill(self):
        pass


def score(study, arm) -> Outcome:
    """Best at the values of BEST, whatever the others are."""
    own = {**study.toggles(arm), "learning_rate": study.recipe_of(arm).learning_rate}
    wanted = BEST[arm.name.partition("+")[0]]
    near = sum(own.get(name) == value for name, value in wanted.items())
    return Outcome(metrics={"validation": {"top1": 0.3 + 0.2 * near, "loss": 1.0}}, times={"total": 1.0})


def tune(out, pool=None, study=STUDY):
    pool = pool or Validating(score)
    return tune_study(study, out, None, Reporter, lambda: pool)


def test_each_arm_is_tuned_by_itself_one_setting_after_another(tmp_path):
    pool = Validating(score)
    choice = tune(tmp_path, pool)
    assert choice.settings == BEST
    names = [name for name, _, _ in pool.trained]
    assert len(names) == 2 * (3 + 1) * 2 + 2 * 2, "arms x values x seeds; dropout 0.0 was trained with the rates"
    assert all("learning_rate" in name for name in names[:14]) and all("dropout" in name for name in names[14:])
    assert [name for name in names[12:14] + names[18:]] == ["fc+learning_rate_0.2"] * 2 + ["fc+dropout_0.4"] * 2
    assert {seed for _, seed, _ in pool.trained} == {1000, 1001}
    rates = [r.recipe["learning_rate"] for r in Store(tmp_path / "tiny" / "tuning").load() if "dropout" in r.variant]
    assert sorted(set(rates)) == [0.05, 0.1], "dropout is tried at the best learning rate of its arm"


def test_a_tuning_that_was_killed_continues(tmp_path):
    class Killed(Exception):
        pass

    begun = []

    def dies(study, arm):
        begun.append(arm)
        if len(begun) == 14:
            raise Killed
        return score(study, arm)

    with pytest.raises(Killed):
        tune(tmp_path, Validating(dies))
    again = Validating(score)
    assert tune(tmp_path, again).settings == BEST
    assert len(again.trained) == 20 - 13, "no trial is run twice"
    assert tune(tmp_path, Validating(lambda *_: pytest.fail("again"))).settings == BEST, "a choice stands"


def test_a_tuning_whose_time_is_up_keeps_its_trials_and_chooses_nothing(tmp_path):
    pool = Validating(score)

    def slow(study, arm):
        time.sleep(max(0.0, deadline - time.monotonic()))
        return score(study, arm)

    deadline = time.monotonic() + 2
    assert tune_study(STUDY, tmp_path, None, Reporter, lambda: Validating(slow), deadline=deadline) is None
    done = Store(tmp_path / "tiny" / "tuning").load()
    assert 1 <= len(done) < 12
    assert tune_study(STUDY, tmp_path, None, Reporter, lambda: pool, deadline=time.monotonic() + 600).settings == BEST
    assert len(pool.trained) == 20 - len(done), "no trial is run twice"


def test_a_grid_goes_on_where_its_edge_is_best(tmp_path):
    """Three values beyond: 0.2, 0.4 and 0.8, the last one worse. The choice is read back, and is no edge."""

    def rises(study, arm):
        rate = study.recipe_of(arm).learning_rate
        return Outcome(metrics={"validation": {"top1": rate if rate < 0.5 else 0.1, "loss": 1.0}}, times={"total": 1.0})

    study = replace(STUDY, tuning=Tuning({"learning_rate": (0.01, 0.05, 0.1)}, epochs=1))
    choice = tune(tmp_path, Validating(rises), study)
    assert [point.value for point in choice.points if point.arm == "fc"] == [0.01, 0.05, 0.1, 0.2, 0.4, 0.8]
    assert choice.settings["fc"] == {"learning_rate": 0.4} and not choice.warnings
    assert load_choice(study, tmp_path / "tiny") == choice
    assert tuned(study, tmp_path / "tiny").edges == ()


def test_a_best_value_at_the_last_edge_warns(tmp_path):
    def rises(study, arm):
        own = study.toggles(arm)["dropout"] if arm.name.startswith("fc") else 0.0
        return Outcome(metrics={"validation": {"top1": 0.3 + own / 2, "loss": 1.0}}, times={"total": 1.0})

    study = replace(STUDY, tuning=Tuning({"dropout": (0.0, 0.2)}, epochs=1))
    choice = tune(tmp_path, Validating(rises), study)
    assert [point.value for point in choice.points if point.arm == "fc"] == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert choice.warnings == [
        "fc: the best dropout is 1.0, the edge of the grid: extend it and tune again",
        "gap: every dropout reached 30.00%, so that nothing is chosen: tune for more epochs",
    ]
    assert tuned(study, tmp_path / "tiny").edges == ("fc",)
    pages = [path.read_text() for path in write_tuning(choice, study, tmp_path / "tiny")]
    assert "yes, at the edge" in pages[1] and "extend it" in pages[1]
    assert {path.name for path in (tmp_path / "tiny" / "tuning").glob("tuning.*")} == {
        *("tuning.csv", "tuning.md", "tuning.png", "tuning.svg")
    }


def test_what_is_an_edge():
    assert not at_edge(0.0, (0.0, 0.2)), "there is no dropout below 0"
    assert not at_edge("one_cycle", ("one_cycle", "constant"))
    assert at_edge(0.2, (0.2, 0.1)), "the order of the grid does not matter"


def test_of_equal_values_the_first_is_chosen_and_divergence_is_chance(tmp_path):
    tried = [Point("gap", "dropout", value, (50.0,), ()) for value in (0.4, 0.2)]
    assert [point.chosen for point in choose(tried)] == [True, False]

    def diverges(study, arm):
        hot = study.recipe_of(arm).learning_rate == 0.05
        return Outcome("diverged", "loss nan", times={"total": 1.0}) if hot else score(study, arm)

    points = [point for point in tune(tmp_path, Validating(diverges)).points if point.value == 0.05]
    assert {point.scores for point in points} == {(10.0, 10.0)}


def test_a_trial_without_a_result_stops_the_tuning(tmp_path):
    with pytest.raises(UserError, match="12 trials of the tuning have no result .*tune tiny"):
        tune(tmp_path, Validating(lambda *_: Outcome("failed", "broken", times={"total": 1.0})))
    assert load_choice(STUDY, tmp_path / "tiny") is None


def test_run_refuses_until_it_is_tuned_and_then_trains_the_choice(tmp_path):
    with pytest.raises(UserError, match="not tuned yet: type `python -m ablations tune tiny`"):
        runner_run.run_study(STUDY, tmp_path, None, Reporter, Validating(score))
    tune(tmp_path)
    ready = tuned(STUDY, tmp_path / "tiny")
    assert ready.choice == BEST
    test = {"test": {"top1": 0.5, "top5": 0.9, "loss": 1.0}}
    pool = Validating(lambda *_: Outcome(metrics=test, times={"total": 1.0}))
    records = runner_run.run_study(ready, tmp_path, None, Reporter, pool)
    assert [(r.variant, r.recipe["learning_rate"], r.toggles["dropout"], r.seed) for r in records] == [
        *(("gap", 0.05, 0.0, seed) for seed in (0, 1)),
        *(("fc", 0.1, 0.2, seed) for seed in (0, 1)),
    ]
    assert records[0].tuned == BEST["gap"]
    assert tuned(replace(STUDY, fraction=0.3), tmp_path / "tiny").untuned, "other data is tuned anew"
    assert not tuned(replace(STUDY, seeds=5, question="!"), tmp_path / "tiny").untuned


def test_a_changed_choice_is_refused(tmp_path):
    tune(tmp_path)
    (path,) = (tmp_path / "tiny" / "tuning").glob("choice-*.json")
    path.write_text(path.read_text().replace("0.05", "0.01"))
    with pytest.raises(UserError, match="was changed after it was written"):
        tuned(STUDY, tmp_path / "tiny")


def test_a_study_without_a_tuning_has_nothing_to_tune(tmp_path):
    with pytest.raises(UserError, match="declares no tuning"):
        tune(tmp_path, study=QUICK)
    assert tuned(QUICK, tmp_path) is QUICK


def test_the_test_split_is_never_read():
    """A real trial of a tuning, on data whose test split can't be read."""

    class Forbidden(datasets.Split):
        def take(self, indices):
            pytest.fail("a tuning read the test split")

    data = datasets.load("digits", image_size=32, fraction=0.2)
    guarded = replace(data, test=Forbidden(data.test.images, data.test.labels, data.test.ids))
    tried = candidates(STUDY, "learning_rate", {})
    outcome = Trainer(tried, tried.arms[1], guarded).train(1000, TrialListener())
    assert (outcome.status, set(outcome.metrics), outcome.test) == ("done", {"validation"}, None)
    assert Trial(tried, tried.arms[1], 1000).configuration()["splits"] == ["validation"]
    assert "test" not in Record(metrics=outcome.metrics).metrics


def test_values_that_came_out_equal_are_no_choice():
    """As networks do that all guess after too few epochs."""
    guessed = [Point("fc", "dropout", value, (9.59,), (), chosen=not value) for value in (0.0, 0.1)]
    learnt = [Point("gap", "dropout", value, (20.0 + value,), (), chosen=bool(value)) for value in (0.0, 0.1)]
    alone = [Point("max", "dropout", 0.0, (9.59,), (), chosen=True)]
    choice = Choice("tiny", "full", (*guessed, *learnt, *alone), 1, "a CPU", None)
    assert choice.warnings == ["fc: every dropout reached 9.59%, so that nothing is chosen: tune for more epochs"]
