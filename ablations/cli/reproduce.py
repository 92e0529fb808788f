"""The command `reproduce`: trains a study anew in a folder of its own and sets it beside the committed results."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ablations import studies
from ablations.cli.options import RESULTS, Budget, DataDir, JobsHere, Seeds, StudyName
from ablations.study import Study
from ablations.study.decimals import counted
from inception_keras.cli.console import console, print_table, say, working
from inception_keras.errors import UserError

if TYPE_CHECKING:
    from ablations.evidence.sections import Section

REPRODUCED = Path("reproduced")  # git ignores it


def reproduce(
    study: StudyName,
    seeds: Seeds = None,
    budget: Budget = None,
    data_dir: DataDir = None,
    jobs: JobsHere = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Write results to DIR/STUDY.")] = REPRODUCED,
):
    """Trains a study anew in its own folder, prepares its data, and compares the results with the committed ones."""
    from ablations.cli.run import Options, run_one
    from ablations.data.preparation import prepare_dataset

    begun, screen, chosen = time.monotonic(), console(), studies.load(study)
    if out.resolve() == RESULTS.resolve():
        raise UserError(f"{out} holds the committed results: set another --out")
    with working(screen, "reading the committed results"):
        committed = _first_section(chosen, RESULTS)
    if committed is None:
        raise UserError(
            f"{RESULTS / chosen.name} holds no records to compare with: type `python -m ablations run {study}`"
        )
    say(screen, _announced(committed))
    chosen = _tuned_alike(chosen, study, out)
    chosen = chosen if seeds is None else chosen.with_seeds(seeds)
    prepare_dataset(chosen.dataset, data_dir, lambda sentence: say(screen, sentence))
    if budget is None:
        say(screen, _hours(chosen, out, data_dir))
    options = Options(out, data_dir, jobs, may_change=False)
    checks, left = run_one(chosen, [study], options, None if budget is None else begun + 60 * budget)
    if left:
        say(screen, f"the time is up: {left} of {len(chosen.trials())} trials are left; the same command goes on")
    _compare(chosen, committed, out)
    raise typer.Exit(1 if any(check.broken for check in checks) else 0)


def _tuned_alike(study: Study, typed: str, out: Path) -> Study:
    """The study with the committed choice of its tuning, of which `out` gets a copy: other settings prove nothing."""
    from ablations.records.tuning import copy_choice, tuned

    copy_choice(study, RESULTS / study.name, out / study.name)
    chosen = tuned(study, out / study.name)
    if chosen.untuned:
        raise UserError(
            f"{RESULTS / study.name} holds no tuning of {study.name} as it is declared now: type "
            f"`python -m ablations tune {typed} --out {out}` first"
        )
    return chosen


def _announced(committed: "Section") -> str:
    """What the committed trials took, and where."""
    from ablations import environment
    from ablations.records.plans import duration

    records = committed.records
    hours = sum(record.times.get("total", 0.0) for record in records) / 3600
    where = environment.hardware_words(records[0]["hardware"])
    return f"committed: {counted(len(records), 'trials')} ({committed.title}), {duration(hours)} of training on {where}"


def _hours(study: Study, out: Path, data_dir: str | None) -> str:
    """How long the missing trials take here, from a few steps of each variant."""
    from ablations.cli import probing
    from ablations.evidence import forecast
    from ablations.records.plans import duration
    from ablations.records.store import Store, finished_records

    worker = probing.open_worker(study, data_dir)
    finished = {
        record.address for record in finished_records(Store(out / study.name), study, worker.site.rounding).values()
    }
    missing = [trial for trial in study.trials() if worker.site.rounding.address(trial) not in finished]
    hours = forecast.hours(worker.data, probing.probe(worker, "--budget MINUTES"), missing)
    trials = counted(len(missing), "trials")
    return f"{trials} to train, about {duration(hours)} here; after Ctrl-C the same command goes on"


def _compare(study: Study, committed: "Section", out: Path):
    """Prints the committed numbers beside those that were trained here, and whether they agree."""
    from ablations.evidence.agreement import agreements, sentence
    from ablations.report.terminal import mean_and_spread

    with working(console(), "comparing with the committed results"):
        mine = _first_section(study, out)
    if mine is None:
        return
    found = agreements(committed, mine)
    rows = [(one.label, mean_and_spread(one.committed), mean_and_spread(one.mine)) for one in found]
    print_table(console(), f"{study.name}: committed, and trained here", ("", "committed", "yours"), rows)
    say(console(), f"{sentence(found)}.")


def _first_section(study: Study, out: Path) -> "Section | None":
    from ablations.evidence.sections import sections
    from ablations.records.store import Store

    return next(iter(sections(Store(out / study.name), study)), None)
