"""The share of the machine that each worker gets."""

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


def test_no_gpu_where_none_may_be_used(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert shares.gpus() == []
