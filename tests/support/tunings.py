"""Makes the results of a tuning without training."""

from pathlib import Path

from ablations.records.store import Store
from ablations.records.tuning import FOLDER, Choice, Point, candidates, points_of, save_choice
from ablations.study import Study
from tests.support.trials import record


def fill_tuning(study: Study, folder: Path, **changes):
    """Writes the choice of the first value of each grid for each arm, and its trials, whose records have `changes`."""
    validation = {"validation": {"top1": 0.8, "top5": 1.0, "loss": 1.0}}
    (store := Store(folder / FOLDER)).prepare()
    points: list[Point] = []
    for setting in study.tuning.grid:
        tried = candidates(study, setting, {})
        for (arm, value), variant in zip(points_of(study, setting), tried.variants, strict=True):
            made = record(tried, variant.name, tried.first_seed, metrics=validation, **changes)
            store.write(made, None)
            first = not any((point.arm, point.setting) == (arm.name, setting) for point in points)
            points.append(Point(arm.name, setting, value, (80.0,), (made.address,), chosen=first))
    save_choice(study, folder, Choice(study.name, study.profile, tuple(points), study.tuning.epochs, "a CPU", None))
