"""Single results of a file: whose, with which seed, on which example, how good."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from ablations.foreign.cells import Number

if TYPE_CHECKING:
    from ablations.statistics import Summary


class Result(NamedTuple):
    """A score.

    Attributes:
        run: The arm; empty: the file's.
        seed: Key of the training run; empty if the table has none.
        example: Key of the test example; empty: the score is over all.
        score: The number; `None` if the cell is empty or not finite, or if the arm has no scores at all.
        line: Where it stands.
        summary: Of a mean over runs, how much these vary and how many they are; `score` is the mean.
    """

    run: str
    seed: str
    example: str
    score: Number | None
    line: int
    summary: "Summary | None" = None


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
        unfinished: The runs that did not end, without a score; those of columns that are arms have no arm.
        status: The column that says which did, and what it says of these.
    """

    source: str
    score: str
    less_is_better: bool | None
    results: list[Result]
    keyed: str
    notes: list[str]
    documents: dict[str, str] = field(default_factory=dict)
    unfinished: list[Result] = field(default_factory=list)
    status: str = ""
