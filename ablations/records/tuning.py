"""Choices: what tuning found for each arm of a study, kept in `DIR/STUDY/tuning` beside the records of its trials.

A choice is `choice-ADDRESS.json`. The address is of what was tuned, so that a study whose data, recipe, network or grid
has changed is not tuned; its trials are found again by their content, as those of a run are.
"""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ablations.files import write_files
from ablations.records.record import Record
from ablations.records.store import Store, read_checked, text
from ablations.study import Guards, Study, Trial, Variant, address
from ablations.study.arms import tunes
from ablations.study.decimals import plain
from ablations.study.tuning import FIRST_SEED
from inception_keras.errors import UserError

FOLDER = "tuning"
NOTHING: Mapping[str, tuple] = MappingProxyType({})
MOST_BEYOND = 4  # values that are tried beyond the edges of a grid, for each arm


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
        edge: Whether it is the best and no value beyond it was tried, although there could be one: `MOST_BEYOND` were,
            or the study refuses the next.
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
    def edges(self) -> tuple[str, ...]:
        """The arms with a best value beyond which none was tried."""
        return tuple(dict.fromkeys(point.arm for point in self.points if point.edge))

    @property
    def warnings(self) -> list[str]:
        """A sentence for each best value at the edge of its grid, and for each setting whose values came out equal."""
        edges = [
            f"{point.arm}: the best {point.setting} is {point.value}, the edge of the grid: extend it and tune again"
            for point in self.points
            if point.edge
        ]
        return edges + [
            f"{arm}: every {setting} reached {plain(min(means))}%, so that nothing is chosen: tune for more epochs"
            for (arm, setting), means in self._means.items()
            if len(means) > 1 and min(means) == max(means)
        ]

    @property
    def _means(self) -> dict[tuple[str, str], list[float]]:
        """What the values of each arm's setting reached."""
        found: dict[tuple[str, str], list[float]] = {}
        for point in self.points:
            found.setdefault((point.arm, point.setting), []).append(point.mean)
        return found


def tuned(study: Study, folder: Path) -> Study:
    """The study with the choice of its tuning in the results folder `folder`; without a choice where there is none."""
    if study.tuning is None:
        return study
    choice = load_choice(study, folder)
    return replace(study, choice=choice.settings, edges=choice.edges) if choice else replace(study, choice={}, edges=())


def check_tuned(study: Study, typed: str):
    """Raises a UserError if the study declares a tuning that has not been made; `typed` is the study as typed."""
    if study.untuned:
        raise UserError(f"{study.name} is not tuned yet: type `python -m ablations tune {typed}` first")


def candidates(
    study: Study, setting: str, so_far: dict[str, dict[str, object]], beyond: Mapping[str, tuple] = NOTHING
) -> Study:
    """The study that tries every value of one setting on every arm, with what was chosen so far.

    Its variants are arms with a value. It never reads the test split.

    Args:
        study: What is tuned.
        setting: Which of the grid.
        so_far: By arm, the best values of the settings before it.
        beyond: By arm, values outside the grid.
    """
    assert study.tuning is not None, "only a study with a tuning has candidates"
    variants, choice = [], {}
    for arm, value in points_of(study, setting, beyond):
        name = candidate_name(arm, setting, value)
        variants.append(replace(arm, name=name, why=f"{arm.name} with {setting} {value}"))
        choice[name] = {**so_far.get(arm.name, {}), setting: value}
    recipe = replace(study.recipe, epochs=study.tuning.epochs)
    judged = replace(
        study, claim=None, ordering=None, secondary=(), comparisons=(), evaluations=(), floor=None, reads_test=False
    )
    plain = replace(judged, rungs=(), rung_seeds={}, recipe=recipe, tuning=None, reduced=None, guards=Guards())
    return replace(
        plain,
        variants=tuple(variants),
        factors=(),
        choice=choice,
        seeds=study.tuning.seeds,
        first_seed=FIRST_SEED,
    )


def points_of(study: Study, setting: str, beyond: Mapping[str, tuple] = NOTHING) -> list[tuple[Variant, object]]:
    """Each arm that is tuned in a setting, with each value of its grid, then with those beyond it."""
    assert study.tuning is not None, "only a study with a tuning has points"
    arms = [arm for arm in study.arms if tunes(arm, setting, study.base)]
    return [(arm, value) for arm in arms for value in (*study.tuning.grid[setting], *beyond.get(arm.name, ()))]


def extended(
    study: Study,
    setting: str,
    points: Sequence[Point],
    so_far: dict[str, dict[str, object]],
    beyond: Mapping[str, tuple],
) -> dict[str, tuple]:
    """The values beyond a grid with one more for each arm whose best value is at an edge; equal if there is none.

    An arm gets `MOST_BEYOND` at most, and none that the study refuses.

    Args:
        study, setting, so_far, beyond: As in `candidates`.
        points: What was tried for the setting.
    """
    found = dict(beyond)
    for point in points:
        tried, own = [one.value for one in points if one.arm == point.arm], beyond.get(point.arm, ())
        if point.edge and len(own) < MOST_BEYOND and (value := past_edge(point.value, tried)) is not None:
            with contextlib.suppress(UserError):
                candidates(study, setting, so_far, {point.arm: (value,)})
                found[point.arm] = (*own, value)
    return found


def past_edge(edge: Any, values: Sequence) -> float | None:
    """The next number past the greatest or least of several: by their last ratio, or difference if 0 is one of them.

    >>> past_edge(0.5, (0.5, 1.0, 2.0)), past_edge(0.4, (0.0, 0.2, 0.4)), past_edge(8, (2, 4, 8)), past_edge(1, (1, 2))
    (0.25, 0.6, 16, None)
    """
    nearest = min((value for value in values if value != edge), key=lambda value: abs(value - edge))
    value = 2 * edge - nearest if 0 in values else edge * edge / nearest
    value = round(value) if all(isinstance(one, int) for one in values) else float(f"{value:.6g}")
    return value if value > 0 and value not in values else None


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
    if study.tuning is None or not (path := _path(study, folder)).exists():
        return None
    try:
        found = read_checked(path)
    except ValueError as error:
        raise UserError(f"{error}: remove it and type `python -m ablations tune {study.name}` again") from None
    grid = {(name, json.dumps(value)): value for name, values in study.tuning.grid.items() for value in values}
    points = [
        Point(
            **{name: point[name] for name in ("arm", "setting", "chosen", "edge")},
            # a tuple, which JSON has as a list; or a number beyond the grid
            value=grid.get((point["setting"], json.dumps(point["value"])), point["value"]),
            scores=tuple(point["scores"]),
            addresses=tuple(point["addresses"]),
        )
        for point in found["points"]
    ]
    about = {name: found[name] for name in ("study", "profile", "epochs", "hardware", "commit")}
    return Choice(points=tuple(points), **about)


def tuning_records(study: Study, folder: Path) -> list[Record]:
    """The records of the trials that a study's choice was made from; those that are not in its folder are left out."""
    choice = load_choice(study, folder)
    if choice is None:
        return []
    made = {address for point in choice.points for address in point.addresses}
    return [record for record in Store(folder / FOLDER).load() if record.address in made]


def copy_choice(study: Study, source: Path, target: Path):
    """Copies the choice of a study from one results folder to another; nothing if it is in both or in neither.

    Raises:
        UserError: The file was changed after it was written, or the target can't be written.
    """
    if study.tuning is None or load_choice(study, source) is None or _path(study, target).exists():
        return
    path = _path(study, source)
    write_files(target / FOLDER, {path.name: path.read_bytes()})


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
