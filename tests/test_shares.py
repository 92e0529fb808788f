"""The share of the machine that each worker gets."""

import os

import pytest

from ablations import shares


def test_one_worker_has_all():
    assert shares.shares(1) == [shares.Share()]


@pytest.mark.parametrize(
    ("jobs", "cores", "expected"),
    [
        (2, range(2), [(0,), (1,)]),
        (2, range(5), [(0, 1), (2, 3)]),  # the odd core stays free: equal shares, equal seconds
        (3, range(2), [(0,), (1,), (0,)]),
    ],
)
def test_cores_are_split_evenly(jobs, cores, expected):
    assert [share.cores for share in shares.split(jobs, tuple(cores), ())] == expected


def test_a_worker_sees_one_gpu(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    assert [share.gpu for share in shares.shares(3)] == ["3", "5", "3"]


def test_workers_on_one_gpu_take_memory_as_they_need_it(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    monkeypatch.setenv("XLA_PYTHON_CLIENT_PREALLOCATE", "true")  # what a person says counts
    monkeypatch.setenv("TF_FORCE_GPU_ALLOW_GROWTH", "")
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH")
    monkeypatch.setattr(shares.os, "sched_setaffinity", lambda *cores: None)
    shares.shares(2)[0].take()
    assert "TF_FORCE_GPU_ALLOW_GROWTH" not in os.environ
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    shares.shares(3)[0].take()
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] == "true"
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH")


def test_no_gpu_where_none_may_be_used(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert shares.gpus() == []
