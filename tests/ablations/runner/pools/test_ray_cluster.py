"""Trials on a Ray cluster of two nodes, and what happens when one is lost."""

from dataclasses import replace
from pathlib import Path

import pytest

from ablations.records.store import Store
from ablations.runner import run
from ablations.runner.loggers.base import Reporter
from ablations.runner.pools import choose
from ablations.runner.pools.processes import ProcessPool
from ablations.runner.pools.ray_cluster import ClusterLayout, RayPool, plan_cluster
from ablations.training.progress import TrialListener
from inception_keras import UserError
from tests.support.bench import TINY

# between runs, and if a trial began again on another node
MAY_DIFFER = ("times", "attempts", "checksum", "began", "load")
# enough epochs that a trial is still running when its node is removed
STUDY = replace(TINY, recipe=replace(TINY.recipe, epochs=6))


@pytest.mark.parametrize(
    ("nodes", "jobs", "expected"),
    [
        ([{"CPU": 2.0}], None, ClusterLayout(1, 2, 0.0)),
        ([{"CPU": 4.0}, {"CPU": 2.0}], None, ClusterLayout(2, 2, 0.0)),  # the smaller node limits the cores
        ([{"CPU": 1.0}, {}], None, ClusterLayout(1, 1, 0.0)),  # a head node without resources
        ([{"CPU": 4.0}, {"CPU": 2.0}], 6, ClusterLayout(6, 1, 0.0)),
        ([{"CPU": 16.0, "GPU": 2.0}], 3, ClusterLayout(3, 5, 0.5)),  # two share a GPU, the third has one to itself
    ],
)
def test_a_cluster_is_divided_evenly(nodes, jobs, expected):
    assert plan_cluster(nodes, jobs) == expected


def test_a_trial_on_all_devices_takes_a_node():
    nodes = [{"CPU": 16.0, "GPU": 4.0}, {"CPU": 8.0, "GPU": 4.0}]
    assert plan_cluster(nodes, None, whole_nodes=True) == ClusterLayout(2, 8, 4.0)
    assert plan_cluster(nodes, 1, whole_nodes=True) == ClusterLayout(1, 8, 4.0)


def test_more_trials_than_cores_are_refused():
    with pytest.raises(UserError, match="set --jobs to 1 up to 3"):
        plan_cluster([{"CPU": 1.0}, {"CPU": 2.0}], 4)


def test_a_cluster_without_cores_is_named():
    with pytest.raises(UserError, match="no cores to train on"):
        plan_cluster([{"GPU": 1.0}], None)


def test_here_and_on_a_cluster_is_refused():
    with pytest.raises(UserError, match="give only one of them"):
        choose.choose_pool(0, ray="auto")


def test_without_ray_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(UserError, match=r"pip install -e '\.\[scale\]'"):
        run.run_study(TINY, tmp_path, None, Reporter, RayPool(None, None))


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ray://127.0.0.1:9", "127.0.0.1", "127.0.0.1:port"])
def test_a_cluster_that_is_not_there_is_one_line(address, tmp_path):
    pytest.importorskip("ray", reason="the extra `scale`")
    with pytest.raises(UserError, match=r"^no Ray cluster at '[^\n]*: [^\n]+$"):
        run.run_study(TINY, tmp_path, None, Reporter, RayPool(address, None))


class LosesANode(Reporter):
    """Removes, without a graceful shutdown, the node of the first trial that finishes an epoch."""

    def __init__(self, missing, finished, lose):
        super().__init__(missing, finished)
        self.lose, self.left = lose, []

    def listener(self, number):
        return LosingListener(number, self)


class LosingListener(TrialListener):
    def __init__(self, number, reporter):
        self.number, self.reporter = number, reporter

    def epoch_done(self, row):
        lose, self.reporter.lose = self.reporter.lose, None
        if lose:
            lose(self.number)

    def trial_left(self, why):
        self.reporter.left.append(why)


@pytest.mark.slow  # three minutes of two processes
def test_a_cluster_that_loses_a_node_ends_every_trial_once(tmp_path):
    """Its records equal, bit for bit, those of one-core processes here, although a trial moved to another node."""
    ray = pytest.importorskip("ray", reason="the extra `scale`")
    from ray.cluster_utils import Cluster as Nodes

    memory = {"object_store_memory": 128 * 2**20}
    try:
        nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 0, **memory})  # the head can't be lost
    except Exception as error:  # where a machine forbids sockets or shared memory
        pytest.skip(f"Ray itself does not start here: {error}")
    pool, reporters = RayPool(nodes.address, None), []

    def lose(worker: int):
        asked = pool._workers[worker]._actor.__ray_call__.options(concurrency_group="control")
        lost = ray.get(asked.remote(lambda _: ray.get_runtime_context().get_node_id()))
        node = next(node for node in nodes.list_all_nodes() if node.node_id == lost)
        nodes.remove_node(node, allow_graceful=False)

    def reporter(missing, finished):
        reporters.append(LosesANode(missing, finished, lose))
        return reporters[0]

    try:
        for _ in range(2):
            nodes.add_node(num_cpus=1, **memory)
        run.run_study(STUDY, tmp_path / "cluster", None, reporter, pool)
    finally:
        nodes.shutdown()
    run.run_study(STUDY, tmp_path / "here", None, Reporter, ProcessPool(2))

    found, expected = (comparable(tmp_path / where) for where in ("cluster", "here"))
    assert len(found) == len(STUDY.trials())
    assert found == expected
    (left,) = reporters[0].left
    assert "its worker on the cluster is gone" in left
    attempts = [record["attempts"] for record in Store(tmp_path / "cluster" / STUDY.name).load()]
    assert sorted(attempts) == [1, 1, 1, 2]


def comparable(out: Path) -> list[dict]:
    """Returns the records of a run without the fields that may differ."""
    records = Store(out / STUDY.name).load()
    return [{name: value for name, value in record.items() if name not in MAY_DIFFER} for record in records]
