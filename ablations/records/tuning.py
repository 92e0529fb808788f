"""Choices: what tuning found for each arm of a study, kept in `DIR/STUDY/tuning` beside the records of its trials.

A choice is `choice-ADDRESS.json`. The address is of what was tuned, so that a study whose data, recipe, network or grid
has changed is not tuned; its trials are found again by their content, as those of a run are.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ablations.files import write_files
from ablations.records.store import read_checked, text
from ablations.study import Guards, Study, Trial, Variant, address
from ablations.study.arms import tunes
from ablations.study.tuning import FIRST_SEED
from inception_keras.errors import UserError

FOLDER = "tuning"


@dataclass(frozen=True)
class Point:
    """A value that was tried for a setting of an arm, with the settings before it at their best.

    Attributes:
        arm: Name of the arm.
        setting: A recipe field or a toggle.
        value: As the grid has it.
        scores: Validation top-1 of each trial, in points; that of chance for a trial that diverged.
        addresses: Of the trials.
        chosen: Whether it is the best value of this setting for this arm.
        edge: Whether it is the best and no value beyond it was tried, although there could be one.
    """

    arm: str
    setting: str
    value: object
    scores: tuple[float, ...]
    addresses: tuple[str, ...]
    chosen: bool = False
    edge: bool = False

    @property
    def mean(self) -> float:
        return sum(self.scores) / len(self.scores)


@dataclass(frozen=True)
class Choice:
    """The result of a tuning.

    Attributes:
        study, profile: What was tuned.
        points: All values that were tried, in order.
        epochs: Of each trial.
        hardware, commit: Where it was computed.
    """

    study: str
    profile: str
    points: tuple[Point, ...]
    epochs: int
    hardware: str
    commit: str | None

    @property
    def settings(self) -> dict[str, dict[str, object]]:
        """By arm, the chosen value of each of its tuned settings."""
        found: dict[str, dict[str, object]] = {}
        for point in self.points:
            if point.chosen:
                found.setdefault(point.arm, {})[point.setting] = point.value
        return found

    @property
    def warnings(self) -> list[str]:
        """A sentence for each best value at the edge of its grid."""
        return [
            f"{point.arm}: the best {point.setting} is {point.value}, the edge of the grid: extend it and tune again"
            for point in self.points
            if point.edge
        ]


def tuned(study: Study, folder: Path) -> Study:
    """The study with the choice of its tuning in the results folder `folder`; without a choice where there is none."""
    if study.tuning is None:
        return study
    choice = load_choice(study, folder)
    return replace(study, choice=choice.settings if choice else {})


def check_tuned(study: Study, typed: str):
    """Raises a UserError if the study declares a tuning that has not been made; `typed` is the study as typed."""
    if study.untuned:
        raise UserError(f"{study.name} is not tuned yet: type `python -m ablations tune {typed}` first")


def candidates(study: Study, setting: str, so_far: dict[str, dict[str, object]]) -> Study:
    """The study that tries every value of one setting on every arm, with what was chosen so far.

    Its variants are arms with a value. It never reads the test split.

    Args:
        study: What is tuned.
        setting: Which of the grid.
        so_far: By arm, the best values of the settings before it.
    """
    assert study.tuning is not None, "only a study with a tuning has candidates"
    variants, choice = [], {}
    for arm, value in points_of(study, setting):
        name = candidate_name(arm, setting, value)
        variants.append(replace(arm, name=name, why=f"{arm.name} with {setting} {value}"))
        choice[name] = {**so_far.get(arm.name, {}), setting: value}
    recipe = replace(study.recipe, epochs=study.tuning.epochs)
    judged = replace(study, claim=None, ordering=None, secondary=(), comparisons=(), evaluations=(), floor=None)
    plain = replace(judged, rungs=(), rung_seeds={}, recipe=recipe, tuning=None, reduced=None, guards=Guards())
    return replace(
        plain,
        variants=tuple(variants),
        factors=(),
        choice=choice,
        reads_test=False,
        seeds=study.tuning.seeds,
        first_seed=FIRST_SEED,
    )


def points_of(study: Study, setting: str) -> list[tuple[Variant, object]]:
    """Each arm that is tuned in a setting, with each value of its grid."""
    assert study.tuning is not None, "only a study with a tuning has points"
    arms = [arm for arm in study.arms if tunes(arm, setting, study.base)]
    return [(arm, value) for arm in arms for value in study.tuning.grid[setting]]


def candidate_name(arm: Variant, setting: str, value: object) -> str:
    """The name of an arm with a value, which files are named after."""
    words = "-".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return f"{arm.name}+{setting}_{words}".lower()


def choose(points: Sequence[Point]) -> list[Point]:
    """The points of one setting of one arm, the best of them marked: the highest mean, of equal ones the first.

    >>> tried = [Point("gap", "learning_rate", rate, (score,), ()) for rate, score in ((0.1, 50.0), (0.2, 60.0))]
    >>> [(point.value, point.chosen, point.edge) for point in choose(tried)]
    [(0.1, False, False), (0.2, True, True)]
    """
    best = max(points, key=lambda point: point.mean)
    return [
        replace(point, chosen=point is best, edge=point is best and at_edge(best.value, [p.value for p in points]))
        for point in points
    ]


def at_edge(value: object, values: Sequence[object]) -> bool:
    """Whether a value is the least or the greatest of several numbers. There is nothing below 0, which is no edge."""
    numbers = [one for one in values if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if len(numbers) < len(values) or value not in numbers:
        return False
    return value == max(numbers) or (value == min(numbers) and value != 0)


def save_choice(study: Study, folder: Path, choice: Choice) -> Path:
    """Writes the choice of a study to its results folder and returns the path of the file.

    Raises:
        UserError: The folder can't be written.
    """
    content = {"schema": 2, "address": choice_address(study), "terms": _terms(study), **asdict(choice)}
    path = _path(study, folder)
    return write_files(path.parent, {path.name: text(json.loads(json.dumps(content)))})[0]


def load_choice(study: Study, folder: Path) -> Choice | None:
    """The choice of a study as it is declared now, from its results folder; `None` if it was not tuned.

    Raises:
        UserError: The file was changed after it was written.
    """
    path = _path(study, folder)
    if study.tuning is None or not path.exists():
        return None
    try:
        found = read_checked(path)
    except ValueError as error:
        raise UserError(f"{error}: remove it and type `python -m ablations tune {study.name}` again") from None
    grid = {(name, json.dumps(value)): value for name, values in study.tuning.grid.items() for value in values}
    points = [
        Point(
            **{name: point[name] for name in ("arm", "setting", "chosen", "edge")},
            value=grid[point["setting"], json.dumps(point["value"])],  # a tuple, which JSON has as a list
            scores=tuple(point["scores"]),
            addresses=tuple(point["addresses"]),
        )
        for point in found["points"]
    ]
    about = {name: found[name] for name in ("study", "profile", "epochs", "hardware", "commit")}
    return Choice(points=tuple(points), **about)


def choice_address(study: Study) -> str:
    """The address of what a study tunes: its data, recipe and network, its arms, and the grid."""
    return address(_terms(study))


def _terms(study: Study) -> dict:
    assert study.tuning is not None, "only a study with a tuning has a choice"
    setting = next(iter(study.tuning.grid))
    first = candidates(study, setting, {})
    return json.loads(
        json.dumps(
            {
                "experiment": Trial(first, first.baseline, FIRST_SEED).experiment(),
                "arms": {arm.name: arm.settings for arm in study.arms},
                "grid": [[name, values] for name, values in study.tuning.grid.items()],  # in order
                "seeds": study.tuning.seeds,
            }
        )
    )


def _path(study: Study, folder: Path) -> Path:
    return folder / FOLDER / f"choice-{choice_address(study)}.json"
