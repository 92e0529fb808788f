"""A pool of scripted workers, which train nothing and answer at once, and a run on it."""

from dataclasses import replace
from typing import ClassVar

from ablations.records.outcomes import Outcome
from ablations.records.trials import Cost, Site
from ablations.runner import run as runner_run
from ablations.runner.loggers.base import Reporter
from ablations.runner.pools.base import WorkerHandle, WorkerPool
from ablations.runner.worker import Open, Prove, Train
from tests.support.bench import TINY
from tests.support.trials import answers, record

ROW = {"epoch": 1, "loss": 1.0, "top1": 0.5, "validation_top1": 0.5}
FOUR = replace(TINY, seeds=4)


class ScriptedPool(WorkerPool):
    """A pool whose workers answer a `Train` request with the events that `script(worker, request)` returns."""

    costs: ClassVar = {arm.name: Cost(1, 1, 1, 1, 1) for arm in TINY.arms}

    def __init__(self, size, script):
        self.size, self.script = size, script
        self.opened, self.trained, self.queue = [], [], []
        self.streamed = []  # how the workers were asked to read the data

    def start(self, number):
        self.opened.append(number)
        return ScriptedWorker(number, self)

    def events(self, handle, seconds):
        for _ in range(len(self.queue)):
            if self.queue:
                handle(*self.queue.pop(0))

    def __exit__(self, *error):
        pass


class ScriptedWorker(WorkerHandle):
    def __init__(self, number, pool):
        super().__init__(number)
        self.pool, self.asked_to_finish = pool, False

    def ask(self, request):
        match request:
            case Open():
                self.pool.streamed.append(request.streamed)
                made = record(TINY, "gap", 0)
                events = [("site", Site(made["data"], made["hardware"], made["versions"], made.rounding))]
            case Prove():
                events = [("costs", self.pool.costs)]
            case Train():
                self.pool.trained.append((self.number, request.variant, request.seed))
                events = self.pool.script(self, request)
        self.pool.queue += [(self, *event) for event in events]

    def finish(self):
        self.asked_to_finish = True

    def kill(self):
        self.pool.queue = [event for event in self.pool.queue if event[0] is not self]


def well(worker, request):
    outcome = Outcome(
        metrics={"test": {"top1": 0.5, "top5": 0.9, "loss": 1.0}}, test=answers(0.5, request.seed), times={"total": 1.0}
    )
    return [("told", ("epoch_done", (ROW,))), ("outcome", outcome)]


def run(out, pool, study=TINY, **options):
    return runner_run.run_study(study, out, None, Reporter, pool, **options)
