"""The store: one immutable record a trial, written whole or not at all."""

import io
import json
import os
from pathlib import Path

import numpy as np

from ablations.evaluation import Evaluation
from ablations.files import write_atomically
from inception_keras.errors import UserError

SCHEMA = 1


class Store:
    """The results of one study, in `folder`.

    A record is `records/VARIANT-seedN-ADDRESS.json`; beside it, in `.npz`, lies whether each test example was right
    (`top1` and `top5`, packed bits) and what was predicted (`predictions`, the best five classes), so that every
    statistic can be computed again without training.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        self._records = self.folder / "records"

    def prepare(self):
        """Makes the folders and proves that they can be written, before an hour is spent on training.

        Raises:
            UserError: They can't.
        """
        try:
            self._records.mkdir(parents=True, exist_ok=True)
            probe = self._records / f".probe-{os.getpid()}"
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            raise UserError(
                f"the results folder {self.folder} can't be written ({error.strerror}): set --out"
            ) from None

    def load(self) -> list[dict]:
        """All records, sorted by file name.

        Raises:
            UserError: A file that is no record.
        """
        return [self._read(path) for path in sorted(self._records.glob("*.json"))]

    def write(self, record: dict, test: Evaluation | None):
        """Writes a record, the results of its test examples first: a record that is there is complete."""
        if test is not None:
            buffer = io.BytesIO()
            bits = {"top1": np.packbits(test.top1), "top5": np.packbits(test.top5)}
            np.savez_compressed(buffer, **bits, predictions=test.predictions)
            write_atomically(self._path(record, "npz"), buffer.getvalue())
        text = json.dumps({"schema": SCHEMA, **record}, indent=1) + "\n"
        write_atomically(self._path(record, "json"), text.encode())

    def correct(self, record: dict, metric: str = "top1") -> np.ndarray:
        """Whether each test example was right, bool `(n,)`; `metric` is `top1` or `top5`."""
        with np.load(self._path(record, "npz")) as results:
            return np.unpackbits(results[metric], count=record["data"]["counts"]["test"]).astype(bool)

    def has_answers(self, record: dict) -> bool:
        """Whether the results of single test examples lie beside the record."""
        return self._path(record, "npz").exists()

    def predictions(self, record: dict) -> np.ndarray:
        """The five classes with the highest logits for each test example, best first, uint16 `(n, 5)`."""
        with np.load(self._path(record, "npz")) as results:
            return results["predictions"]

    def _path(self, record: dict, suffix: str) -> Path:
        return self._records / f"{record['variant']}-seed{record['seed']}-{record['address']}.{suffix}"

    def _read(self, path: Path) -> dict:
        try:
            record = json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise UserError(f"{path} is not a record ({error}): move it away; its trial will run again") from None
        if not isinstance(record, dict) or record.get("schema") != SCHEMA:
            raise UserError(f"{path} is not a record of schema {SCHEMA}: move it away; its trial will run again")
        return record
