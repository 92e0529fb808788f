"""The bench from Python: `run` and `load` for studies, `compare` for results of other programs.

Tables are pandas data frames. Nothing heavy is loaded before a function needs it.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ablations import studies
from ablations.study import Study
from ablations.study.changes import settings_of
from inception_keras.errors import UserError, unknown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from ablations.evidence.findings import Finding
    from ablations.evidence.foreign import Judgement
    from ablations.evidence.sections import Section
    from ablations.records.record import Record
    from ablations.statistics import Summary


@dataclass(frozen=True)
class Results:
    """What a study gave so far, from the records in its folder.

    Attributes:
        study: As it is declared now, in the profile that was asked for.
        out: The folder of all results; the study's are in `out/NAME`.
    """

    study: Study
    out: Path

    @cached_property
    def records(self) -> "list[Record]":
        """The records of its trials as it is declared now."""
        from ablations.records.declared import belonging

        return belonging(self.study, self._store.load())

    @cached_property
    def findings(self) -> "list[Finding]":
        """One per claim, with its evidence and its verdict."""
        from ablations.evidence.findings import findings

        return findings(self.study, self._store) if self.study.hypothesis else []

    @cached_property
    def trials(self) -> "pd.DataFrame":
        """One row per trial: status, costs, accuracies, times, versions."""
        from ablations.report import tables

        return tables.trials_table(self._sections)

    @cached_property
    def summary(self) -> "pd.DataFrame":
        """One row per variant: costs, means and standard deviations."""
        from ablations.report import tables

        return tables.summary_table(self._sections)

    @cached_property
    def comparisons(self) -> "pd.DataFrame":
        """One row per comparison: difference, interval, p-values."""
        from ablations.report import tables

        return tables.comparisons_table(self._sections)

    @cached_property
    def answers(self) -> "pd.DataFrame":
        """One row per trial and test example: `run`, `seed`, `example`, `label`, `prediction`, `confidence`.

        For `compare`, which makes any measure of them; the baseline comes first. Older records have no labels, and are
        left out.
        """
        import pandas as pd

        frames = []
        for record in sorted(self.records, key=lambda one: (one.arm, one.seed)):  # the baseline first
            if (answers := record.answered()) is None:
                continue
            labels, predictions = answers
            frame = pd.DataFrame({"run": record.variant, "seed": record.seed, "example": range(len(labels))})
            sure = self._store.confidences(record)
            frames.append(frame.assign(label=labels, prediction=predictions, confidence=sure))
        if not frames:
            raise UserError(f"{self._store.folder} holds no answers with labels of {self.study.name}")
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def broken_guards(self) -> list[str]:
        """A sentence per guard that a record breaks."""
        from ablations.evidence.guards import broken_guards

        return broken_guards(self.study, self.records)

    @property
    def _store(self):
        from ablations.records.store import Store

        return Store(self.out / self.study.name)

    @cached_property
    def _sections(self) -> "list[Section]":
        from ablations.evidence.sections import sections

        found = sections(self._store, self.study)
        own = [part for part in found if part.profile == self.study.profile]
        if not own:
            raise UserError(f"{self._store.folder} holds no records of {self.study.name} ({self.study.profile})")
        return own

    def _repr_html_(self) -> str:
        return self.summary.to_html()


def load(study: Study | str | Path, *, out: str | Path = "results", reduced: bool = False, **settings: Any) -> Results:
    """What a study gave so far; nothing is trained.

    Args:
        study: A study, the name of one that comes with the bench, or the path of a study file.
        out: The folder of all results.
        reduced: Whether to take its profile for continuous integration.
        **settings: Settings to change, as with `--set`; `seeds` is one.

    Raises:
        UserError: There is no such study, or a setting does not fit it.
    """
    return _chosen(load, study, out, reduced, settings)


def _chosen(
    asked: Callable, study: Study | str | Path, out: str | Path, reduced: bool, settings: dict[str, Any]
) -> Results:
    """As `load`; of a name that is no setting, the error lists the arguments of the function that was `asked` too."""
    if not isinstance(out, (str, Path)):
        raise UserError(f"out is the folder of all results, a text or a Path; got {out!r}")
    chosen = studies.load(str(study)) if isinstance(study, (str, Path)) else study
    if not isinstance(chosen, Study):
        raise UserError(f"give a Study, its name or its file; got {type(chosen).__name__}")
    chosen = chosen.reduce() if reduced else chosen
    seeds = settings.pop("seeds", None)
    for name in settings:
        if name not in (known := settings_of(chosen)):
            arguments = [one for one in inspect.signature(asked).parameters if one != "settings"]
            raise unknown(f"argument of {asked.__name__}", name, [*arguments, "seeds", *known])
    chosen = chosen.change(settings) if settings else chosen
    chosen = chosen if seeds is None else chosen.with_seeds(seeds)
    if chosen.tuning:
        from ablations.records.tuning import tuned

        chosen = tuned(chosen, Path(out) / chosen.name)
    return Results(chosen, Path(out))


def run(
    study: Study | str | Path,
    *,
    out: str | Path = "results",
    reduced: bool = False,
    data_dir: str | None = None,
    jobs: int = 0,
    keep_weights: bool = False,
    quiet: bool = False,
    **settings: Any,
) -> Results:
    """Trains the missing trials of a study and returns all of its results.

    Args:
        study, out, reduced, **settings: As for `load`.
        data_dir: The folder of prepared TFDS data sets.
        jobs: Trials in parallel, each in a process; 0: one after another in this process, which a notebook needs for
            what is defined in it.
        keep_weights: Whether to keep the final weights.
        quiet: Whether to print no progress.

    Raises:
        UserError: Before the first step, for anything in the request that can't work.
    """
    if not isinstance(jobs, int) or isinstance(jobs, bool) or jobs < 0:
        raise UserError(f"jobs is how many trials run in parallel, 0 for none, a whole number; got {jobs!r}")
    asked = _chosen(run, study, out, reduced, settings)
    from ablations.runner.loggers.base import Reporter
    from ablations.runner.loggers.console import ConsoleReporter
    from ablations.runner.pools.choose import choose_pool
    from ablations.runner.run import run_study
    from inception_keras.cli.console import console

    def reporter(missing: int, finished: int) -> Reporter:
        return Reporter(missing, finished) if quiet else ConsoleReporter(missing, finished, console=console())

    run_study(asked.study, asked.out, data_dir, reporter, choose_pool(jobs), keep_weights=keep_weights)
    return Results(asked.study, asked.out)  # without what `asked` may have read before


@dataclass(frozen=True)
class Compared:
    """Results of other programs, judged.

    Attributes:
        judgement: Each arm beside the baseline, with evidence and verdict; and what was assumed.
    """

    judgement: "Judgement"

    @cached_property
    def table(self) -> "pd.DataFrame":
        """One row per comparison, with all digits."""
        import pandas as pd

        from ablations.report import foreign

        return pd.DataFrame([foreign.row(one) for one in self.judgement.judged])

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict by arm."""
        return {one.evidence.variant: one.verdict.name for one in self.judgement.judged}

    @property
    def assumptions(self) -> tuple[str, ...]:
        return self.judgement.assumptions

    def report(self, folder: str | Path) -> Path:
        """Writes the comparison as HTML, Markdown and CSV and returns the path of the page."""
        from ablations.report.html.comparison import write_comparison

        return write_comparison(self.judgement, Path(folder))[0]

    def __str__(self) -> str:
        from ablations.report import foreign

        said = [f"{one.evidence.variant}: {foreign.sentence(one)}" for one in self.judgement.judged]
        return "\n".join([*said, *(f"assumed: {note}" for note in self.assumptions)])

    def _repr_html_(self) -> str:
        return self.table.to_html()


Scores = Mapping[str, "Sequence[float] | np.ndarray | Mapping[Any, float] | Summary"]


def compare(
    *results: "str | Path | Scores | pd.DataFrame",
    claim: str | None = None,
    effect: float | None = None,
    margin: float | None = None,
    baseline: str | None = None,
    **columns: Any,
) -> Compared:
    """Judges results of other programs by the rules of a study.

    Args:
        *results: Paths of files as the command `compare` takes them; or one mapping from the name of each arm to its
            scores: by seed (a mapping, or a Series with an index), in an order in which arms pair (a sequence or
            `(runs,)`), the answers of runs to examples, `(runs, examples)`, or what a paper prints of them, an
            `ablations.statistics.Summary`; or a data frame with the columns of a file, such as `Results.answers`.
        claim: `better`, `worse` or `equal`, of every arm beside the baseline.
        effect: The claimed size of the difference.
        margin: Smaller differences count as none.
        baseline: The name of an arm; by default the first.
        **columns: Which column means what: see `ablations.foreign.asked.Asked`.

    Raises:
        UserError: A file or an array can't be read as results, the claim is none, or there is no such argument.

    >>> found = compare({"old": [0.80, 0.81, 0.82, 0.80, 0.79, 0.81], "new": [0.83, 0.84, 0.84, 0.83, 0.83, 0.85]})
    >>> found.verdicts
    {'new': 'reproduced'}
    """
    from ablations.evidence.foreign import judge
    from ablations.evidence.stated import Stated
    from ablations.foreign.arms import frame_arms, read_arms, score_arms
    from ablations.foreign.asked import Asked

    known = [field.name for field in fields(Asked)]
    for name in columns:
        if name not in known:
            raise unknown("argument of compare", name, ["claim", "effect", "margin", "baseline", *known])
    asked = Asked(**columns)
    if len(results) == 1 and isinstance(results[0], Mapping):
        foreign = score_arms(results[0], asked)
    elif len(results) == 1 and hasattr(results[0], "to_dict"):
        foreign = frame_arms(cast("pd.DataFrame", results[0]), asked)
    elif results and all(isinstance(one, (str, Path)) for one in results):
        foreign = read_arms([Path(str(one)) for one in results], asked)
    else:
        raise UserError("give paths of files, one mapping from the names of arms to their scores, or one data frame")
    return Compared(judge(foreign, Stated(claim, effect, margin), baseline))
