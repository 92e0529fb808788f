"""A pool of processes on this machine: a trial that crashes its process does not affect the others."""

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
import time
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any

from ablations.runner.interrupts import heed_sigterm_only, held
from ablations.runner.pools.base import EventHandler, WorkerHandle, WorkerPool
from ablations.runner.resources import Resources, resources_per_worker
from ablations.runner.worker import perform
from inception_keras.errors import show_warnings_plainly

FINISH = "finish"
# spawn: the fork of a process with threads (those of a framework, of Grain) may hang
CONTEXT = multiprocessing.get_context("spawn")


class ProcessPool(WorkerPool):
    """One process per worker; each of the `jobs` workers has its part of the machine's resources."""

    def __init__(self, jobs: int):
        self.size, self._resources = jobs, resources_per_worker(jobs)
        self._workers: dict[int, ProcessHandle] = {}

    def start(self, number: int) -> WorkerHandle:
        self._workers[number] = ProcessHandle(number, self._resources[number])
        return self._workers[number]

    def events(self, handle: EventHandler, seconds: float):
        workers: dict[Any, ProcessHandle] = {
            worker.pipe: worker for worker in self._workers.values() if not worker.pipe.closed
        }
        if not workers:
            time.sleep(seconds)
        ready = wait(list(workers), seconds) if workers else []
        for worker in [workers[pipe] for pipe in ready]:
            if not worker.pipe.closed:  # the handling of an earlier event may have ended this worker
                worker.receive(handle)

    def __exit__(self, *error):
        for worker in self._workers.values():
            worker.kill()


class ProcessHandle(WorkerHandle):
    """A worker process and the pipe to it."""

    def __init__(self, number: int, resources: Resources):
        super().__init__(number)
        self.pipe, worker_end = CONTEXT.Pipe()
        self._process = CONTEXT.Process(target=_worker_main, args=(worker_end, resources))
        resource_tracker.ensure_running()  # when it starts, Python 3.11 lets signals through again
        with held():
            self._process.start()
        worker_end.close()  # so that the pipe closes when the process ends

    def ask(self, request):
        self._send(request)

    def finish(self):
        self._send(FINISH)

    def kill(self):
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self.pipe.close()

    def receive(self, handle: EventHandler):
        """Handles the next event from the pipe; once the process has ended and the pipe is empty, handles `gone`."""
        try:
            event = self.pipe.recv()
        except (EOFError, OSError):
            self.kill()
            event = ("gone", _exit_reason(self._process.exitcode))
        handle(self, *event)

    def _send(self, request):
        with contextlib.suppress(OSError):  # if the process has ended, `receive` notices
            self.pipe.send(request)


def _exit_reason(code: int | None) -> str:
    """How a process ended, in words.

    >>> _exit_reason(-9)
    'its process was ended by SIGKILL'
    """
    return (
        f"its process was ended by {signal.Signals(-code).name}"
        if code and code < 0
        else f"its process ended with {code}"
    )


def _worker_main(pipe: Connection, resources: Resources):
    """The main function of a worker process: performs requests until it is killed."""
    heed_sigterm_only()
    show_warnings_plainly()
    resources.take()
    requests: queue.SimpleQueue = queue.SimpleQueue()
    stop, sending = threading.Event(), threading.Lock()
    threading.Thread(target=_receive_requests, args=(pipe, requests, stop), daemon=True).start()

    def tell(event: str, value: object):
        with sending, contextlib.suppress(OSError):  # if the supervisor is gone, `_receive_requests` ends this process
            pipe.send((event, value))

    worker = None
    while True:
        worker = perform(worker, requests.get(), tell, stop.is_set)


def _receive_requests(pipe: Connection, requests: queue.SimpleQueue, stop: threading.Event):
    """Receives requests while a trial trains; ends the process when the supervisor is gone."""
    while True:
        try:
            request = pipe.recv()
        except (EOFError, OSError):
            os._exit(1)  # a trial that went on without its supervisor would collide with the run that takes it over
        if request == FINISH:
            stop.set()
        else:
            requests.put(request)
