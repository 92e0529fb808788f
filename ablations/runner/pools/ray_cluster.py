"""A pool of Ray actors: trials on the nodes of a cluster, with all checkpoints and results collected in one store.

Nodes need no shared disk: a checkpoint is copied to the store when it is written, and from there to the node that
resumes from it.
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
from ablations.runner.pools.base import EventHandler, WorkerHandle, WorkerPool
from ablations.runner.resources import reserve
from ablations.runner.worker import Train, perform
from inception_keras.errors import UserError, in_one_line

INSTALL = "pip install -e '.[scale]'"
# environment variables of the user's shell that the actors get
PASSED_ON = ("KERAS_BACKEND", "TFDS_DATA_DIR", "TF_CPP_MIN_LOG_LEVEL", "XLA_FLAGS")
PATIENCE = 5.0  # seconds for a cluster to answer
ANSWERED = object()  # follows the last event of a request


@dataclass(frozen=True)
class ClusterLayout:
    """How the resources of a cluster are divided among trials.

    Attributes:
        count: Trials in parallel.
        cpus: Cores per trial; the same on all nodes, since their number changes the rounding.
        gpus: GPUs per trial; a fraction if trials share one.
    """

    count: int
    cpus: int
    gpus: float


def plan_cluster(nodes: list[dict[str, float]], jobs: int | None, whole_nodes: bool = False) -> ClusterLayout:
    """Divides the nodes of a cluster among trials.

    Args:
        nodes: The resources of each node, as Ray reports them.
        jobs: Trials in parallel; `None` for one per GPU, or one per node if there are no GPUs.
        whole_nodes: Whether each trial takes a node with all its GPUs.

    Raises:
        UserError: The cluster has no cores, or fewer than trials.

    >>> plan_cluster([{"CPU": 16.0, "GPU": 2.0}, {"CPU": 8.0, "GPU": 1.0}], None)
    ClusterLayout(count=3, cpus=8, gpus=1.0)
    >>> plan_cluster([{"CPU": 4.0}, {"CPU": 4.0}], 3)
    ClusterLayout(count=3, cpus=2, gpus=0.0)
    """
    cores = [int(node.get("CPU", 0)) for node in nodes if node.get("CPU", 0) >= 1]
    gpus = int(sum(node.get("GPU", 0) for node in nodes))
    count = jobs or gpus or len(cores)
    if not cores:
        raise UserError("the cluster has no cores to train on: `ray status` shows the resources of its nodes")
    if count > sum(cores):
        raise UserError(f"--jobs {count} on a cluster of {sum(cores)} cores: set --jobs to 1 up to {sum(cores)}")
    if whole_nodes:
        count = min(count, len(cores)) if jobs else len(cores)
        return ClusterLayout(count, min(cores), min(node.get("GPU", 0.0) for node in nodes if node.get("CPU", 0) >= 1))
    shared = -(-count // gpus) if gpus else 0  # trials per GPU
    cpus = next(size for size in range(max(cores), 0, -1) if sum(core // size for core in cores) >= count)
    return ClusterLayout(count, cpus, 1.0 / shared if shared else 0.0)


class RayPool(WorkerPool):
    """One Ray actor per trial in parallel.

    Args:
        address: Of the cluster; `None` for the one that runs on this machine, or a new one if none does.
        jobs: Trials in parallel; `None` for one per GPU, or one per node if there are no GPUs.
        whole_nodes: Whether each trial takes a node with all its GPUs.

    Raises:
        UserError: On entering: Ray is not installed, no cluster answers, or it has too few cores.
    """

    def __init__(self, address: str | None, jobs: int | None, whole_nodes: bool = False):
        self._address, self._jobs, self._whole_nodes = address, jobs, whole_nodes
        self._workers: dict[int, RayHandle] = {}

    def __enter__(self):
        self._ray = _connect(self._address)
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        self._layout = plan_cluster(nodes, self._jobs, self._whole_nodes)
        self.size = self._layout.count
        return self

    def __exit__(self, *error):
        for worker in self._workers.values():
            worker.kill()
        self._ray.shutdown()

    def start(self, number: int) -> WorkerHandle:
        self._workers[number] = RayHandle(number, self._ray, self._layout)
        return self._workers[number]

    def events(self, handle: EventHandler, seconds: float):
        answers = {answer: worker for worker in self._workers.values() for answer in worker.answers}
        if not answers:
            time.sleep(seconds)
            return
        ready, _ = self._ray.wait(list(answers), timeout=seconds)
        for answer in ready:
            if answer in answers[answer].answers:  # the handling of an earlier event may have ended this worker
                answers[answer].receive(answer, handle)


class RayHandle(WorkerHandle):
    """A worker in an actor, which Ray starts on a node with enough free resources."""

    def __init__(self, number: int, ray, layout: ClusterLayout):
        super().__init__(number)
        self._ray = ray
        self.answers: list = []
        self._folder: Path | None = None
        # Ray must not restart actors: the supervisor decides where a trial continues, and counts attempts
        actor = ray.remote(
            num_cpus=layout.cpus, num_gpus=layout.gpus, max_restarts=0, concurrency_groups={"control": 1}
        )
        self._actor = actor(RayWorker).remote(layout.cpus)

    def ask(self, request):
        files = {}
        if isinstance(request, Train):
            self._folder, files = request.folder, Checkpoints(request.folder).files()
        self.answers.append(self._actor.do.options(num_returns="streaming").remote(request, files))

    def finish(self):
        self._actor.finish.options(concurrency_group="control").remote()  # while `do` runs

    def kill(self):
        self.answers = []
        self._ray.kill(self._actor)

    def receive(self, answer, handle: EventHandler):
        """Handles the next event of a request, or `gone` if the actor has died for any reason."""
        try:
            event, value = self._ray.get(next(answer))
        except StopIteration:
            self.answers.remove(answer)
            return
        except self._ray.exceptions.RayError as error:
            self.kill()
            event, value = "gone", f"its worker on the cluster is gone ({in_one_line(error)})"
        if event == "saved":
            assert self._folder is not None, "only a trial saves, and `ask` has set its folder"
            Checkpoints(self._folder).put(*value)
        else:
            handle(self, event, value)


class RayWorker:
    """The actor. A single thread with reserved cores performs the requests."""

    def __init__(self, cpus: int):
        self._requests: queue.SimpleQueue[tuple] = queue.SimpleQueue()
        self._events: queue.SimpleQueue = queue.SimpleQueue()
        self._stop = threading.Event()
        threading.Thread(target=self._perform_requests, args=(cpus,), daemon=True).start()

    def do(self, request, files: dict[str, bytes]) -> Iterator[tuple[str, object]]:
        """Performs a request and yields its events as they happen; checkpoints come with their content.

        Args:
            request: `Open`, `Prove` or `Train`.
            files: The trial's checkpoints so far, name to content.
        """
        self._requests.put((request, files))
        while (event := self._events.get()) is not ANSWERED:
            if isinstance(event, Exception):
                raise event
            yield event

    def finish(self):
        self._stop.set()

    def _perform_requests(self, cpus: int):
        worker = cores = None
        while True:
            request, files = self._requests.get()
            try:
                # before the framework is loaded, which then counts cores; here, so that an error answers the request
                cores = reserve(cpus) if cores is None else cores
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
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # no telemetry unless the user asks for it
    try:
        import ray
    except ImportError:
        raise UserError(f"--ray needs Ray, which is not installed: {INSTALL}") from None
    if address is not None:
        _check_reachable(address)
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
        raise UserError(f"no Ray cluster {where}: {in_one_line(error)}") from None
    return ray


def _check_reachable(address: str):
    """Raises if nothing answers at the address: Ray itself tries for a quarter of an hour before it gives up."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()
    except ValueError:
        raise UserError(f"no Ray cluster at {address!r}: an address is HOST:PORT, as `ray start` prints it") from None
    except OSError as error:
        raise UserError(f"no Ray cluster at {address!r}: {error.strerror or error}") from None
