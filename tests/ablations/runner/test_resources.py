"""The cores and GPUs that each worker gets."""

import os
from subprocess import CalledProcessError
from types import SimpleNamespace

import pytest

from ablations import environment
from ablations.runner import resources


def test_one_worker_has_all():
    assert resources.resources_per_worker(1) == [resources.Resources()]


@pytest.mark.parametrize(
    ("jobs", "cores", "expected"),
    [
        (2, range(2), [(0,), (1,)]),
        (2, range(5), [(0, 1), (2, 3)]),  # the odd core stays free: equal cores, equal times
        (3, range(2), [(0,), (1,), (0,)]),
        (2, (), [(), ()]),  # macOS does not number them
    ],
)
def test_cores_are_split_evenly(jobs, cores, expected):
    assert [worker.cores for worker in resources.divide(jobs, tuple(cores), ())] == expected


@pytest.mark.parametrize(
    ("cores", "trials", "gigabytes", "gpu", "jobs"),
    [
        (4, 16, 32, "", 4),
        (4, 3, 32, "", 3),  # a core more would stay free
        (64, 100, 9, "", 4),  # so many fit into the memory
        (4, 0, 1, "", 1),
        (0, 16, 32, "", 1),  # macOS, which does not number its cores
        (4, 16, 32, "0,1", 1),  # a GPU computes one trial faster than several
    ],
)
def test_as_many_jobs_as_are_fastest(monkeypatch, cores, trials, gigabytes, gpu, jobs):
    memory = SimpleNamespace(total=gigabytes * 2**30)
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory)
    monkeypatch.setattr(resources, "usable_cores", lambda: tuple(range(cores)))
    monkeypatch.setattr(resources, "has_other_accelerator", lambda: False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", gpu)
    assert resources.fastest_jobs(trials) == jobs
    monkeypatch.setattr(resources, "has_other_accelerator", lambda: True)
    assert resources.fastest_jobs(trials) == 1


def test_a_worker_sees_one_gpu(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    assert [worker.gpu for worker in resources.resources_per_worker(3)] == ["3", "5", "3"]


def test_workers_on_one_gpu_take_memory_as_they_need_it(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "true")  # a user's setting is respected
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "")
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH")
    monkeypatch.setattr(resources.os, "sched_setaffinity", lambda *cores: None)
    resources.resources_per_worker(2)[0].take()
    assert "TF_FORCE_GPU_ALLOW_GROWTH" not in os.environ
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    resources.resources_per_worker(3)[0].take()
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] == "true"
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH")


def test_no_gpu_where_none_may_be_used(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert environment.gpus() == []


@pytest.fixture
def two_gpus(monkeypatch):
    class Answer:
        returncode = 0

        def __init__(self, command):
            self.stdout = "NVIDIA H100 80GB HBM3\nNVIDIA H200\n" if "name" in command[1] else "0\n1\n"

    monkeypatch.setattr(environment.shutil, "which", lambda name: name)
    # in this module alone: whoever imports Matplotlib for the first time runs a program too
    driver = SimpleNamespace(run=lambda command, **options: Answer(command), CalledProcessError=CalledProcessError)
    monkeypatch.setattr(environment, "subprocess", driver)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        (None, ["NVIDIA H100 80GB HBM3", "NVIDIA H200"]),
        ("1", ["NVIDIA H200"]),
        ("", []),
        ("GPU-5e8f2a", []),  # by identifier, which is not looked up
    ],
)
def test_gpus_have_names(visible, names, two_gpus, monkeypatch):
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert environment.gpu_names() == names


def test_a_record_names_the_gpus(two_gpus, monkeypatch):
    devices = ["cpu:0", "gpu:0", "gpu:1"]
    monkeypatch.setattr("keras.distribution.list_devices", lambda: devices)
    assert environment.accelerators() == ["NVIDIA H100 80GB HBM3", "NVIDIA H200"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-5e8f2a")
    assert environment.accelerators() == devices[1:]
    devices[:] = ["cpu:0"]
    assert environment.accelerators() == []
