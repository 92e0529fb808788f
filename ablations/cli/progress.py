"""What is shown of commands that go through several studies."""

from collections.abc import Iterator, Sequence

from ablations.study import Study
from inception_keras.cli.waiting import waiting


def progress(studies: Sequence[Study], doing: str) -> Iterator[Study]:
    """Yields the studies; while they are worked on, the terminal shows which one of how many."""
    with waiting(doing, of=len(studies)) as wait:
        for study in studies:
            wait.next(study.name)
            yield study
