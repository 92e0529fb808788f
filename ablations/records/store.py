"""The store: one immutable record per trial, written atomically, with a checksum of its content."""

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from ablations.files import one_line, prove_writable
from ablations.records.outcomes import FINAL, Evaluation
from ablations.records.record import Record
from ablations.records.record_schema import check_record
from ablations.records.rounding import Rounding
from ablations.study import Study
from ablations.study.own_measures import Answers
from inception_keras.errors import UserError
from inception_keras.io.arrays import read_arrays
from inception_keras.io.regular_files import Unreadable, read_file
from inception_keras.io.schema import parse_object
from inception_keras.io.writing import write_atomically

SCHEMA = 2
MOST_BYTES = 64 * 2**20  # of a record; thousands of epochs have a few megabytes
ANSWER_BYTES = 64  # per test image: two bits, six classes and a probability, with room for other columns


class Broken(ValueError):
    """A file is not a record, or was changed after it was written."""


class Newer(UserError):
    """A file was written by a newer version of this program: it is whole, and only a newer one can read it."""


class Store:
    """The results of one study, in `folder`.

    A record is `records/VARIANT-seedN-ADDRESS.json`. The `.npz` file of the same name holds whether each test example
    was right (`top1` and `top5`, packed bits), what was predicted (`predictions`, the best five classes), `labels` and
    `confidences`, so that every statistic can be computed again without training. `running/` holds the checkpoints and
    locks of unfinished trials; final weights, if they are kept, are `weights/ADDRESS.weights.h5`.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        self.records = self.folder / "records"
        self.running = self.folder / "running"
        self.weights = self.folder / "weights"

    def prepare(self):
        """Creates the folders and checks that they can be written, before an hour is spent on training.

        Raises:
            UserError: They can't.
        """
        prove_writable(self.records)
        prove_writable(self.running)

    def load(self) -> list[Record]:
        """All records, sorted by file name.

        Raises:
            UserError: A file is not a record, or is damaged.
        """
        try:
            return [read(path).read_by(self.answered) for path in sorted(self.records.glob("*.json"))]
        except Broken as error:
            raise UserError(
                f"{error}: `python -m ablations doctor {self.folder.name} --out {self.folder.parent}` tells more; with "
                "--repair it moves the file to quarantine, and the trial runs again"
            ) from None

    def write(self, record: Record, test: Evaluation | None):
        """Writes the per-example test results, then the record: a record that exists is complete, and a trial has one.

        Raises:
            UserError: The folder can't be written, or the disk is full.
        """
        answers = None
        if test is not None:
            buffer = io.BytesIO()
            bits: dict[str, Any] = {"top1": np.packbits(test.top1), "top5": np.packbits(test.top5)}
            kept = {name: getattr(test, name) for name in ("predictions", "labels", "confidences")}
            np.savez_compressed(buffer, **bits, **kept)
            answers = buffer.getvalue()
        self.put(record, answers)

    def put(self, record: Record, answers: bytes | None):
        """Writes the file of per-example test results, as it is, then the record; raises as `write`."""
        digest = None
        with one_line(self.folder):
            if answers is not None:
                digest = hashlib.sha256(answers).hexdigest()
                write_atomically(self.path(record, "npz"), answers)
            path = self.path(record)
            write_atomically(path, text({"schema": SCHEMA, **record, "answers": digest}).encode())
            for other in self._of_trial(record.seed, record.address):
                if other != path:  # of a trial without a result, which ran under another name of its variant
                    other.unlink(missing_ok=True)
                    other.with_suffix(".npz").unlink(missing_ok=True)

    def keep_weights(self, record: Record, content: bytes) -> dict[str, object]:
        """Writes a trial's final weights and returns the entry for its record: SHA-256 and size in bytes.

        Raises:
            UserError: The folder can't be written, or the disk is full.
        """
        with one_line(self.folder):
            self.weights.mkdir(exist_ok=True)
            write_atomically(self.weights_path(record), content)
        return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}

    def weights_path(self, record: Record) -> Path:
        """The path of the final weights of a record's trial, whether they are kept or not."""
        return self.weights / f"{record.address}.weights.h5"

    def claim(self, address: str) -> FileLock | None:
        """Locks a trial for this process; `None` if another process has it. A process that dies releases its trials.

        Raises:
            UserError: The folder can't be written.
        """
        lock = FileLock(self.running / f"{address}.lock", timeout=0)
        with one_line(self.folder):
            try:
                lock.acquire()
            except Timeout:
                return None
        return lock

    def correct(self, record: Record, metric: str = "top1") -> np.ndarray:
        """Whether each test example was right, bool `(n,)`; `metric` is `top1` or `top5`."""
        return np.unpackbits(self._answers(record)[metric], count=record.data["counts"]["test"]).astype(bool)

    def has_answers(self, record: Record) -> bool:
        """Whether the record has a file of per-example test results."""
        return record.answers is not None and self.path(record, "npz").exists()

    def predictions(self, record: Record) -> np.ndarray:
        """The five classes with the highest logits for each test example, best first, uint16 `(n, 5)`."""
        return self._answers(record)["predictions"]

    def labels(self, record: Record) -> np.ndarray | None:
        """The label of each test example, uint16 `(n,)`; `None` in older records."""
        return self._answers(record).get("labels")

    def confidences(self, record: Record) -> np.ndarray | None:
        """The probability of each prediction, float32 `(n,)`; `None` in older records."""
        return self._answers(record).get("confidences")

    def answered(self, record: Record) -> Answers | None:
        """Labels and predictions of the test examples, by name of the class, or as numbers if the test split lacks one.

        `None` for records of trials without results, and for older ones, which have no labels.
        """
        labels = self.labels(record) if self.has_answers(record) else None
        if labels is None:
            return None
        names = list(record.by_class) if len(record.by_class) == record.data["classes"] else None
        predictions = self.predictions(record)[:, 0]
        first, second = (
            [str(one) if names is None else names[one] for one in found] for found in (labels, predictions)
        )
        return first, second

    def path(self, record: Record, suffix: str = "json") -> Path:
        return self.records / f"{record.filed_as}-seed{record.seed}-{record.address}.{suffix}"

    def find(self, seed: int, address: str) -> Record | None:
        """The record of one trial, under whatever name its variant had when it ran; `None` if there is none."""
        path = next(self._of_trial(seed, address), None)
        return read(path).read_by(self.answered) if path else None

    def answer_file(self, record: Record) -> bytes | None:
        """The file of per-example test results of a record; `None` if it has none.

        Raises:
            Broken, Unreadable: As `read_answers`.
        """
        if record.answers is None:
            return None
        path = self.path(record, "npz")
        read_answers(path, record)
        return path.read_bytes()

    def weights_file(self, record: Record) -> bytes | None:
        """The file of a record's final weights; `None` unless it is kept and is what the record was written with."""
        entry, path = record.get("weights"), self.weights_path(record)
        if not entry or not path.is_file():
            return None
        content = path.read_bytes()
        return content if hashlib.sha256(content).hexdigest() == entry["sha256"] else None

    def _of_trial(self, seed: int, address: str) -> Iterator[Path]:
        return self.records.glob(f"*-seed{seed}-{address}.json")

    def _answers(self, record: Record) -> dict[str, np.ndarray]:
        try:
            return read_answers(self.path(record, "npz"), record)
        except Broken as error:
            raise UserError(
                f"{error}: type `python -m ablations doctor {self.folder.name} --out {self.folder.parent} --repair`"
            ) from None


def read_answers(path: Path, record: Record) -> dict[str, np.ndarray]:
    """The per-example test results of a record: `top1` and `top5`, packed bits, and `predictions`; those of newer ones
    have `labels` and `confidences` too.

    Raises:
        Broken: The file is not what the record was written with, or does not hold results of as many test examples.
    """
    images = record.data["counts"]["test"]
    most = ANSWER_BYTES * images + 2**16
    try:
        content = read_file(path, most)
        if hashlib.sha256(content).hexdigest() != record.answers:
            raise Broken(f"{path} is not what its record was written with: its checksum does not match")
        found = read_arrays(content, most)
    except (Broken, Unreadable):
        raise
    except ValueError as error:
        raise Broken(f"{path} holds no test results: {error}") from None
    for metric in ("top1", "top5"):
        if metric not in found or found[metric].dtype != np.uint8 or found[metric].shape != ((images + 7) // 8,):
            raise Broken(f"{path} holds no {metric} of {images:,} test images")
    return found


def text(record: dict) -> str:
    """The text of a record's file: JSON that ends with the checksum of everything before it.

    Raises:
        ValueError: A number is not finite: JSON has no such number.
    """
    return json.dumps({**record, "checksum": checksum(record)}, indent=1, allow_nan=False) + "\n"


def checksum(record: dict) -> str:
    """SHA-256 of a record without its checksum, in hexadecimal digits."""
    rest = {name: value for name, value in record.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def read(path: Path) -> Record:
    """Reads the record of a trial.

    Raises:
        Broken: The file is not a record, was changed after it was written, or lacks something that records have.
        Unreadable: The system does not let it be read.
        Newer: A newer version of this program wrote it.
    """
    record = Record(read_checked(path))
    try:
        check_record(record)
    except ValueError as error:
        raise Broken(f"{path} is not a record of a trial: {error}") from None
    return record


def read_checked(path: Path) -> dict:
    """Reads a file that `text` wrote, of any content, and compares its checksum; raises as `read`."""
    try:
        found = parse_object(read_file(path, MOST_BYTES))
    except Unreadable:  # no reason to set the record aside and to run its trial again
        raise
    except ValueError as error:
        raise Broken(f"{path} is not a record ({error})") from None
    written = found.get("schema")
    if isinstance(written, int) and written > SCHEMA:
        raise Newer(f"{path} was written by a newer version (schema {written}): update inception_keras to read it")
    if written != SCHEMA:
        raise Broken(f"{path} is not a record of schema {SCHEMA}")
    if found.pop("checksum", None) != checksum(found):
        raise Broken(f"{path} was changed after it was written: its checksum does not match")
    return found


def finished_records(store: Store, study: Study, rounding: Rounding) -> dict[str, Record]:
    """The records of the study's finished trials, by address: a trial that diverged is a result too."""
    wanted = {rounding.address(trial) for trial in study.trials()}
    records = {record.address: record for record in store.load() if record.status in FINAL}
    return {key: record for key, record in records.items() if key in wanted}
