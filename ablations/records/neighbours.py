"""The records of the other studies in a folder of results, where every study is in `DIR/STUDY`."""

from pathlib import Path

from ablations.records.tuning import FOLDER


def records_of_others(folder: Path, study: str, *, tuning: bool = False) -> list[Path]:
    """The files of the records of other studies; empty if `folder` is not in a folder of results.

    Args:
        folder: Of the study's store.
        study: Its name.
        tuning: Whether the store is that of a tuning, `DIR/STUDY/tuning`: then those of other tunings are meant.
    """
    own, inside = (folder.parent, f"/{FOLDER}") if tuning else (folder, "")
    if own.name != study:
        return []
    return [path for path in sorted(own.parent.glob(f"*{inside}/records/*.json")) if path.parent.parent != folder]
