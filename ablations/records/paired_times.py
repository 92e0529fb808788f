"""Step times of two variants that were measured in turn in one process, kept in `DIR/STUDY/times`.

The times of trials depend on what ran beside each of them; the ratios of these pairs do not.
"""

import json
import math
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path

from ablations import environment
from ablations.files import write_files
from ablations.records.store import SCHEMA, read_checked, text
from ablations.records.tuning import tuned
from ablations.study import Study, Trial, address
from ablations.study.measures import POINTS
from inception_keras.errors import UserError

FOLDER = "times"


@dataclass(frozen=True)
class PairedTimes:
    """The step times of a comparison on one machine.

    Attributes:
        study, profile: Whose variants.
        baseline, variant: Names of the variants.
        seconds: Per step, of (baseline, variant), by round.
        began: When the measurement began, in ISO format, UTC.
        load: The machine's load average before and after; `None` where the system has none.
        hardware, versions: As in a record.
        commit: Of the code.
    """

    study: str
    profile: str
    baseline: str
    variant: str
    seconds: tuple[tuple[float, float], ...]
    began: str
    load: tuple[float, float] | None
    hardware: dict
    versions: dict[str, str]
    commit: str | None

    @property
    def differences(self) -> list[float]:
        """By round, the difference in the unit of the measure `step_time`, in per cent: plus means that it is slower.

        >>> made = PairedTimes("s", "full", "gap", "fc", ((1.0, 1.1),), "", None, {}, {}, None)
        >>> [round(one, 2) for one in made.differences]
        [9.53]
        """
        return [POINTS * math.log(variant / baseline) for baseline, variant in self.seconds]

    @property
    def difference(self) -> float:
        """The median of `differences`."""
        return statistics.median(self.differences)

    def hardware_words(self) -> str:
        """What it was measured on."""
        return environment.hardware_words(self.hardware)


def save_times(study: Study, folder: Path, found: PairedTimes) -> Path:
    """Writes the times of a comparison to the results folder of its study; replaces older ones of the same machine.

    Raises:
        UserError: The folder can't be written.
    """
    key = address({"arms": _arms(study, found.baseline, found.variant), "hardware": found.hardware})
    content = {"schema": SCHEMA, "arms": _arms(study, found.baseline, found.variant), **asdict(found)}
    name = f"{found.variant}-{found.baseline}-{key}.json"
    return write_files(folder / FOLDER, {name: text(json.loads(json.dumps(content)))})[0]


def load_times(study: Study, folder: Path) -> list[PairedTimes]:
    """The times in a results folder of comparisons of a study as it is declared now, by file name.

    Raises:
        UserError: A file was changed after it was written.
    """
    study, found = tuned(study, folder), []
    wanted = {json.dumps(_arms(study, *pair), sort_keys=True): pair for pair in tested_pairs(study)}
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            content = read_checked(path)
        except ValueError as error:
            raise UserError(f"{error}: remove it and type `python -m ablations times {study.name}` again") from None
        pair = wanted.get(json.dumps(content.pop("arms"), sort_keys=True))
        if pair is not None:
            content["seconds"] = tuple(map(tuple, content["seconds"]))
            content["load"] = content["load"] and tuple(content["load"])
            about = {name: value for name, value in content.items() if name in PairedTimes.__dataclass_fields__}
            found.append(PairedTimes(**about | dict(zip(("baseline", "variant"), pair, strict=True))))
    return found


def tested_pairs(study: Study) -> list[tuple[str, str]]:
    """(baseline, variant) of every test of a study, each pair once."""
    return list(dict.fromkeys((baseline, variant) for baseline, variant, _ in study.tests))


def _arms(study: Study, baseline: str, variant: str) -> list[dict]:
    """The configurations of both variants, without what a step's time does not depend on: name and seed."""
    arms = {arm.name: arm for arm in study.arms}
    return [Trial(study, arms[name], 0).configuration() for name in (baseline, variant)]
