"""Runs each contestant in a separate process: two frameworks in one process would compete for its threads."""

import importlib
import os
import signal
import time
import traceback
from multiprocessing.connection import Connection
from types import ModuleType

from ablations.runner.pools.processes import CONTEXT
from ablations.runner.resources import Resources, grow
from benchmarks.cases import Case
from benchmarks.contestants import Contestant
from inception_keras.backend import framework_log_dropped, load_backend
from inception_keras.errors import UserError

LEAVING = 5.0  # seconds that a process has to clean up before it is killed


class Failed(Exception):
    """A contestant failed; the message is one line, `details` the traceback if there is one."""

    def __init__(self, message: str, details: str = ""):
        super().__init__(message)
        self.details = details


class Process:
    """The process of a contestant. Starts at once; `facts` waits until the contestant is ready.

    Args:
        contestant, case: What to time.
        part: The resources that it may use, if it is one of several: then it ends with the process that started it.

    Raises:
        Failed: From every method, if the contestant could not be prepared or its process ended.
    """

    def __init__(self, contestant: Contestant, case: Case, part: Resources | None = None):
        self._pipe, far_end = CONTEXT.Pipe()
        arguments = far_end, contestant, case, part or Resources()
        self._process = CONTEXT.Process(target=_live, args=arguments, daemon=part is not None)
        self._process.start()
        far_end.close()  # so that the pipe ends when the process does

    def facts(self) -> dict[str, object]:
        """`Task.facts`, once the contestant is ready, and when: `loaded` and `prepared`, by `time.perf_counter`."""
        return self._receive()

    def run(self, steps: int) -> float:
        """Runs a number of steps; returns their seconds, measured in the contestant's process."""
        self._pipe.send(steps)
        return self._receive()

    def close(self):
        """Ends the process: it leaves by itself when nobody asks any more, unless it is at work."""
        self._pipe.close()
        self._process.join(LEAVING)
        self._process.kill()
        self._process.join()

    def _receive(self):
        try:
            answer = self._pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            raise Failed(f"its process ended with {self._process.exitcode}") from None
        if isinstance(answer, Failed):
            raise answer
        return answer


def _load(contestant: Contestant) -> ModuleType:
    """The module of a contestant, once its framework is loaded too."""
    if contestant.ours:
        load_backend()
    module = importlib.import_module(contestant.module)
    if hasattr(module, "load"):  # what it imports late
        module.load()
    return module


def _live(pipe: Connection, contestant: Contestant, case: Case, part: Resources):
    """The loop of a contestant's process: prepares, then runs and times steps until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the parent ends it
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    grow()  # several frameworks may share a GPU
    part.take()
    try:
        with framework_log_dropped():
            module = _load(contestant)
            loaded = time.perf_counter()
            task = module.prepare(case, contestant.setting)
            prepared = time.perf_counter()
        pipe.send(task.facts | {"loaded": loaded, "prepared": prepared})
        while True:
            steps = pipe.recv()
            begun = time.perf_counter()
            task.run(steps)
            pipe.send(time.perf_counter() - begun)
    except (EOFError, BrokenPipeError):
        return  # the parent has closed the pipe
    except UserError as error:
        pipe.send(Failed(str(error)))
    except Exception as error:
        text = str(error).strip() or type(error).__name__
        pipe.send(Failed(f"{type(error).__name__}: {text.splitlines()[0]}", traceback.format_exc()))
