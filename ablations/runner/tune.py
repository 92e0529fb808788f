"""Tunes the arms of a study: tries the values of one setting after another on the validation split."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ablations import environment
from ablations.records.outcomes import FINAL
from ablations.records.record import Record
from ablations.records.store import Store
from ablations.records.tuning import (
    FOLDER,
    Choice,
    Point,
    candidate_name,
    candidates,
    choose,
    extended,
    load_choice,
    points_of,
    save_choice,
)
from ablations.runner.loggers.base import Reporter
from ablations.runner.pools.base import WorkerPool
from ablations.runner.run import run_study
from ablations.study import Study
from ablations.study.measures import POINTS, measure
from inception_keras.errors import UserError


def tune_study(
    study: Study,
    out: Path,
    data_dir: str | None,
    make_reporter: Callable[[int, int], Reporter],
    make_pool: Callable[[], WorkerPool],
    limit: float | None = None,
    distribute: str = "none",
    deadline: float | None = None,
) -> Choice | None:
    """Chooses the settings of each arm and stores the choice; one that is stored already stands.

    The trials of a setting run beside each other, like those of a study; the next setting waits for them. Where the
    edge of a grid is best for an arm, further values beyond it are tried for this arm. The trials are kept in the store
    `DIR/STUDY/tuning`, so that a tuning that was killed continues, and several runs share them.

    Args:
        study: What to tune.
        out: Folder of all results; the study's are under its name.
        data_dir, make_reporter, limit, distribute, deadline: As for `runner.run.run_study`.
        make_pool: Makes the pool in which the trials of one setting are trained.

    Returns:
        The choice; `None` if the time was up before all trials were done.

    Raises:
        UserError: As `run_study`; the study declares no tuning; or a trial has no result.
        KeyboardInterrupt: As `run_study`.
    """
    if study.tuning is None:
        raise UserError(f"{study.name} declares no tuning: give it tuning=Tuning(grid={{...}})")
    folder = out / study.name
    if stored := load_choice(study, folder):
        return stored
    store, points, so_far = Store(folder / FOLDER), [], {}  # type: ignore[var-annotated]

    def train(tried: Study) -> list[Record]:
        return run_study(
            tried, out, data_dir, make_reporter, make_pool(), limit, distribute, deadline=deadline, store=store
        )

    for setting in study.tuning.grid:
        found, records = _tune_setting(study, setting, so_far, train, store)
        if found is None:
            return None
        points += found
        for point in found:
            if point.chosen:
                so_far.setdefault(point.arm, {})[setting] = point.value
    choice = Choice(
        study.name,
        study.profile,
        tuple(points),
        study.tuning.epochs,
        records[0].hardware_words(),
        environment.commit(),
    )
    save_choice(study, folder, choice)
    return choice


def _tune_setting(
    study: Study,
    setting: str,
    so_far: dict[str, dict[str, object]],
    train: Callable[[Study], list[Record]],
    store: Store,
) -> tuple[list[Point] | None, list[Record]]:
    """Tries a setting; while the best value of an arm is at an edge of its grid, one value more beyond it.

    Returns:
        The points, or `None` if the time was up before all trials were done; and the records.
    """
    beyond: dict[str, tuple] = {}
    while True:
        tried = candidates(study, setting, so_far, beyond)
        records = train(tried)
        if len(records) < len(tried.trials()):
            return None, records
        points = _judge(study, setting, records, store, beyond)
        further = extended(study, setting, points, so_far, beyond)
        if further == beyond:
            return points, records
        beyond = further


def _judge(study: Study, setting: str, records: list[Record], store: Store, beyond: Mapping[str, tuple]) -> list[Point]:
    """The points of a setting with their scores, the best of each arm marked."""
    by_name: dict[str, list[Record]] = {}
    for record in records:
        by_name.setdefault(record.variant, []).append(record)
    _check_complete(study, records, store)
    tried = [
        Point(
            arm.name,
            setting,
            value,
            tuple(_score(record) for record in own),
            tuple(record.address for record in own),
        )
        for arm, value in points_of(study, setting, beyond)
        if (own := by_name[candidate_name(arm, setting, value)])
    ]
    arms = dict.fromkeys(point.arm for point in tried)
    return [point for arm in arms for point in choose([one for one in tried if one.arm == arm])]


def _score(record: Record) -> float:
    """Validation top-1 in points; a trial that diverged guesses."""
    if not record.done:
        return POINTS / record.data["classes"]
    found = measure("validation_top1").of(record)
    assert found is not None, "every trial that is done has been validated"
    return found


def _check_complete(study: Study, records: list[Record], store: Store):
    without = [f"{record.variant} seed {record.seed}: {record.reason}" for record in records if not _is_final(record)]
    if without:
        raise UserError(
            f"{len(without)} trials of the tuning have no result ({without[0]}): type `python -m ablations tune "
            f"{study.name}` again to repeat them, or take the value out of the grid; records in {store.records}"
        )


def _is_final(record: Record) -> bool:
    return record.status in FINAL
