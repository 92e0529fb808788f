"""Opens a worker and times its variants, and shows on the terminal what takes long."""

from typing import TYPE_CHECKING

from ablations.study import Study
from ablations.study.equal_steps import equal_steps
from inception_keras.backend import backend_label
from inception_keras.cli.waiting import waiting

if TYPE_CHECKING:
    from ablations.runner.worker import Worker
    from ablations.training.trainer import Pace


def open_worker(study: Study, data_dir: str | None, distribute: str = "none") -> "Worker":
    """A worker to plan with: synthetic data may replace a known data set that is not prepared."""
    with waiting(f"reading the data and loading {backend_label()}"):
        from ablations.runner.worker import Worker

        return Worker(study, data_dir, distribute, synthetic=True)


def probe(worker: "Worker", skipped_by: str) -> "dict[str, Pace]":
    """The paces of all variants.

    Args:
        worker: What times them.
        skipped_by: The option that leaves this out.
    """
    timed = len(set(equal_steps(worker.study).values()))
    with waiting("timing", timed, f"for the estimate of the hours; {skipped_by} skips this") as wait:
        return worker.probe(wait.next)
