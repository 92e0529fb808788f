"""Single results of a table: whose, with which seed, on which example, how good."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ablations.foreign.asked import Asked, kept_rows
from ablations.foreign.cells import Number, class_name, is_missing, key, number
from ablations.foreign.classes import labelled, spelled_as_labels
from ablations.foreign.columns import CORRECT, Roles, bare, find_roles, is_beside, less_is_better, name_of_arms
from ablations.foreign.documents import documents_of
from ablations.foreign.epochs import check_epochs
from ablations.foreign.measures import CALIBRATION, CLASS, NAMES, measured, of_class
from ablations.foreign.settings import settings_note
from ablations.foreign.tables import Table
from ablations.study.decimals import counted
from ablations.study.measures import is_own_measure
from ablations.study.own_code import SIGN, known
from inception_keras.errors import UserError

FINISHED = {"finished", "done", "completed", "success"}
SUFFIX = re.compile(r"[-_ /.]*(?:seed|rep|run|s)[-_ =]*(\d+)$", re.IGNORECASE)
NUMBER = re.compile(r"[-_ /.]+(\d+)$")  # a seed only where a column of seeds has the same number


class Result(NamedTuple):
    """A score.

    Attributes:
        run: The arm; empty: the file's.
        seed: Key of the training run; empty if the table has none.
        example: Key of the test example; empty: the score is over all.
        score: The number; `None` if the cell is empty or not finite, or if the arm has no scores at all.
        line: Where it stands.
    """

    run: str
    seed: str
    example: str
    score: Number | None
    line: int


@dataclass(frozen=True)
class Results:
    """The results of a file.

    Attributes:
        source: The file's name.
        score: The name of what was scored.
        less_is_better: Whether that name, or those of the columns, say so; `None` if they say nothing.
        results: One per cell.
        keyed: `seed`, `row` or `place`: what the runs are matched by; empty: nothing.
        notes: What was assumed, a sentence each.
        documents: By example the hash of its document, where the file has it.
    """

    source: str
    score: str
    less_is_better: bool | None
    results: list[Result]
    keyed: str
    notes: list[str]
    documents: dict[str, str] = field(default_factory=dict)


def results_of(table: Table, asked: Asked) -> Results:
    """The results of a table.

    Raises:
        UserError: It can't be told what its columns mean, or a cell is not what its column needs.
    """
    table = _last_of_curves(_finished(kept_rows(table, asked.where)))
    roles = find_roles(table, asked)
    check_epochs(table, roles)
    if roles.answer:
        table = _with_classes(table, roles, *roles.answer, asked.measure)
    whole = asked.measure in NAMES[:1] or asked.measure.startswith(CLASS)
    if roles.wide:
        results = _wide(table, roles, _columns_of_arms(table, roles, asked))
    else:
        results = _long(table, roles) if whole else _by_run(table, roles, asked)
    notes, keyed = [*table.notes, *_comma_notes(table, roles, asked)], "seed" if roles.seed else ""
    notes += settings_note(table.source, roles.settings, roles.scores)
    if is_own_measure(asked.measure):
        short, _, source = known(asked.measure, "measure").partition(SIGN)
        notes.append(f"{short} is the function whose source has the hash {source}")
    score = _score_name(asked) if roles.answer else name_of_arms(roles.scores) if roles.wide else roles.scores[0]
    if whole and not roles.example and not roles.seed and _are_answers(table, roles, results):
        results = [one._replace(example=str(one.line)) for one in results]
        notes.append(f"{table.source}: every score is 0 or 1, so rows are examples, matched by their order")
    elif roles.wide and not roles.seed and not roles.example:
        results, keyed = [one._replace(seed=str(one.line)) for one in results], "row"
        notes.append(f"{table.source}: no column of seeds, so the runs of a row are a pair")
    if roles.run and not (roles.example and whole):
        results, keyed = _of_named_runs(results, keyed, table.source, notes)
    less, documents = _less_is_better(table, roles, asked), documents_of(table, roles)
    return Results(table.source, score, less, results, keyed, notes, documents)


def _less_is_better(table: Table, roles: Roles, asked: Asked) -> bool | None:
    if roles.answer:
        return asked.measure == CALIBRATION
    said = {less_is_better(name): name for name in reversed(roles.scores)}
    if True in said and len(said) > 1 and asked.less_is_better is None:
        other = next(name for less, name in said.items() if not less)
        raise UserError(
            f"{table.source}: by its name less of {said[True]} is better, but not of {other}: type --less-is-better or "
            "--more-is-better"
        )
    return next((less for less in said if less is not None), None)


def _with_classes(table: Table, roles: Roles, prediction: str, label: str, measure: str) -> Table:
    """The rows with a label that the measure is of, whose predictions name the same classes as the labels."""

    def arm(row: tuple[int, dict]) -> str:
        return _key(table, row, roles.run, "run")

    kept = spelled_as_labels(labelled(table, label, arm), prediction, label, arm)
    return of_class(kept, label, measure.removeprefix(CLASS)) if measure.startswith(CLASS) else kept


def _key(table: Table, row: tuple[int, dict], name: str | None, what: str) -> str:
    """The key in a column of a row; empty without such a column."""
    line, cells = row
    return key(cells[name], f"{table.source}, line {line}", what, table.decimal_comma) if name else ""


def _long(table: Table, roles: Roles) -> list[Result]:
    made = []
    for row in table.rows:
        line, cells = row
        run, seed = _key(table, row, roles.run, "run"), _key(table, row, roles.seed, "seed")
        example = _key(table, row, roles.example, "example")
        if roles.answer:
            first, second = (class_name(cells[name], table.decimal_comma) for name in roles.answer)
            score: Number | None = Number(float(first == second))
        else:
            score = _score(table, cells[roles.scores[0]], f"{table.source}, line {line}, {roles.scores[0]}")
        made.append(Result(run, seed, example, score, line))
    return made


def _score_name(asked: Asked) -> str:
    """What the score of labels and predictions is called."""
    if asked.measure.startswith(CLASS):
        return f"accuracy of {asked.measure.removeprefix(CLASS)}"
    return "correct" if asked.measure == NAMES[0] else asked.measure


def _by_run(table: Table, roles: Roles, asked: Asked) -> list[Result]:
    """One score per run, of all its labels and predictions."""
    assert roles.answer is not None, "a measure is made of labels and predictions"
    groups: dict[tuple[str, str], list[tuple[int, dict]]] = {}
    for row in table.rows:
        run, seed = _key(table, row, roles.run, "run"), _key(table, row, roles.seed, "seed")
        groups.setdefault((run, seed), []).append(row)
    made = []
    for (run, seed), rows in groups.items():
        columns = [
            [class_name(cells[name], table.decimal_comma) for _, cells in rows] for name in reversed(roles.answer)
        ]
        if asked.measure == CALIBRATION:
            right = [label == guess for label, guess in zip(*columns, strict=True)]
            value = _calibration_error(table, rows, roles, right)
        else:
            value = measured(asked.measure)(*columns)
        made.append(Result(run, seed, "", Number(value), rows[0][0]))
    return made


def _calibration_error(table: Table, rows: list[tuple[int, dict]], roles: Roles, right: list[bool]) -> float:
    from ablations.statistics import classification  # loads NumPy

    assert roles.confidence is not None, "the measure needs it"
    found = []
    for line, cells in rows:
        where = f"{table.source}, line {line}, {roles.confidence}"
        confidence = _score(table, cells[roles.confidence], where)
        if confidence is None or not 0 <= confidence.value <= 1:
            raise UserError(f"{where}: a confidence is a probability, from 0 to 1")
        found.append(confidence.value)
    return classification.calibration_error(found, right)


def _columns_of_arms(table: Table, roles: Roles, asked: Asked) -> list[str]:
    """The columns that are an arm each, and those that hold nothing: the baseline may be one of these."""
    if asked.arms:
        return list(roles.scores)
    keys = {roles.seed, roles.example, *filter(is_beside, table.columns)}
    empty = {name for name in table.columns if all(is_missing(cells[name]) for _, cells in table.rows)} - keys
    return [name for name in table.columns if name in empty or name in roles.scores]


def _wide(table: Table, roles: Roles, arms: Sequence[str]) -> list[Result]:
    made = []
    for row in table.rows:
        line, cells = row
        seed, example = _key(table, row, roles.seed, "seed"), _key(table, row, roles.example, "example")
        for name in arms:
            score = _score(table, cells[name], f"{table.source}, line {line}, {name}")
            made.append(Result(name, seed, example, score, line))
    return made


def _score(table: Table, cell: object, where: str) -> Number | None:
    if is_missing(cell):
        return None
    found = number(cell, table.decimal_comma)
    if found is None:
        raise UserError(f"{where}: {str(cell)[:40]!r} is no number")
    return found


def _comma_notes(table: Table, roles: Roles, asked: Asked) -> list[str]:
    """Says that a comma is taken as a decimal sign, if one is."""
    names = (roles.confidence,) if asked.measure == CALIBRATION else () if roles.answer else roles.scores
    cells = (row[name] for _, row in table.rows for name in names if name) if table.decimal_comma else ()
    commas = (found.comma for cell in cells if (found := number(cell, True)))
    first = next(filter(None, commas), "")
    return [f"{table.source}: a comma in a number is its decimal sign, as in {first}"] if first else []


def check_commas(files: Sequence[Results]):
    """Refuses scores with a comma that may be the decimal sign, or may divide thousands.

    It may be either in a file where each comma stands before exactly three digits, while other scores have none: 980
    and 1,020 are what a program writes that divides thousands, and what one writes that drops zeros at the end.

    Raises:
        UserError: There are such scores.
    """
    if all(one.score.comma for file in files for one in file.results if one.score):
        return
    for file in files:
        with_comma = [(one.line, one.score) for one in file.results if one.score and one.score.comma]
        if with_comma and all(score.may_have_thousands for _, score in with_comma):
            line, score = with_comma[0]
            thousands, decimals = (score.comma.replace(",", sign) for sign in ("", "."))
            raise UserError(
                f"{file.source}, line {line}: {score.comma} may be {thousands} or {decimals}, since other scores have "
                "no comma: write a point as the decimal sign, and thousands without a sign"
            )


def _are_answers(table: Table, roles: Roles, results: list[Result]) -> bool:
    """Whether rows are test examples, though no column names them: all scores are 0 or 1.

    Where the name of the column does not say that they are answers, both must occur and none be missing.
    """
    values = {one.score.value for one in results if one.score}
    if not values <= {0.0, 1.0}:
        return False
    named = roles.answer or any(bare(name) in CORRECT for name in roles.scores)
    return bool(named) or (len(values) == 2 and all(one.score for one in results))


def _finished(table: Table) -> Table:
    """The rows of runs that ended, if a column says which did."""
    for name in table.columns:
        if bare(name) not in ("status", "state"):
            continue
        kept = [row for row in table.rows if str(row[1][name]).strip().lower() in FINISHED]
        if kept and len(kept) < len(table.rows):
            runs = counted(len(table.rows) - len(kept), "runs")
            note = f"{table.source}: {runs} did not finish ({name}) and are left out"
            return replace(table, rows=kept, notes=[*table.notes, note])
    return table


def _last_of_curves(table: Table) -> Table:
    """The last value of each curve of a chart that W&B exported: a column of steps, and columns `RUN - METRIC`."""
    ends = ("__MIN", "__MAX")
    curves = [name for name in table.columns if any(f"{name}{end}" in table.columns for end in ends)]
    if not curves:
        return table
    cells = {}
    for name in curves:
        known = [row[name] for _, row in table.rows if not is_missing(row[name])]
        cells[name.rpartition(" - ")[0] or name] = known[-1] if known else None
    metric = curves[0].rpartition(" - ")[2]
    note = f"{table.source}: a chart exported from W&B: the last value of each curve counts"
    rows = [(place, {"name": run, metric: value}) for place, (run, value) in enumerate(cells.items(), start=1)]
    return Table(table.source, ("name", metric), rows, table.decimal_comma, [*table.notes, note])


def _of_named_runs(results: list[Result], keyed: str, source: str, notes: list[str]) -> tuple[list[Result], str]:
    """Runs that are named after their seeds (`wide-seed3`), grouped by the rest of their names."""
    names = [one.run for one in results]
    found = [SUFFIX.search(name) or (NUMBER.search(name) if keyed else None) for name in names]
    if len(set(names)) < len(names) or not all(found) or len(names) < 2:
        return results, keyed
    made = []
    for one, suffix in zip(results, found, strict=True):
        assert suffix is not None, "all names have one"
        if keyed and one.seed != str(int(suffix[1])):
            return results, keyed
        made.append(one._replace(run=one.run[: suffix.start()], seed=str(int(suffix[1]))))
    notes.append(f"{source}: the names of the runs end in their seeds, and the rest of a name is the arm")
    return made, "seed"
