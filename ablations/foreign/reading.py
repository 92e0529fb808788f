"""A table as results: what its columns mean, and what follows from its rows."""

from ablations.foreign.asked import Asked, kept_rows
from ablations.foreign.cells import is_missing
from ablations.foreign.columns import Roles, find_roles
from ablations.foreign.commas import comma_notes
from ablations.foreign.curves import last_of_curves
from ablations.foreign.documents import documents_of
from ablations.foreign.ended import ended, unfinished
from ablations.foreign.epochs import check_epochs
from ablations.foreign.keys import folds_note, with_joined_keys
from ablations.foreign.measures import CALIBRATION, CLASS, NAMES
from ablations.foreign.named_runs import of_named_runs
from ablations.foreign.names import CORRECT, bare, is_beside, is_negated, less_is_better, name_of_arms
from ablations.foreign.parts import check_parts
from ablations.foreign.published import published
from ablations.foreign.results import Result, Results
from ablations.foreign.rows import results_of_columns, results_of_rows, results_of_runs, with_classes
from ablations.foreign.settings import named_settings_note, settings_note
from ablations.foreign.summaries import without_summaries
from ablations.foreign.tables import Table
from ablations.study.measures import is_own_measure
from ablations.study.own_code import SIGN, known
from inception_keras.errors import UserError


def results_of(table: Table, asked: Asked) -> Results:
    """The results of a table.

    Raises:
        UserError: It can't be told what its columns mean, or a cell is not what its column needs.
    """
    table = kept_rows(table, asked.where)
    if means := published(table, asked):
        return means
    table = last_of_curves(table, asked)
    table, asked = with_joined_keys(without_summaries(table, asked), asked)
    runs = ended(table)
    table = runs.table
    roles = find_roles(table, asked)
    check_epochs(table, roles)
    if roles.answer:
        table = with_classes(table, roles, *roles.answer, asked.measure)
    whole = asked.measure in NAMES[:1] or asked.measure.startswith(CLASS)
    if roles.wide:
        results = results_of_columns(table, roles, _columns_of_arms(table, roles, asked))
    else:
        results = results_of_rows(table, roles) if whole else results_of_runs(table, roles, asked)
    notes, keyed = [*table.notes, *comma_notes(table, roles, asked)], "seed" if roles.seed else ""
    notes += folds_note(table.source, roles.seed)
    notes += settings_note(table.source, roles.settings, roles.scores)
    notes += named_settings_note(table.source, roles.named_settings)
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
    if not roles.seed and not roles.answer and not any(one.example for one in results):
        check_parts(table, roles)
    others = unfinished(runs, roles, results, notes)
    if roles.run and not (roles.example and whole):
        results, others, keyed = of_named_runs(results, others, keyed, table.source, notes)
    less, documents = _less_is_better(table, roles, asked, results), documents_of(table, roles)
    return Results(table.source, score, less, results, keyed, notes, documents, others, runs.status)


def _less_is_better(table: Table, roles: Roles, asked: Asked, results: list[Result]) -> bool | None:
    if roles.answer:
        return asked.measure == CALIBRATION
    said = {less_is_better(name): name for name in reversed(roles.scores)}
    if True in said and len(said) > 1 and asked.less_is_better is None:
        other = next(name for less, name in said.items() if not less)
        raise UserError(
            f"{table.source}: by its name less of {said[True]} is better, but not of {other}: type --less-is-better or "
            "--more-is-better"
        )
    if any(map(is_negated, roles.scores)) and any(one.score.value > 0 for one in results if one.score):
        return None  # no negated loss is above 0, so that the name means something else
    return next((less for less in said if less is not None), None)


def _score_name(asked: Asked) -> str:
    """What the score of labels and predictions is called."""
    if asked.measure.startswith(CLASS):
        return f"accuracy of {asked.measure.removeprefix(CLASS)}"
    return "correct" if asked.measure == NAMES[0] else asked.measure


def _columns_of_arms(table: Table, roles: Roles, asked: Asked) -> list[str]:
    """The columns that are an arm each, and those that hold nothing: the baseline may be one of these."""
    if asked.arms:
        return list(roles.scores)
    keys = {roles.seed, roles.example, *filter(is_beside, table.columns)}
    empty = {name for name in table.columns if all(is_missing(cells[name]) for _, cells in table.rows)} - keys
    return [name for name in table.columns if name in empty or name in roles.scores]


def _are_answers(table: Table, roles: Roles, results: list[Result]) -> bool:
    """Whether rows are test examples, though no column names them: all scores are 0 or 1.

    Where the name of the column does not say that they are answers, both must occur and none be missing.
    """
    values = {one.score.value for one in results if one.score}
    if not values <= {0.0, 1.0}:
        return False
    named = roles.answer or any(bare(name) in CORRECT for name in roles.scores)
    return bool(named) or (len(values) == 2 and all(one.score for one in results))
