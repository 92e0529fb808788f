"""Assigns the trials of a study to workers and records each of them, even if its process dies.

The supervisor loads no framework and trains nothing, so that no trial can crash it.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace

from ablations import environment
from ablations.records import locks
from ablations.records.outcomes import FINAL, Outcome
from ablations.records.record import Record
from ablations.records.sharing import Shared, sources, take_shared
from ablations.records.store import Store
from ablations.records.trained_data import check_data, was_streamed
from ablations.records.trials import Site, TrialName, make_record
from ablations.runner.interrupts import Interrupts
from ablations.runner.loggers.base import Reporter
from ablations.runner.order import by_preference, graph
from ablations.runner.pools.base import WorkerHandle, WorkerPool
from ablations.runner.seats import Assignment, Seat
from ablations.runner.sites import check_compatible
from ablations.runner.worker import Open, Prove, Train
from ablations.study import Study, Trial
from ablations.study.decimals import counted
from inception_keras.errors import UserError

RETRIES = 2  # of a trial whose process died; one that raised is not retried, since it would raise again
PATIENCE = 1.0  # seconds between two checks of the time limit and of the trials of another run


class Supervisor:
    """One run of a study. See `runner.run.run_study` for the arguments."""

    def __init__(
        self,
        study: Study,
        store: Store,
        data_dir: str | None,
        pool: WorkerPool,
        limit: float | None,
        distribute: str = "none",
        keep_weights: bool = False,
        deadline: float | None = None,
        rung: int | None = None,
    ):
        # the trials do not need the reduced profile, and it can't be sent to another process
        self.study, self.store, self.data_dir = replace(study, reduced=None), store, data_dir
        self.pool, self.limit, self.distribute, self.keep_weights = pool, limit, distribute, keep_weights
        if limit is not None and not pool.can_kill:
            raise UserError("--limit needs trials in separate processes: set --jobs 1 or more")
        self.deadline = deadline
        self._trials = study.trials_at(rung)
        self._commit = environment.commit()
        self._first_site: Site | None = None  # of the first worker; those of all others must be compatible with it
        self._costs: dict | None = None
        self._seats: dict[int, Seat] = {}
        self._deaths: dict[tuple[str, int, int], int] = {}
        self._lost = 0  # workers whose process died without a trial, since the last outcome
        self._building: str | None = None  # the variant that the first worker builds to prove it, or None
        self._stopping = False
        self._reporter = Reporter()  # until the number of trials is known

    def run(self, make_reporter: Callable[[int, int], Reporter]) -> Site:
        """Trains the missing trials and returns the site of the first worker."""
        with Interrupts() as self._interrupts, self.pool:  # the pool is left under their protection
            self._open(0)
            self._seats[0].handle.ask(Prove())
            while self._costs is None:
                self.pool.events(self._handle, PATIENCE)
                self._interrupts.check()
            before = self._stored()
            taken = self._take_shared(self._missing(before))
            before = self._stored() if taken else before
            missing = self._missing(before)
            with make_reporter(len(missing), len(self._trials) - len(missing)) as self._reporter:
                if taken:
                    self._reporter.note(f"taken from other studies: {sources(taken)}")
                self._reporter.expect(sum(trial.rung for trial in missing))
                for number in range(1, min(self.pool.size, len(missing))):
                    self._open(number)
                try:
                    self._train(missing, before)
                finally:
                    for seat in self._at_work():
                        seat.release()
        return self._site

    @property
    def _site(self) -> Site:
        assert self._first_site is not None, "known once the first worker has answered"
        return self._first_site

    def _take_shared(self, missing: list[Trial]) -> list[Shared]:
        site = self._site
        return take_shared(self.store, missing, site.rounding, site.data["fingerprint"], weights=self.keep_weights)

    def _stored(self) -> dict[str, Record]:
        return {record.address: record for record in self.store.load()}

    def _missing(self, before: dict[str, Record]) -> list[Trial]:
        check_data(self.study, self.store.folder, self._site.data)
        missing = []
        for trial in self._trials:
            record = before.get(self._site.rounding.address(trial))
            if record is None or record.status not in FINAL:
                missing.append(trial)
        return missing

    def _train(self, missing: list[Trial], before: dict[str, Record]):
        """Trains until no trial is missing. Waits for trials that another run trains; takes them over if it dies."""
        self._waiting, waiting_noted = missing, False
        while self._at_work() or self._waiting:
            if self._interrupts.asked or self._over():
                self._stop_workers()
                if not self._at_work():
                    self._interrupts.check()
                    return
            else:
                self._assign(before)
            if self._waiting and all(seat.idle for seat in self._seats.values()):
                if not waiting_noted:
                    trials = counted(len(self._waiting), "trials")
                    self._reporter.note(f"waiting for another run, which trains {trials}")
                waiting_noted = True
                time.sleep(PATIENCE)
            elif self._at_work() or self._waiting:
                self.pool.events(self._handle, PATIENCE)
            self._enforce_limit()

    def _over(self) -> bool:
        """Whether the time of the run is up."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def _at_work(self) -> list[Seat]:
        return [seat for seat in self._seats.values() if seat.assignment]

    def _assign(self, before: dict[str, Record]):
        for number, seat in list(self._seats.items()):
            if seat.idle:
                self._assign_to(number, seat, before)

    def _assign_to(self, number: int, seat: Seat, before: dict[str, Record]):
        """Gives an idle worker the first trial that nobody else trains, or replaces it if it has outgrown."""
        for trial in self._by_preference(seat):
            if self.pool.can_kill and seat.outgrown and graph(trial) != seat.traced:
                seat.handle.kill()
                self._open(number)
                return
            key = self._site.rounding.address(trial)
            claim = self.store.claim(key)
            if claim is None:
                continue
            self._waiting.remove(trial)
            if self._recorded_elsewhere(trial, key, before):
                claim.release()
                continue
            # looked up before the trial begins: a lock that is made while it runs does not cover it
            lock = locks.covering_lock(self.store.folder, trial)
            seat.assignment = Assignment(trial, claim, lock, 1 + self._deaths.get(_key(trial), 0))
            seat.traced = graph(trial)
            self._reporter.listener(number).assigned(self._name(trial, key))
            seat.handle.ask(Train(*_key(trial), self.store.running / key, key, self.keep_weights))
            return

    def _by_preference(self, seat: Seat) -> list[Trial]:
        elsewhere = {other.traced for other in self._seats.values() if other is not seat}
        return by_preference(self.study, self._waiting, seat.traced, elsewhere, limited=self.deadline is not None)

    def _name(self, trial: Trial, key: str) -> TrialName:
        return TrialName(trial.study.name, trial.study.profile, trial.variant.name, trial.seed, key, self._commit)

    def _recorded_elsewhere(self, trial: Trial, key: str, before: dict[str, Record]) -> bool:
        """Whether another run has written the trial's record since this run began."""
        now = self.store.find(trial.seed, key)
        return now is not None and now != before.get(key)

    def _handle(self, worker: WorkerHandle, event: str, value):
        getattr(self, f"_on_{event}")(worker, value)
        if self._costs is None:
            self._interrupts.check()  # no trial has begun
        elif self._interrupts.asked or self._over():
            self._stop_workers()

    def _on_site(self, worker: WorkerHandle, site: Site):
        first = self._first_site = self._first_site or site
        check_compatible(worker.number, site, first)
        self._seats[worker.number].site = site

    def _on_building(self, worker: WorkerHandle, variant: str):
        self._building = variant

    def _on_costs(self, worker: WorkerHandle, costs: dict):
        self._costs, self._building = costs, None

    def _on_told(self, worker: WorkerHandle, told: tuple):
        method, arguments = told
        if method == "epoch_done":
            self._assignment(worker.number).history.append(*arguments)
        getattr(self._reporter.listener(worker.number), method)(*arguments)

    def _on_memory(self, worker: WorkerHandle, used: int):
        self._seats[worker.number].measured(used)

    def _on_outcome(self, worker: WorkerHandle, outcome: Outcome):
        self._lost = 0  # not before: a worker that starts and then dies again would be replaced for ever
        self._record(worker.number, outcome)

    def _on_stopped(self, worker: WorkerHandle, _):
        self._seats[worker.number].release()
        self._reporter.listener(worker.number).trial_left("stopped after an epoch; the same command continues there")

    def _on_mistake(self, worker: WorkerHandle, sentence: str):
        raise UserError(sentence)

    def _on_gone(self, worker: WorkerHandle, reason: str):
        seat = self._seats[worker.number]
        if seat.assignment is None:
            self._lost += 1
            if self._lost > RETRIES:
                what = f"variant {self._building!r} can't be built" if self._building else "no worker can start"
                raise UserError(
                    f"{what}, in {self._lost} attempts: {reason}; `--jobs 0` runs in this process and shows why"
                )
        else:
            self._deaths[_key(seat.assignment.trial)] = seat.assignment.attempt
            if seat.assignment.attempt > RETRIES:
                self._record(worker.number, Outcome("killed", reason, seat.assignment.history))
            else:
                self._waiting.insert(0, seat.release())
                self._reporter.listener(worker.number).trial_left(f"{reason}; it continues after its last epoch")
        self._reopen(worker.number)

    def _reopen(self, number: int):
        """Replaces a worker whose process is gone, if there is work left for it."""
        if self._costs is None:
            self._open(number)
            self._seats[number].handle.ask(Prove())
        elif self._waiting:
            self._open(number)
        else:
            del self._seats[number]

    def _open(self, number: int):
        self._building = None
        seat = self._seats[number] = Seat(self.pool.start(number))
        seat.handle.ask(Open(self.study, self.data_dir, self.distribute, self._streamed()))

    def _streamed(self) -> bool | None:
        """How a worker must read the data, so that it is that of the first worker and of stored trials."""
        if self._first_site is not None:
            return bool(self._first_site.data.get("streamed"))
        return was_streamed(self.study, self.store.folder)

    def _assignment(self, number: int) -> Assignment:
        assignment = self._seats[number].assignment
        assert assignment is not None, "asked only of a worker that trains"
        return assignment

    def _record(self, number: int, outcome: Outcome):
        seat, assignment = self._seats[number], self._assignment(number)
        trial = assignment.trial
        assert self._costs is not None, "no trial begins before the variants are proved to differ"
        assert seat.site is not None, "nor before its worker has said where it is"
        record = make_record(
            trial,
            outcome,
            site=seat.site,
            cost=self._costs[trial.variant.name],
            lock=assignment.lock,
            attempts=assignment.attempt,
            commit=self._commit,
        )
        if outcome.weights is not None:  # before the record: a trial with a record of weights has the file
            record["weights"] = self.store.keep_weights(record, outcome.weights)
        self.store.write(record, outcome.test)
        if outcome.status in FINAL:  # a trial that was killed or timed out resumes from its checkpoint in another run
            shutil.rmtree(self.store.running / record.address, ignore_errors=True)
        seat.release()
        self._reporter.listener(number).trial_done(record)

    def _stop_workers(self):
        if not self._stopping:
            self._stopping = True
            for seat in self._at_work():
                seat.handle.finish()
            why = "" if self._interrupts.asked else "the time is up: "
            again = "Ctrl-C again stops at once" if self._interrupts.asked else "Ctrl-C twice stops at once"
            self._reporter.note(f"{why}stopping after the epochs in progress; {again}")

    def _enforce_limit(self):
        for number, seat in list(self._seats.items()):
            if self.limit is not None and seat.assignment and seat.assignment.minutes > self.limit:
                seat.handle.kill()
                reason = f"over the limit of {self.limit:g} minutes"
                self._record(number, Outcome("timed out", reason, seat.assignment.history))
                self._reopen(number)


def _key(trial: Trial) -> tuple[str, int, int]:
    return trial.variant.name, trial.seed, trial.rung
