"""Which document an example is, where lm-evaluation-harness says so: one `doc_id` is another in each of its tasks."""

from collections.abc import Sequence
from pathlib import Path

from ablations.foreign.cells import is_missing, key
from ablations.foreign.columns import Roles
from ablations.foreign.names import bare
from ablations.foreign.tables import Table
from inception_keras.errors import UserError

HASH = "doc_hash"


def documents_of(table: Table, roles: Roles) -> dict[str, str]:
    """The hash of each example's document; empty if the table has none.

    Raises:
        UserError: One example has two: the table has several tasks.
    """
    name = next((name for name in table.columns if bare(name) == HASH), None)
    if name is None or roles.example in (None, name):
        return {}
    found: dict[str, str] = {}
    for line, cells in table.rows:
        if is_missing(cells[name]):
            continue
        example = key(cells[roles.example], f"{table.source}, line {line}", "example", table.decimal_comma)
        own = str(cells[name]).strip()
        if found.setdefault(example, own) != own:
            raise UserError(
                f"{table.source}: example {example} is of several documents ({name}), as in results of several tasks: "
                "keep one task with --where COLUMN=VALUE"
            )
    return found


def check_documents(paths: Sequence[Path], documents: Sequence[dict[str, str]]):
    """Refuses files in which one example is another document.

    Raises:
        UserError: There are two.
    """
    seen: dict[str, tuple[Path, str]] = {}
    for path, own in zip(paths, documents, strict=True):
        for example, document in own.items():
            other, before = seen.setdefault(example, (path, document))
            if document != before:
                raise UserError(
                    f"{other} and {path}: example {example} is another document in each ({HASH}), so they are no "
                    "pairs: give files of one task"
                )
