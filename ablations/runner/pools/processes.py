"""A pool of processes on this machine: what one trial does to its process, no other one sees."""

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
import time
from multiprocessing.connection import Connection, wait
from typing import Any

from ablations.runner.pools.base import Handle, WorkerHandle, WorkerPool
from ablations.runner.resources import Resources, resources_per_worker
from ablations.runner.worker import perform

FINISH = "finish"
# spawn: a forked copy of a process that has threads (those of a framework, of Grain) may hang
CONTEXT = multiprocessing.get_context("spawn")


class ProcessPool(WorkerPool):
    """A process for each of `jobs` workers, each with its share of the machine."""

    def __init__(self, jobs: int):
        self.size, self._shares = jobs, resources_per_worker(jobs)
        self._workers: dict[int, ProcessHandle] = {}

    def start(self, number: int) -> WorkerHandle:
        self._workers[number] = ProcessHandle(number, self._shares[number])
        return self._workers[number]

    def events(self, handle: Handle, seconds: float):
        workers: dict[Any, ProcessHandle] = {
            worker.pipe: worker for worker in self._workers.values() if not worker.pipe.closed
        }
        if not workers:
            time.sleep(seconds)
        ready = wait(list(workers), seconds) if workers else []
        for worker in [workers[pipe] for pipe in ready]:
            if not worker.pipe.closed:  # an event handled before may have ended this worker
                worker.receive(handle)

    def __exit__(self, *error):
        for worker in self._workers.values():
            worker.kill()


class ProcessHandle(WorkerHandle):
    """A process that performs what comes through a pipe."""

    def __init__(self, number: int, share: Resources):
        super().__init__(number)
        self.pipe, far_end = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=_live, args=(far_end, share))
        self._process.start()
        far_end.close()  # so that the pipe ends when the process does

    def ask(self, request):
        self._send(request)

    def finish(self):
        self._send(FINISH)

    def kill(self):
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self.pipe.close()

    def receive(self, handle: Handle):
        """One event; that the process is gone, after the last that it could tell."""
        try:
            event = self.pipe.recv()
        except (EOFError, OSError):
            self.kill()
            event = ("gone", _ending(self._process.exitcode))
        handle(self, *event)

    def _send(self, request):
        with contextlib.suppress(OSError):  # a process that is gone says so by the end of its pipe
            self.pipe.send(request)


def _ending(code: int | None) -> str:
    """How a process ended, in words.

    >>> _ending(-9)
    'its process was ended by SIGKILL'
    """
    return (
        f"its process was ended by {signal.Signals(-code).name}"
        if code and code < 0
        else f"its process ended with {code}"
    )


def _live(pipe: Connection, share: Resources):
    """The life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; what to do, the supervisor says
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    share.take()
    requests: queue.SimpleQueue = queue.SimpleQueue()
    stop, talking = threading.Event(), threading.Lock()
    threading.Thread(target=_listen, args=(pipe, requests, stop), daemon=True).start()

    def tell(event: str, value: object):
        with talking, contextlib.suppress(OSError):  # nobody listens any more: `_listen` ends this process
            pipe.send((event, value))

    worker = None
    while True:
        worker = perform(worker, requests.get(), tell, stop.is_set)


def _listen(pipe: Connection, requests: queue.SimpleQueue, stop: threading.Event):
    while True:
        try:
            request = pipe.recv()
        except (EOFError, OSError):
            os._exit(1)  # the supervisor is gone: a trial that goes on would meet the one that takes its place
        if request == FINISH:
            stop.set()
        else:
            requests.put(request)
