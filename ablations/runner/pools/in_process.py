"""A pool of one worker in this process: for a debugger and for tests."""

from ablations.runner.pools.base import EventHandler, WorkerHandle, WorkerPool
from ablations.runner.worker import Open, Prove, Train, Worker, perform


class InProcessPool(WorkerPool):
    """One worker in the supervisor's process. It performs a request when the supervisor waits for events."""

    size, can_kill = 1, False

    def start(self, number: int) -> WorkerHandle:
        self._worker = InProcessHandle(number)
        return self._worker

    def events(self, handle: EventHandler, seconds: float):
        self._worker.perform(handle)

    def __exit__(self, *error):
        pass


class InProcessHandle(WorkerHandle):
    """The requests of the worker, and the worker itself."""

    def __init__(self, number: int):
        super().__init__(number)
        self._worker: Worker | None = None
        self._requests: list[Open | Prove | Train] = []
        self._stop = False

    def ask(self, request):
        self._requests.append(request)

    def finish(self):
        self._stop = True

    def kill(self):
        self._requests.clear()

    def perform(self, handle: EventHandler):
        if self._requests:
            self._worker = perform(
                self._worker, self._requests.pop(0), lambda *event: handle(self, *event), lambda: self._stop
            )
