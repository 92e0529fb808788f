"""The command `run`."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ablations import environment, studies
from ablations.cli.options import (
    RESULTS,
    Budget,
    DataDir,
    Distribute,
    Full,
    Jobs,
    JUnit,
    Limit,
    Out,
    Precision,
    Ray,
    Reduced,
    Rung,
    Seeds,
    Settings,
    Summary,
    check_rung,
    chosen_study,
    out_option,
    place_options,
    results_folder,
    slow_precision,
    typed_words,
)
from ablations.cli.watched import Watched, make_loggers
from ablations.files import prove_file
from ablations.study import Guards, Study
from inception_keras.backend import backend_label, backend_name
from inception_keras.cli.console import console, say, working
from inception_keras.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

    from ablations.evidence.guards import Check
    from ablations.records.record import Record
    from ablations.records.store import Store


def run(
    names: Annotated[
        list[str], typer.Argument(metavar="STUDY...", help="Names that `list` shows, or paths of .py files, in order.")
    ],
    reduced: Reduced = False,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    seeds: Seeds = None,
    settings: Settings = None,
    precision: Precision = None,
    jobs: Jobs = None,
    ray: Ray = None,
    rung: Rung = None,
    limit: Limit = None,
    budget: Budget = None,
    distribute: Distribute = "none",
    keep_weights: Annotated[
        bool,
        typer.Option(
            "--keep-weights",
            help="Keep final weights in DIR/STUDY/weights; `ensemble`, `explain` and `deploy` need them.",
        ),
    ] = False,
    tensorboard: Annotated[
        str | None,
        typer.Option(
            "--tensorboard", metavar="[DIR]", help="Also write event files; without DIR to OUT/STUDY/tensorboard."
        ),
    ] = None,
    mlflow: Annotated[
        str | None,
        typer.Option("--mlflow", metavar="URI", help="Also log to MLflow: http://HOST:5000 or sqlite:///FILE."),
    ] = None,
    wandb: Annotated[
        str | None,
        typer.Option("--wandb", metavar="PROJECT", help="Also log to Weights & Biases: PROJECT or ENTITY/PROJECT."),
    ] = None,
    logger: Annotated[
        str | None,
        typer.Option(
            "--logger", metavar="MODULE:NAME", help="Also call begin, epoch, end and leave of what NAME() makes."
        ),
    ] = None,
    summary: Summary = None,
    junit: JUnit = None,
    full: Full = False,
):
    """Trains the missing trials and prints the table; exits with 1 if a guard breaks or a trial is not done."""
    from ablations.records.tuning import check_tuned
    from ablations.training.devices import check_distribute

    begun = time.monotonic()
    check_distribute(distribute)
    prove_file(summary, "--summary")
    prove_file(junit, "--junit")
    if len(set(names)) < len(names):
        raise UserError(f"each study once; got {' '.join(names)}")
    chosen = [chosen_study(name, out, reduced, seeds, settings, precision) for name in names]
    typed = [typed_words(name, reduced, settings, precision) for name in names]
    for words, study in zip(typed, chosen, strict=True):
        check_rung(study, rung)
        check_tuned(study, " ".join(words))
    watched = Watched(tensorboard, mlflow, wandb, logger)
    options = Options(out, data_dir, jobs, ray, rung, limit, distribute, keep_weights, watched, summary, full)
    deadline = None if budget is None else begun + 60 * budget
    good, left = True, []
    suites: dict[str, list[Check]] = {}
    for words, study in zip(typed, chosen, strict=True):
        if deadline is None or time.monotonic() < deadline:
            checks, missing = run_one(study, words, options, deadline)
            suites[study.name] = checks
            good &= not any(check.broken for check in checks)
            left += [f"{missing} of {len(study.trials_at(rung))} trials of {study.name}"] if missing else []
        else:
            left.append(f"the trials of {study.name}, which was not begun,")
    if junit is not None:
        from ablations.report.gate import write_junit

        write_junit(suites, junit)
    if left:
        words = [*typed_words(" ".join(names), reduced, settings, precision), *place_options(out, data_dir)]
        words += ([] if rung is None else [f"--rung {rung}"]) + [f"--budget {budget:g}"]
        sentence = (
            f"the time is up: {', '.join(left)} are left; type `python -m ablations run {' '.join(words)}` to go on"
        )
        console().print(sentence, markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(0 if good else 1)


@dataclass(frozen=True)
class Options:
    """How the trials of a run are trained and followed; see the options of the command.

    `may_change`: whether the command can train the study in another precision.
    """

    out: Path
    data_dir: str | None = None
    jobs: int | None = None
    ray: str | None = None
    rung: int | None = None
    limit: float | None = None
    distribute: str = "none"
    keep_weights: bool = False
    watched: Watched = field(default_factory=Watched)
    summary: Path | None = None
    full: bool = False
    may_change: bool = True

    def of_training(self, deadline: float | None) -> list[str]:
        """The given options that only a training heeds, as typed."""
        given = {"data-dir": self.data_dir, "jobs": self.jobs, "ray": self.ray, "limit": self.limit}
        given |= {"budget": deadline, **asdict(self.watched)}
        return [f"--{name}" for name, value in given.items() if value is not None]


def run_one(study: Study, words: Sequence[str], options: Options, deadline: float | None) -> "tuple[list[Check], int]":
    """Runs a study and prints its tables; returns its guards, and how many trials the time did not suffice for.

    Args:
        study: The study.
        words: How the user names it, as `typed_words` gives it.
        options: Of the command.
        deadline: On the monotonic clock, in seconds.
    """
    from ablations.records.store import Store
    from ablations.records.weights import lacking_weights, weights_remedy
    from ablations.runner.loggers.console import ConsoleReporter
    from ablations.runner.loggers.logged_run import LoggedRun
    from ablations.runner.pools.choose import choose_pool
    from ablations.runner.run import run_study

    screen, out, name = console(), options.out, words[0]
    store = Store(results_folder(name, study, out))
    if records := _committed_records(study, store, options):
        unused = options.of_training(deadline)
        idle = f"; not used: {', '.join(unused)}" if unused else ""
        say(screen, f"{store.folder} holds the committed results of all {len(records)} trials; none is trained{idle}")
        told = _show(store, name, options)
        _close(screen, (*told, f"Train your own: `python -m ablations reproduce {name}`"))
        return _check_guards(study, records), 0
    loggers = make_loggers(study, store.folder, options.watched)
    loading = working(screen, f"loading {backend_label()}")

    def reporter(missing: int, finished: int) -> LoggedRun:
        from ablations.evidence import forecast  # loads SciPy, which takes seconds: only after the data is checked

        loading.stop()
        # on a cluster other machines train
        slow = None if options.ray is not None else slow_precision(study, options.may_change)
        for doubt in filter(None, (forecast.doubt(study, store), slow)):
            screen.print(f"warning: {doubt}", style="yellow", markup=False, highlight=False)
        return LoggedRun(ConsoleReporter(missing, finished, console=screen), loggers)

    pool = choose_pool(options.jobs, options.ray, options.distribute, len(study.trials()))
    with loading:
        records = run_study(
            study,
            out,
            options.data_dir,
            reporter,
            pool,
            options.limit,
            options.distribute,
            options.keep_weights,
            deadline,
            rung=options.rung,
        )
    told = _publish(store, name, options)
    if options.keep_weights and (without := lacking_weights(store, records)):
        screen.print(weights_remedy(store, without, words), style="yellow", markup=False, highlight=False)
    asked = study.trials_at(options.rung)
    done = sum(options.rung in (None, record.recipe["epochs"]) for record in records)
    checks, left = _check_guards(study, records), len(asked) - done
    what = "guard broken: " if study.guards != Guards() else ""
    for check in checks:
        if check.broken:
            screen.print(f"{what}{check.broken}", style="red", markup=False, highlight=False)
    if not left and not any(record.done for record in records):
        screen.print("no trial is done, so that there is nothing to compare", style="red")
    else:
        _close(screen, told)
    if options.summary is not None:
        _summarize(store, name, checks, options.summary)
    return checks, left


# These load SciPy and pandas, which takes seconds: only after the data is checked.
def _check_guards(study: Study, records: "list[Record]") -> "list[Check]":
    from ablations.evidence.guards import check_guards

    return check_guards(study, records)


def _close(screen: "Console", sentences: tuple[str, ...]):
    from ablations.cli import views

    views.print_closing(screen, sentences)


def _committed_records(study: Study, store: "Store", options: Options) -> "list[Record]":
    """The records of a study all of whose trials are results of the repository; empty if options ask for more."""
    from ablations.records.rounding import Rounding
    from ablations.records.store import finished_records

    if options.keep_weights or options.summary is not None or options.distribute != "none":
        return []
    done = finished_records(store, study, Rounding(backend_name()))
    return [*done.values()] if len(done) == len(study.trials()) and environment.is_tracked(store.records) else []


def _publish(store: "Store", name: str, options: Options) -> tuple[str, ...]:
    """Writes and prints the tables of a study and returns its closing sentences; neither if no trial has ended yet."""
    from ablations.evidence.sections import sections
    from ablations.report.publish import publish_sections

    with working(console(), "making tables and figures"):
        parts = sections(store, studies.load(name))  # as `report` does, which knows no options
        written = publish_sections(parts) if parts else []
    if not parts:
        return ()
    told = _show(store, name, options)
    console().print(f"tables: {', '.join(map(str, written))}", highlight=False, soft_wrap=True)
    return told


def _show(store: "Store", name: str, options: Options) -> tuple[str, ...]:
    """Prints the tables of a study and returns its closing sentences."""
    from ablations.cli import views
    from ablations.evidence.sections import sections
    from ablations.report.closing import closing
    from ablations.report.publish import findings_of

    parts = sections(store, studies.load(name))
    views.print_summary(console(), parts, full=options.full)
    return closing(parts[0], findings_of(parts[0].study, parts), name, out_option(options.out))


def _summarize(store: "Store", name: str, checks: "list[Check]", path: Path):
    """Appends the page of a study to a file, for the page of a job."""
    from ablations.evidence.sections import sections
    from ablations.report.gate import append_summary
    from ablations.report.publish import findings_of
    from ablations.report.summary import summary_page

    study = studies.load(name)
    parts = sections(store, study)
    append_summary(summary_page(study, parts, findings_of(study, parts)) if parts else "", checks, path)
