"""A stopped trial whose data changes: it begins anew, since the old validation and test images are not the new ones."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from ablations.records.outcomes import Stopped
from ablations.runner.worker import Worker
from ablations.study import Trial
from ablations.training.progress import TrialListener
from tests.support.bench import QUICK


class Told(TrialListener):
    """Notes from where the trial goes on."""

    def __init__(self):
        self.resumed_after, self.passed = None, None

    def resumed(self, epochs):
        self.resumed_after = epochs

    def passed_over(self, epochs, why):
        self.passed = (epochs, why)


def write(path, seed: int):
    numbers, labels = np.random.default_rng(seed), np.arange(120) % 3
    images = numbers.integers(0, 256, (120, 16, 16), dtype=np.uint8)
    np.savez(path, x_train=images, y_train=labels, x_test=images[:30], y_test=labels[:30])


def train(study, folder, stop: bool) -> Told:
    worker, told = Worker(study, None), Told()
    address = worker.site.rounding.address(Trial(study, study.baseline, 0, 2))
    with suppress(Stopped):
        worker.train("gap", 0, 2, told, folder, lambda: stop, address=address)
    return told


@pytest.fixture
def study(tmp_path):
    write(tmp_path / "a.npz", 0)
    recipe = replace(QUICK.recipe, epochs=2)
    return replace(QUICK, dataset=f"numpy:{tmp_path / 'a.npz'}", fraction=1.0, recipe=recipe)


def test_a_trial_whose_files_changed_begins_anew_and_says_so(study, tmp_path):
    train(study, tmp_path / "trial", stop=True)
    write(tmp_path / "a.npz", 1)
    told = train(study, tmp_path / "trial", stop=True)
    assert told.resumed_after is None
    assert told.passed[0] == 1 and told.passed[1].startswith("it was trained with other data (")
    assert train(study, tmp_path / "trial", stop=False).resumed_after == 1
