"""Prints what the commands show on a terminal: plan, status, summary, ledger and problems."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console

from ablations.evidence import forecast
from ablations.evidence.findings import Finding
from ablations.evidence.order import steps
from ablations.evidence.sections import Section
from ablations.evidence.verdict import decide_order
from ablations.records.doctor import Problem
from ablations.records.ensembles import load_ensembles
from ablations.records.merging import Merged
from ablations.records.outcomes import STATUSES
from ablations.records.plans import duration
from ablations.records.rounding import Rounding
from ablations.records.sharing import find_shared, sources
from ablations.records.store import Store, finished_records
from ablations.records.tuning import points_of
from ablations.report import claim_texts, ensembles, experiments, formats, ledger, summary, terminal
from ablations.study import Study, Variant
from ablations.study.decimals import counted
from ablations.study.equal_steps import equal_steps
from inception_keras.cli.console import print_table, say
from inception_keras.cli.layout import short_count

if TYPE_CHECKING:
    from ablations.inspection.deploy import Deployment

DIFFERS = "what differs"  # the column of the summary that says what a variant is
NUMBERS = [*formats.NUMBERS, "seconds per step", "head", "share", "share ", "missing", *STATUSES]


def print_summary(console: Console, parts: list[Section], *, full: bool = False):
    """Prints the tables of every section of a study, each with its epochs and data set; `full`: with every column."""
    for section in parts:
        title = f"{section.study.name} ({section.title}): {section.study.question}"
        if full:
            tables = [summary.comparisons(section), summary.others(section), summary.effects(section)]
            _print(console, summary.summary(section), title=title)
        else:
            tables = [terminal.comparisons(section), terminal.others(section), summary.effects(section)]
            if DIFFERS in _print(console, terminal.summary(section), title=title, optional=terminal.OPTIONAL):
                say(console, f"no room for {DIFFERS!r}: --full or a wider terminal shows it")
                console.print()
        for table in tables:
            if not table.empty:
                _print(console, table, title="", optional=terminal.OPTIONAL)
        first = section.records[0]
        data, epochs = first.data, first.recipe["epochs"]
        say(console, f"{counted(epochs, 'epochs')} on {data['name']} {data['version']}. {data['note']}")
        if section.left_out:
            say(console, section.left_out)


def print_closing(console: Console, sentences: Sequence[str]):
    """Prints what was found and what to type next; commands stay on one line, to be copied."""
    for sentence in sentences:
        if "`python -m " in sentence:
            console.print(sentence, markup=False, highlight=False, soft_wrap=True)
        else:
            say(console, sentence)


def print_plan(
    console: Console,
    study: Study,
    data,
    costs: dict,
    out: Path,
    paces: dict | None,
    rounding: Rounding,
    *,
    full: bool = False,
):
    """Prints the variants with their costs, the missing trials, the hours, and what the study can show."""
    store = Store(out / study.name)
    finished = finished_records(store, study, rounding).values()
    addresses = {record.address for record in finished}
    missing = [trial for trial in study.trials() if rounding.address(trial) not in addresses]
    shared = find_shared(store, missing, rounding, data.fingerprint)
    addresses |= {one.record.address for one in shared}
    to_run = [trial for trial in missing if rounding.address(trial) not in addresses]
    rows, trained_apart = [], any(_training_choices(study, arm) for arm in study.arms)
    for variant in study.arms:
        cost = costs[variant.name]
        count = "{:,}".format if full else short_count
        row = {"variant": variant.name, "parameters": count(cost.params), "in the head": count(cost.head_params)}
        row |= {"multiply-adds": count(cost.macs)}
        if paces:
            row |= {"seconds per step": f"{paces[variant.name].step:.3f}"}
        own = ", ".join(f"{name}={value}" for name, value in _training_choices(study, variant).items())
        rows.append(row | ({"trained with": own} if trained_apart else {}) | {"why": variant.why})
    optional = () if full else ("why", "in the head")
    _print(console, pd.DataFrame(rows), title=f"{study.name} ({study.profile}): {study.question}", optional=optional)
    counts = f"{len(data.train):,} training, {len(data.validation):,} validation, {len(data.test):,} test images"
    say(console, f"{data.name} {data.version}: {counts}. {data.note}")
    if study.tuning:
        say(console, _tuning_sentence(study, data, paces))
    taken = f"{sources(shared)} that are the same, " if shared else ""
    say(
        console,
        f"{counted(len(study.trials()), 'trials')}: {_rungs_words(study)}; {len(finished)} done, {taken}"
        f"{len(to_run)} to run",
    )
    if paces:
        hours = forecast.hours(data, paces, to_run)
        say(console, f"time: about {duration(hours)} on this machine, from a few steps of {_timed_words(study)}")
    for sentence in forecast.sentences(study, store):
        say(console, sentence)


def _training_choices(study: Study, variant: Variant) -> dict[str, object]:
    """The recipe fields of a variant, and what its tuning chose."""
    return {**variant.recipe, **study.choice.get(variant.name, {})}


def _timed_words(study: Study) -> str:
    """Which variants are timed to plan a study.

    >>> from ablations.studies import load
    >>> _timed_words(load("quickstart"))
    'each variant'
    >>> _timed_words(load("recipe"))
    '24 of the 30 variants; the others compute the same in a step'
    """
    timed = len(set(equal_steps(study).values()))
    if timed == len(study.arms):
        return "each variant"
    return f"{timed} of the {len(study.arms)} variants; the others compute the same in a step"


def _rungs_words(study: Study) -> str:
    """The trials of a study by rung.

    >>> from ablations.studies import load
    >>> _rungs_words(load("quickstart"))
    '4 variants x 2 seeds, 6 epochs each'
    """
    rungs = ", ".join(
        f"{counted(len(study.seeds_at(epochs)), 'seeds')} at {counted(epochs, 'epochs')}"
        for epochs in reversed(study.rungs)
    )
    alone = f"{counted(study.seeds, 'seeds')}, {counted(study.recipe.epochs, 'epochs')} each"
    return f"{counted(len(study.arms), 'variants')} x " + (f"({rungs})" if rungs else alone)


def _tuning_sentence(study: Study, data, paces: dict | None) -> str:
    """How many trials the tuning has and how long they take, or that it is done."""
    assert study.tuning is not None, "only a study with a tuning has one to plan"
    if not study.untuned:
        return "tuned: the table shows what was chosen"
    points = sum(len(points_of(study, setting)) for setting in study.tuning.grid)
    about = f", about {duration(forecast.tuning_hours(study, data, paces))}" if paces else ""
    return (
        f"tuning, with `tune`, before the run: {counted(points * study.tuning.seeds, 'trials')} of "
        f"{counted(study.tuning.epochs, 'epochs')} ({points} values x {counted(study.tuning.seeds, 'seeds')}){about}"
    )


def print_ensembles(console: Console, study: Study, store: Store):
    """Prints the errors of the rows of models and crops with the paper's, and the test of their order."""
    found = load_ensembles(store)
    assert found is not None, "the command has just stored them"
    _print(console, ensembles.display(found), title=f"{study.name} ({study.profile}): models and crops")
    if study.ordering and (order := steps(study.ordering, found.rows)):
        _print(console, ensembles.display_steps(order), title="The order")
        verdict = decide_order(order)
        say(console, f"{verdict.name}: {verdict.reason}")


def print_ledger(console: Console, found: list[Finding], typed: Mapping[str, str], *, full: bool = False):
    """Prints the claims of the ledger's first page by group; `full`: and why each has its verdict.

    `typed` has studies as they were typed, by name; those that are not in it are typed by their names.
    """
    shown = ledger.first_page(found)
    for name in ledger.GROUPS:
        rows = [one for one in shown if ledger.group_of(one) == name]
        if rows:
            _print(console, terminal.claims(rows), title=name.capitalize(), optional=terminal.OPTIONAL)
    for one in shown if full else ():
        needed = f"; seeds needed: {one.needs}" if one.needs else ""
        needed += f"; {one.standing}"
        say(
            console, f"{one.study.name}: {claim_texts.measured(one)}: {one.verdict.name}: {one.verdict.reason}{needed}."
        )
    waiting = {one.study.name: one for one in found if not one.records}
    for name, words in ((name, experiments.in_full(one, typed.get(name, ""))) for name, one in waiting.items()):
        say(console, f"{name}: {words}")
    say(console, ledger.in_short(found).replace("**", ""))


def print_status(console: Console, study: Study, out: Path, rounding: Rounding):
    """Prints how many trials are done, failed and missing by variant, with the reasons of failures."""
    store = Store(out / study.name)
    records = {record.address: record for record in store.load()}
    found = [(trial, records.get(rounding.address(trial))) for trial in study.trials()]
    seen = {record.status for _, record in found if record}
    columns = [status for status in STATUSES if status in seen | {"done"}]
    rows = []
    for variant in study.arms:
        own = [record for trial, record in found if trial.variant == variant]
        statuses = [record.status if record else "missing" for record in own]
        reasons = {record.reason for record in own if record and record.reason}
        row = {"variant": variant.name} | {status: str(statuses.count(status)) for status in (*columns, "missing")}
        rows.append(row | {"reason": "; ".join(sorted(reasons))})
    _print(console, pd.DataFrame(rows), title=f"{study.name} ({study.profile}) in {store.folder}")


def print_problems(console: Console, problems: list[Problem], *, repaired: bool):
    """Prints what the doctor found, and how many trials will run again."""
    for one in problems:
        say(console, f"{one.path}: {one.problem}; {one.remedy}")
    if not problems:
        say(console, "every record is intact")
        return
    again = sum(one.again for one in problems)
    hint = "" if repaired else "; --repair applies the remedies above"
    trials = counted(again, "trials")
    say(console, f"{counted(len(problems), 'problems')}; {trials} will run again with the next `run`{hint}")


def print_merged(console: Console, merged: Merged):
    """Prints how many trials of a study were taken from another folder, and every conflict."""
    count = len(merged.conflicts)
    conflicts = f", {counted(count, 'conflicts')}" if count else ""
    taken = f"{counted(merged.taken, 'trials')} taken"
    say(console, f"{merged.study}: {taken}, {merged.same} there already{conflicts}")
    for one in merged.conflicts:
        say(console, f"{one.path}: {one.problem}; {one.remedy}")


def print_parameters(console: Console, counts: pd.DataFrame, dense: pd.DataFrame):
    """Prints where the parameters of every model are, and what fully connected layers weigh."""
    _print(console, terminal.parameters(counts), title="Where the parameters are", optional=("form",))
    _print(console, terminal.fully_connected(dense), title="What fully connected layers weigh")


def print_deployment(console: Console, found: "Deployment"):
    """Prints size, int8 accuracy and latency of the variants of a study, and what follows from them in sentences."""
    from ablations.report import deployment  # loads what exports and decodes pictures

    _print(console, deployment.footprints(found), title=f"{found.study.name}: where it runs")
    _print(console, deployment.latencies(found), title="")
    for sentence in (*deployment.answers(found), *found.absent):
        say(console, sentence)


def _print(screen: Console, frame: pd.DataFrame, *, title: str, optional: Sequence[str] = ()) -> list[str]:
    """Prints a table; returns the columns for which there was no room."""
    return print_table(screen, title, list(frame.columns), list(frame.itertuples(index=False)), NUMBERS, optional)
