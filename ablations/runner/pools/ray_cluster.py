"""A pool of Ray actors: trials on the nodes of a cluster, with everything they leave brought back to one store.

Nodes need no disk in common: a checkpoint travels to the store when it is written, and from there to the node that goes
on from it.
"""

import logging
import os
import queue
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ablations.records.checkpoints import Checkpoints
from ablations.runner.pools.base import Handle, WorkerHandle, WorkerPool
from ablations.runner.resources import reserve
from ablations.runner.worker import Train, perform
from inception_keras.errors import UserError, first_line

INSTALL = "pip install 'inception_keras[scale]'"
# what a node has to know of the environment of the one who types
PASSED_ON = ("KERAS_BACKEND", "TFDS_DATA_DIR", "TF_CPP_MIN_LOG_LEVEL", "XLA_FLAGS")
PATIENCE = 5.0  # seconds for a cluster to answer
ANSWERED = object()  # after the last event of a request


@dataclass(frozen=True)
class ClusterLayout:
    """How a cluster is divided.

    Attributes:
        count: Trials at once.
        cpus: Cores of each; the same everywhere, since their number has a say in the last digits.
        gpus: GPUs of each; a part of one where trials share it.
    """

    count: int
    cpus: int
    gpus: float


def plan_cluster(nodes: list[dict[str, float]], jobs: int | None, whole_nodes: bool = False) -> ClusterLayout:
    """Divides nodes among trials.

    Args:
        nodes: The resources of each, as Ray tells them.
        jobs: Trials at once; `None` for one for each GPU, where there is none for each node.
        whole_nodes: Whether each trial takes a node with all its GPUs.

    Raises:
        UserError: There are not so many cores.

    >>> places([{"CPU": 16.0, "GPU": 2.0}, {"CPU": 8.0, "GPU": 1.0}], None)
    Places(count=3, cpus=8, gpus=1.0)
    >>> places([{"CPU": 4.0}, {"CPU": 4.0}], 3)
    Places(count=3, cpus=2, gpus=0.0)
    """
    cores = [int(node.get("CPU", 0)) for node in nodes if node.get("CPU", 0) >= 1]
    gpus = int(sum(node.get("GPU", 0) for node in nodes))
    count = jobs or gpus or len(cores)
    if not cores:
        raise UserError("the cluster has no cores to train on: `ray status` shows what its nodes give")
    if count > sum(cores):
        raise UserError(f"--jobs {count} on a cluster of {sum(cores)} cores: set --jobs to 1 up to {sum(cores)}")
    if whole_nodes:
        count = min(count, len(cores)) if jobs else len(cores)
        return ClusterLayout(count, min(cores), min(node.get("GPU", 0.0) for node in nodes if node.get("CPU", 0) >= 1))
    shared = -(-count // gpus) if gpus else 0  # trials on a GPU
    cpus = next(size for size in range(max(cores), 0, -1) if sum(core // size for core in cores) >= count)
    return ClusterLayout(count, cpus, 1.0 / shared if shared else 0.0)


class RayPool(WorkerPool):
    """A Ray actor for each trial at once.

    Args:
        address: Of the cluster; `None` for the one that runs on this machine, else one is started on it.
        jobs: Trials at once; `None` for one for each GPU, else for each node.
        whole_nodes: Whether each trial takes a node with all its GPUs.

    Raises:
        UserError: Ray is not installed, no cluster answers, or it is too small. All on entering.
    """

    def __init__(self, address: str | None, jobs: int | None, whole_nodes: bool = False):
        self._address, self._jobs, self._whole_nodes = address, jobs, whole_nodes
        self._workers: dict[int, RayHandle] = {}

    def __enter__(self):
        self._ray = _connect(self._address)
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        self._places = plan_cluster(nodes, self._jobs, self._whole_nodes)
        self.size = self._places.count
        return self

    def __exit__(self, *error):
        for worker in self._workers.values():
            worker.kill()
        self._ray.shutdown()

    def start(self, number: int) -> WorkerHandle:
        self._workers[number] = RayHandle(number, self._ray, self._places)
        return self._workers[number]

    def events(self, handle: Handle, seconds: float):
        answers = {answer: worker for worker in self._workers.values() for answer in worker.answers}
        if not answers:
            time.sleep(seconds)
            return
        ready, _ = self._ray.wait(list(answers), timeout=seconds)
        for answer in ready:
            if answer in answers[answer].answers:  # an event handled before may have ended this worker
                answers[answer].receive(answer, handle)


class RayHandle(WorkerHandle):
    """An actor, which Ray places where its resources are free."""

    def __init__(self, number: int, ray, places: ClusterLayout):
        super().__init__(number)
        self._ray = ray
        self.answers: list = []
        self._folder: Path | None = None
        # no restarts: what goes on where is the supervisor's to say, which counts the tries
        actor = ray.remote(num_cpus=places.cpus, num_gpus=places.gpus, max_restarts=0, concurrency_groups={"words": 1})
        self._actor = actor(RayWorker).remote(places.cpus)

    def ask(self, request):
        files = {}
        if isinstance(request, Train):
            self._folder, files = request.folder, Checkpoints(request.folder).files()
        self.answers.append(self._actor.do.options(num_returns="streaming").remote(request, files))

    def finish(self):
        self._actor.finish.options(concurrency_group="words").remote()

    def kill(self):
        self.answers = []
        self._ray.kill(self._actor)

    def receive(self, answer, handle: Handle):
        """One event of a request; that the actor is gone, whatever took it."""
        try:
            event, value = self._ray.get(next(answer))
        except StopIteration:
            self.answers.remove(answer)
            return
        except self._ray.exceptions.RayError as error:
            self.kill()
            event, value = "gone", f"its worker on the cluster is gone ({first_line(error)})"
        if event == "saved":
            assert self._folder is not None, "a trial that saves was asked for"
            Checkpoints(self._folder).put(*value)
        else:
            handle(self, event, value)


class RayWorker:
    """The worker in an actor. Its work is done in one thread, which has the cores to itself."""

    def __init__(self, cpus: int):
        self._requests: queue.SimpleQueue[tuple] = queue.SimpleQueue()
        self._events: queue.SimpleQueue = queue.SimpleQueue()
        self._stop = threading.Event()
        threading.Thread(target=self._live, args=(cpus,), daemon=True).start()

    def do(self, request, files: dict[str, bytes]) -> Iterator[tuple[str, object]]:
        """The events of a request, as they come; checkpoints with their content."""
        self._requests.put((request, files))
        while (event := self._events.get()) is not ANSWERED:
            if isinstance(event, Exception):
                raise event
            yield event

    def finish(self):
        self._stop.set()

    def _live(self, cpus: int):
        self._cores = reserve(cpus)  # before the deep learning framework is loaded, which counts cores then
        worker = None
        while True:
            request, files = self._requests.get()
            try:
                with tempfile.TemporaryDirectory(prefix="ablations-") as folder:
                    if isinstance(request, Train):
                        request = replace(request, folder=Path(folder))
                        for name, content in files.items():
                            Checkpoints(request.folder).put(name, content)
                    worker = perform(worker, request, self._tell, self._stop.is_set)
            except Exception as error:
                self._events.put(error)
            self._events.put(ANSWERED)

    def _tell(self, event: str, value):
        if event == "told" and value[0] == "saved":
            (path,) = value[1]
            event, value = "saved", (path.name, path.read_bytes())
        self._events.put((event, value))


def _connect(address: str | None):
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent anywhere unless the user says so
    try:
        import ray
    except ImportError:
        raise UserError(f"--ray needs Ray, which is not installed: {INSTALL}") from None
    if address is not None:
        _knock(address)
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    try:
        ray.init(
            address,
            runtime_env={"env_vars": environment},
            include_dashboard=False if address is None else None,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
    except (ConnectionError, RuntimeError, ValueError) as error:
        where = f"at {address!r}" if address else "on this machine"
        raise UserError(f"no Ray cluster {where}: {first_line(error)}") from None
    return ray


def _knock(address: str):
    """Whether anything answers there: Ray itself tries for a quarter of an hour before it says no."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
    except ValueError:
        raise UserError(f"no Ray cluster at {address!r}: an address is HOST:PORT, as `ray start` prints it") from None
    except OSError as error:
        raise UserError(f"no Ray cluster at {address!r}: {error.strerror or error}") from None
