"""The data that a study's stored trials were trained on: what is trained beside them must have the same."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ablations.records.record import Record
from ablations.records.store import Store
from ablations.records.tuning import tuning_records
from ablations.study import Study
from ablations.study.data_sets import is_own
from inception_keras.errors import UserError

AS_READ = ("fingerprint", "streamed")  # what of a description depends on how the images were read


def was_streamed(study: Study, folder: Path) -> bool | None:
    """Whether the data of the study's stored trials was streamed from disk; `None` if none is stored.

    Data that is streamed has another fingerprint, so the trials that are left must read it in the same way, whatever
    memory is free by now.
    """
    record = next(_stored(study, folder), None)
    return None if record is None else bool(record.data.get("streamed"))


def check_data(study: Study, folder: Path, data: Mapping[str, object]):
    """Checks that the study's stored trials were trained on this data, those of its tuning among them.

    Args:
        data: As `Dataset.describe` returns it.

    Raises:
        UserError: A trial of the study as it is declared now was trained on data with another fingerprint.
    """
    for record in _stored(study, folder):
        if record.fingerprint != data["fingerprint"]:
            both = f"(fingerprint {record.fingerprint}, now {data['fingerprint']})"
            if only_read_otherwise(record.data, data):
                raise UserError(
                    f"{folder} holds results of {study.dataset} data that was {reading(record.data)} and now is "
                    f"{reading(data)}, which can't be compared {both}: {_remedy(record.data)}, or set another --out"
                )
            own = "what is there has changed since: put the old files back, or set another --out"
            remedy = own if is_own(study.dataset) else "set --data-dir to that data, or another --out"
            raise UserError(f"{folder} holds results of other {study.dataset} data {both}: {remedy}")


def tuned_on_other_data(study: Study, folder: Path, trials: Sequence[Record]) -> bool:
    """Whether a trial of the study's tuning was trained on other data than the given trials."""
    own = {record.fingerprint: record.data for record in trials}
    return any(
        record.fingerprint not in own and not any(only_read_otherwise(record.data, data) for data in own.values())
        for record in (tuning_records(study, folder) if own else ())
    )


def only_read_otherwise(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two descriptions of data differ as those of the same data do that is streamed for one of them."""
    return one.get("streamed") != other.get("streamed") and _content(one) == _content(other)


def reading(data: Mapping[str, object]) -> str:
    return "streamed from disk" if data.get("streamed") else "in memory"


def _remedy(before: Mapping[str, object]) -> str:
    return "set --data-dir to it as ArrayRecord" if before.get("streamed") else "free memory, until its images fit"


def _content(data: Mapping[str, object]) -> dict:
    return {name: value for name, value in data.items() if name not in AS_READ}


def _stored(study: Study, folder: Path) -> Iterator[Record]:
    """The trials of the study as it is declared now, and those that chose its settings."""
    wanted = [trial.configuration() for trial in study.trials()]
    yield from (record for record in Store(folder).load() if record.configuration in wanted)
    yield from tuning_records(study, folder)
