"""The supervisor with scripted workers: which one trains what, dies or is too slow, and what is recorded."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from ablations.records.outcomes import Outcome
from ablations.records.store import Store
from ablations.records.trials import Cost, Site
from ablations.runner import run as runner_run
from ablations.runner.loggers.base import Reporter
from ablations.runner.supervisor import RETRIES
from ablations.runner.worker import Open, Prove, Train
from ablations.study import Variant
from ablations.training.progress import TrialListener
from inception_keras import UserError
from tests.support.bench import TINY
from tests.support.scripted_pool import FOUR, ROW, ScriptedPool, run, well
from tests.support.trials import answers, record


def test_every_trial_is_trained_once(tmp_path):
    pool = ScriptedPool(3, well)
    records = run(tmp_path, pool, FOUR)
    assert [(r["variant"], r["seed"]) for r in records] == [(v, s) for v in ("gap", "fc") for s in range(4)]
    assert sorted(trial[1:] for trial in pool.trained) == sorted((r["variant"], r["seed"]) for r in records)
    assert all(r["attempts"] == 1 for r in records)
    assert run(tmp_path, ScriptedPool(3, lambda *a: pytest.fail("again")), FOUR) == records


def test_workers_keep_to_a_variant(tmp_path):
    pool = ScriptedPool(2, well)
    run(tmp_path, pool, FOUR)
    for worker in (0, 1):
        own = [variant for number, variant, _ in pool.trained if number == worker]
        changes = sum(one != other for one, other in pairwise(own))
        assert changes <= 1, "a worker traces a second graph only to help the other one at the end"


def test_no_more_workers_than_trials(tmp_path):
    pool = ScriptedPool(8, well)
    run(tmp_path, pool, replace(TINY, seeds=1))
    assert pool.opened == [0, 1]


def test_a_trial_whose_process_dies_begins_again(tmp_path):
    died = []

    def dies_once(worker, request):
        if request.seed == 1 and request.variant not in died:
            died.append(request.variant)
            return [("gone", "its process was ended by SIGKILL")]
        return well(worker, request)

    pool = ScriptedPool(1, dies_once)
    records = run(tmp_path, pool)
    assert {(r["variant"], r["seed"]): r["attempts"] for r in records} == {
        ("gap", 0): 1,
        ("gap", 1): 2,
        ("fc", 0): 1,
        ("fc", 1): 2,
    }
    assert pool.opened == [0, 0, 0]


def test_one_that_dies_always_is_killed_and_costs_no_other(tmp_path):
    def dies(worker, request):
        told = ("told", ("epoch_done", (ROW,)))
        return (
            [told, ("gone", "its process was ended by SIGKILL")]
            if request.variant == "fc" and request.seed == 0
            else well(worker, request)
        )

    pool = ScriptedPool(1, dies)
    records = run(tmp_path, pool)
    assert [r["status"] for r in records] == ["done", "done", "killed", "done"]
    assert (records[2]["attempts"], records[2]["reason"]) == (RETRIES + 1, "its process was ended by SIGKILL")
    assert records[2]["history"] == [ROW]
    assert len(pool.trained) == 4 + RETRIES
    again = run(tmp_path, ScriptedPool(1, well))
    assert [r["status"] for r in again] == ["done"] * 4, "a killed trial runs again in the next run"


def test_all_workers_read_the_data_as_the_first_one_and_as_stored_trials(tmp_path):
    run(tmp_path, pool := ScriptedPool(3, well), FOUR)
    assert pool.streamed == [None, False, False]
    run(tmp_path, pool := ScriptedPool(1, well), replace(FOUR, seeds=5))
    assert pool.streamed == [False]


def test_workers_that_can_not_start_are_given_up(tmp_path):
    class Broken(ScriptedPool):
        def start(self, number):
            self.queue.append((worker := super().start(number), "gone", "its process ended with 1"))
            worker.ask = lambda request: None
            return worker

    with pytest.raises(UserError, match="no worker can start, in 3 attempts: its process ended with 1; `--jobs 0`"):
        run(tmp_path, Broken(1, well))


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ([], "no worker can start, in 3 attempts: its process ended with 1"),
        (
            [("building", "gap"), ("building", "fc")],
            "variant 'fc' can't be built, in 3 attempts: its process ended with 1",
        ),
    ],
)
def test_workers_that_start_and_die_before_a_trial_are_given_up(tmp_path, before, sentence):
    class Dying(ScriptedPool):
        def start(self, number):
            worker = super().start(number)
            ask = worker.ask
            worker.ask = lambda request: self._die(worker) if isinstance(request, Prove) else ask(request)
            return worker

        def _die(self, worker):
            self.queue += [(worker, *event) for event in [*before, ("gone", "its process ended with 1")]]

    pool = Dying(1, well)
    with pytest.raises(UserError, match=sentence):
        run(tmp_path, pool)
    assert pool.opened == [0] * (RETRIES + 1)


def test_idle_workers_that_die_again_and_again_are_given_up(tmp_path):
    """Each new one starts well: that must not begin the count again."""

    class Dying(ScriptedPool):
        def start(self, number):
            worker = super().start(number)
            if number == 1:
                ask = worker.ask
                worker.ask = lambda request: ask(request) or self.queue.append((worker, "gone", "no memory"))
            return worker

    pool = Dying(2, lambda worker, request: [])
    with pytest.raises(UserError, match="no worker can start, in 3 attempts: no memory"):
        run(tmp_path, pool)
    assert pool.opened == [0, 1, 1, 1]


class Growing(ScriptedPool):
    """Workers that take 800 MB with their first variant and 55 MB more with each further one, as GoogLeNet does."""

    def __init__(self, size=1):
        super().__init__(size, self._train)
        self.highest = 0

    def start(self, number):
        worker = super().start(number)
        worker.variants = set()
        return worker

    def _train(self, worker, request):
        worker.variants.add(request.variant)
        used = (800 + 55 * (len(worker.variants) - 1)) * 10**6
        self.highest = max(self.highest, used)
        return [("memory", used), *well(worker, request)]


@pytest.mark.parametrize("workers", [1, 2])
def test_many_variants_take_bounded_memory(tmp_path, monkeypatch, workers):
    arms = tuple(Variant(f"v{n}", {"dropout": 0.01 * n} if n else {}) for n in range(30))
    study, costs = replace(TINY, variants=arms), {arm.name: Cost(1, 1, 1, 1, 1) for arm in arms}
    monkeypatch.setattr(ScriptedPool, "costs", costs)
    pool = Growing(workers)
    assert len(run(tmp_path, pool, study)) == 60
    assert len(pool.trained) == 60, "each once"
    assert pool.highest < 1.5 * 800 * 10**6
    assert 30 // 6 <= len(pool.opened) <= 30 // 4, "a new process costs seconds"
    monkeypatch.setattr(Growing, "can_kill", False)
    alone = Growing()
    run(tmp_path / "alone", alone, study)
    assert alone.opened == [0], "the process of the run itself can't be replaced"


def test_a_trial_that_takes_too_long_is_ended(tmp_path):
    def slow(worker, request):
        return [] if request.variant == "gap" else well(worker, request)

    records = run(tmp_path, ScriptedPool(1, slow), replace(TINY, seeds=1), limit=0.001)
    assert [r["status"] for r in records] == ["timed out", "done"]
    assert records[0]["reason"] == "over the limit of 0.001 minutes"


def test_a_mistake_ends_the_run(tmp_path):
    with pytest.raises(UserError, match="the disk is full"):
        run(tmp_path, ScriptedPool(2, lambda *a: [("mistake", "the disk is full")]))


def test_another_machine_with_other_data_is_refused(tmp_path):
    class Mixed(ScriptedPool):
        def start(self, number):
            worker = super().start(number)
            made = record(TINY, "gap", 0)
            if number:
                site = Site({**made["data"], "fingerprint": "other"}, made["hardware"], made["versions"], made.rounding)
                worker.ask = lambda request: self.queue.append((worker, "site", site))
            return worker

    with pytest.raises(UserError, match="other data"):
        run(tmp_path, Mixed(2, well))


@pytest.mark.parametrize("name", ["fc", "dense"])
def test_a_trial_of_another_runner_is_waited_for(tmp_path, monkeypatch, name):
    """Its claim is held; while this run waits, the other one writes the record, maybe under the variant's old name."""
    store = Store(tmp_path / "tiny")
    store.prepare()
    theirs = record(replace(TINY, variants=(TINY.arms[0], replace(TINY.arms[1], name=name))), name, 1)
    claim = store.claim(theirs["address"])
    notes = []

    class Notes(Reporter):
        def note(self, sentence):
            notes.append(sentence)

    def other_runner_ends(seconds):
        store.write(theirs, answers(0.8, 1))
        claim.release()

    monkeypatch.setattr(time, "sleep", other_runner_ends)
    pool = ScriptedPool(1, well)
    records = runner_run.run_study(TINY, tmp_path, None, Notes, pool)
    assert [trial[1:] for trial in pool.trained] == [("gap", 0), ("gap", 1), ("fc", 0)]
    assert records[-1]["metrics"] == theirs["metrics"]
    assert notes == ["waiting for another run, which trains 1 trial"]


def test_a_trial_of_a_dead_runner_is_taken_over(tmp_path, monkeypatch):
    store = Store(tmp_path / "tiny")
    store.prepare()
    claim = store.claim(record(TINY, "fc", 1)["address"])
    monkeypatch.setattr(time, "sleep", lambda seconds: claim.release())
    pool = ScriptedPool(1, well)
    assert len(run(tmp_path, pool)) == 4
    assert pool.trained[-1] == (0, "fc", 1)


@pytest.mark.parametrize("moment", [Open, Prove, Train])
@pytest.mark.parametrize("signals", [1, 4])
def test_interrupts_at_any_moment(tmp_path, moment, signals):
    """Before the first trial, a signal ends the run; afterwards the trial in progress ends first."""
    left = []

    class Interrupted(ScriptedPool):
        def start(self, number):
            worker = super().start(number)
            ask = worker.ask

            def interrupted(request):
                ask(request)
                for _ in range(signals if isinstance(request, moment) else 0):
                    signal.raise_signal(signal.SIGINT)

            worker.ask = interrupted
            return worker

        def __exit__(self, *error):
            signal.raise_signal(signal.SIGINT)
            left.append(True)

    pool = Interrupted(1, well)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, pool)
    assert left == [True], "its processes are ended, even if a signal comes meanwhile"
    assert len(pool.trained) == (moment is Train)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_is_reported_with_its_traceback(tmp_path):
    said = []

    class Notes(Reporter):
        def listener(self, number):
            class Says(TrialListener):
                def failed(self, text):
                    said.append(text)

            return Says()

    def fails(worker, request):
        return [("told", ("failed", ("Traceback ...",))), ("outcome", Outcome("failed", "ValueError: no"))]

    records = runner_run.run_study(TINY, tmp_path, None, Notes, ScriptedPool(1, fails))
    assert [r["status"] for r in records] == ["failed"] * 4
    assert said == ["Traceback ..."] * 4


def test_a_limit_needs_processes(tmp_path):
    from ablations.runner.pools.in_process import InProcessPool

    with pytest.raises(UserError, match="set --jobs 1 or more"):
        run(tmp_path, InProcessPool(), limit=1)


def test_the_supervisor_loads_no_framework():
    """Its process takes no part in training, so no trial can take it down."""
    code = (
        "import sys; import ablations.runner.run, ablations.runner.pools.choose, ablations.records.trials;"
        "print([m for m in ('keras', 'tensorflow', 'jax', 'torch') if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"replicas": 8}, "worker 1 has 8 devices per trial and the first worker has 1"),
        ({"dispatch": "scan"}, "worker 1 has a GPU and the first worker has none: such trials can't be compared"),
    ],
)
def test_workers_that_round_differently_are_refused(tmp_path, change, sentence):
    class Mixed(ScriptedPool):
        def start(self, number):
            worker = super().start(number)
            ask = worker.ask
            worker.ask = lambda request: ask(request) or self._widen(number)
            return worker

        def _widen(self, number):
            def widened(site):
                return replace(site, rounding=replace(site.rounding, **change))

            self.queue = [
                (worker, event, widened(value) if event == "site" and number == 1 else value)
                for worker, event, value in self.queue
            ]

    with pytest.raises(UserError, match=sentence):
        run(tmp_path, Mixed(2, well))
