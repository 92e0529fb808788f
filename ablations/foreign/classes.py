"""The classes that labels and predictions of a table name: the same ones, or the table is refused."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from ablations.foreign.cells import class_name
from ablations.foreign.tables import Table
from ablations.study.decimals import counted
from inception_keras.errors import UserError

SPELLINGS = (("0", "1"), ("false", "true"))  # of no and yes
SHOWN = 3  # classes in a message

Row = tuple[int, dict]


def labelled(table: Table, label: str, arm: Callable[[Row], str]) -> Table:
    """The rows with a label: without one nobody knows whether the prediction is right, even if it is missing too.

    Raises:
        UserError: There is none.
    """
    kept = [row for row in table.rows if class_name(row[1][label], table.decimal_comma)]
    if not kept:
        raise UserError(f"{table.source}: no row has a label ({label})")
    lines = {line for line, _ in kept}
    lacking = Counter(arm(row) or table.source for row in table.rows if row[0] not in lines)
    notes = [f"{counted(count, 'rows')} of {name} without a label left out" for name, count in lacking.items()]
    return replace(table, rows=kept, notes=[*table.notes, *notes])


def spelled_as_labels(table: Table, prediction: str, label: str, arm: Callable[[Row], str]) -> Table:
    """The table with yes and no among the predictions spelled as among the labels, by arm, since programs differ.

    `probability > 0.5` is written as `True` beside labels 0 and 1, and no prediction would be right.

    Raises:
        UserError: An arm's predictions and labels have no class in common.
    """
    groups: dict[str, list[Row]] = {}
    for row in table.rows:
        groups.setdefault(arm(row), []).append(row)
    meant, notes = {}, []
    for name, rows in groups.items():
        given, labels = _classes(table, rows, prediction), _classes(table, rows, label)
        binary = _are_binary(given | labels)
        if given and not given & labels and not binary:
            raise UserError(
                f"{table.source}: no prediction{f' of {name}' if name else ''} is one of the labels ({prediction}: "
                f"{_shown(given)}; {label}: {_shown(labels)}): write the same classes in both, or a column "
                "`correct` of 0 and 1"
            )
        meant[name] = {one: _as_label(one, labels) for one in given - labels} if binary else {}
        pairs = ", ".join(f"{one} is {other}" for one, other in sorted(meant[name].items()) if one != other)
        if pairs:
            notes.append(f"{name or table.source}: predictions are spelled otherwise than labels: {pairs}")
    if not notes:
        return table
    rows = []
    for line, cells in table.rows:
        one = class_name(cells[prediction], table.decimal_comma)
        rows.append((line, {**cells, prediction: meant[arm((line, cells))].get(one, one)}))
    return replace(table, rows=rows, notes=[*table.notes, *notes])


def _classes(table: Table, rows: list[Row], column: str) -> set[str]:
    return {class_name(cells[column], table.decimal_comma) for _, cells in rows} - {""}


def _are_binary(names: set[str]) -> bool:
    return {name.lower() for name in names} <= {name for both in SPELLINGS for name in both}


def _as_label(name: str, labels: set[str]) -> str:
    """What a yes or no is called among labels that are all yes or no.

    >>> _as_label("True", {"0"}), _as_label("1", {"False"}), _as_label("FALSE", {"true", "false"})
    ('1', 'True', 'false')
    """
    place = next(both.index(name.lower()) for both in SPELLINGS if name.lower() in both)
    like = min(labels)
    wanted = next(both for both in SPELLINGS if like.lower() in both)[place]
    return wanted.title() if like.istitle() else wanted.upper() if like.isupper() else wanted


def _shown(names: set[str]) -> str:
    return ", ".join([*map(repr, sorted(names)[:SHOWN]), *["..."][: len(names) > SHOWN]])
