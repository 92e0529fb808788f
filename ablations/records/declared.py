"""The one rule for what belongs to a study as it is declared now: `status`, `run`, tables, pages and ledger follow it.

A trial is known by its content, never by a name. It belongs to an arm if it was configured as the study configures a
trial of that arm now, whatever the arm was called when it ran: after a renaming the new name adopts it. A study is
declared at full size, reduced, and with the options (`--set`, `--precision`) that a record's profile names.
Every other trial is *declared otherwise before*; one whose arm is gone too is *removed*.
"""

import contextlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from ablations.records.record import Record
from ablations.records.tuning import tuned
from ablations.study import Study, Trial
from ablations.study.recipe import PRECISIONS
from inception_keras.cli.settings import parse
from inception_keras.errors import UserError


@dataclass(frozen=True)
class Standing:
    """How a record stands to the study as it is declared now.

    Attributes:
        record: The record; one that belongs has the name and the place that its arm has now.
        belongs: Whether it is a trial of the study as declared now.
        differs: What was declared otherwise when it ran; empty if it belongs.
        removed: Whether it is of a variant that the study no longer declares.
    """

    record: Record
    belongs: bool
    differs: str = ""
    removed: bool = False


class Declaration:
    """A study as it is declared now, to compare records with.

    Args:
        study: The study.
        folder: Of its results, where the choices of its tuning are.
    """

    def __init__(self, study: Study, folder: Path):
        self.study, self._folder = tuned(study, folder), folder
        self._sizes: dict[tuple[str, str], Study] = {}

    def standing(self, record: Record) -> Standing:
        """How a record stands to the study."""
        sized = self._as_run(record)
        for form in (self.study, sized):
            if trial := form.by_content.get(record.content):
                return Standing(record.adopted(trial), belongs=True)
        arm = next((arm for arm in sized.arms if arm.name == record.variant), None)
        shown = arm or sized.baseline
        now = _flat(Trial(sized, shown, record.seed, _rung(sized, record)).configuration())
        then = _flat(record.configuration)
        words = _words(then, now, network=arm is not None)
        return Standing(record, belongs=False, differs=words, removed=arm is None)

    def _as_run(self, record: Record) -> Study:
        """The study at the size, and with the settings and the precision, that a record ran with."""
        key = (record.profile, _precision(record))
        if key not in self._sizes:
            self._sizes[key] = tuned(_sized(self.study, *key), self._folder)
        return self._sizes[key]


def belonging(study: Study, records: list[Record]) -> list[Record]:
    """The records of the study exactly as given, without other sizes and options, under its present names.

    Of a study with rungs these are the trials of all of them: `belonging(study.at(epochs), records)` has one rung's.
    """
    found = ((record, study.by_content.get(record.content)) for record in records)
    return [record.adopted(trial) for record, trial in found if trial is not None]


def difference(study: Study, record: Record) -> str:
    """What differs between a record and the trial of the same name in the study as it is declared now."""
    arm = next(arm for arm in study.arms if arm.name == record.variant)
    trial = Trial(study, arm, record.seed, _rung(study, record))
    return _words(_flat(record.configuration), _flat(trial.configuration()))


def profile_settings(profile: str) -> tuple[str, list[str]]:
    """The size of a profile, and its settings as typed after `--set`.

    >>> profile_settings("reduced, epochs=2, fc_units=(8, 8)")
    ('reduced', ['epochs=2', 'fc_units=(8, 8)'])
    """
    size, *settings = re.split(r", (?=[a-z0-9_]+=)", profile)
    return size, settings


def _sized(study: Study, profile: str, precision: str) -> Study:
    """The study at the size of a profile; as it is where it has no such size, or refuses a setting, by now."""
    sized = study
    if profile != study.profile:
        size, settings = profile_settings(profile)
        try:
            sized = study.reduce() if size == "reduced" else study
            sized = sized.change(parse(settings)) if settings else sized
        except UserError:
            pass
    with contextlib.suppress(UserError):  # an arm that has this precision of its own would change nothing
        return replace(sized, recipe=replace(sized.recipe, precision=precision))
    return sized


def _precision(record: Record) -> str:
    """The precision of the study that a record ran with: the other one, if its variant declared its own."""
    own = record.recipe["precision"]
    return PRECISIONS[1 - PRECISIONS.index(own)] if "precision" in record.changed else own


def _rung(study: Study, record: Record) -> int:
    """The rung that a record's trial is nearest to: its own, else the last."""
    epochs = record.recipe["epochs"]
    return epochs if epochs in study.budgets else study.recipe.epochs


def _words(then: dict[str, object], now: dict[str, object], *, network: bool = True) -> str:
    changed = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    # a changed base changes every variant's toggles too: name it once
    shown = [name for name in changed if not name.startswith("base.")] or changed
    if not network:  # a removed variant: the settings that all variants share
        shown = [name for name in changed if not name.startswith("toggles.")]
    return ", ".join(f"{name.split('.')[-1]} {then.get(name)} instead of {now.get(name)}" for name in shown)


def _flat(configuration: dict) -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in configuration.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": part for inner, part in value.items()}
        else:
            flat[name] = value
    return flat
