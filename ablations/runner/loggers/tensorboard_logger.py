"""`run --tensorboard DIR`: event files with one TensorBoard run per trial, written without TensorFlow.

The run of a trial is `DIR/STUDY/VARIANT-seedN-ADDRESS`. The HParams tab has columns for study, profile, variant, seed,
address and commit, and for the final metrics.
"""

import os
import time
from dataclasses import asdict
from pathlib import Path

from ablations.files import prove_writable
from ablations.runner.loggers.base import Logger, by_split, ending, final
from inception_keras.errors import UserError

INSTALL = "pip install -e '.[tensorboard]'"
COLUMNS = ("validation/top1", "validation/top5", "validation/loss", "test/top1", "test/top5", "test/loss")


class EventFiles(Logger):
    """Writes event files under `folder`.

    Raises:
        UserError: tensorboardX is not installed, or the folder can't be written.
    """

    def __init__(self, folder: Path):
        try:
            # not its SummaryWriter, which writes in a thread and does not report a full disk
            from tensorboardX import summary
            from tensorboardX.event_file_writer import EventsWriter
            from tensorboardX.proto.event_pb2 import Event, SessionLog
        except ImportError:
            raise UserError(f"--tensorboard needs tensorboardX, which is not installed: {INSTALL}") from None
        self.name, self._folder = f"--tensorboard {folder}", Path(folder)
        self._summary, self._open_file, self._event, self._session = summary, EventsWriter, Event, SessionLog
        self._files: dict[str, EventsWriter] = {}
        self._opened = 0
        prove_writable(self._folder, what="--tensorboard: the folder", remedy="")

    def begin(self, trial):
        run = self._folder / trial.study / f"{trial.variant}-seed{trial.seed}-{trial.address}"
        run.mkdir(parents=True, exist_ok=True)
        # a new file each time, with a number since two may be opened in the same second
        self._opened += 1
        file = self._files[trial.address] = self._open_file(str(run / "events"), f".{os.getpid()}.{self._opened}")
        # makes TensorBoard drop what an earlier attempt of the trial logged from this step on
        self._write(file, 1, session_log=self._session(status=self._session.START))
        tags = {name: value for name, value in asdict(trial).items() if value is not None}
        experiment, start, _ = self._summary.hparams(tags, dict.fromkeys(COLUMNS))
        self._write(file, 0, summary=experiment)
        self._write(file, 0, summary=start)
        file.flush()

    def epoch(self, trial, row):
        self._scalars(self._files[trial.address], row["epoch"], by_split(row))

    def end(self, trial, record):
        file = self._files[trial.address]
        last = len(record.history)
        self._scalars(file, last, final(record))
        self._write(file, last, summary=self._summary.text("status", ending(record)))
        *_, session_end = self._summary.hparams({}, {})
        self._write(file, last, summary=session_end)
        self._files.pop(trial.address).close()

    def leave(self, trial, why):
        if file := self._files.pop(trial.address, None):
            file.close()

    def _scalars(self, file, epoch: int, values: dict[str, float]):
        for name, value in values.items():
            self._write(file, epoch, summary=self._summary.scalar(name, value))
        file.flush()

    def _write(self, file, step: int, **content):
        file.write_event(self._event(wall_time=time.time(), step=step, **content))
