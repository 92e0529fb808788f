"""`--logger MODULE:NAME`: any object with a logger's methods."""

import sys

import pytest

from ablations.runner.loggers.own import OwnLogger
from inception_keras import UserError

TEXT = """
class Logger:
    def __init__(self):
        self.calls = []

    def begin(self, trial):
        self.calls.append(("begin", trial))

    def epoch(self, trial, row):
        self.calls.append(("epoch", trial, row))

    def end(self, trial, record):
        self.calls.append(("end", trial, record))

    def leave(self, trial, why):
        self.calls.append(("leave", trial, why))


class Half:
    def begin(self, trial): ...


def broken():
    raise OSError("no server")
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "my_loggers.py").write_text(TEXT)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("my_loggers", None)


def test_every_call_reaches_the_object(module):
    logger = OwnLogger("my_loggers:Logger")
    logger.begin("t")
    logger.epoch("t", {"epoch": 1})
    logger.end("t", {})
    logger.leave("t", "stopped")
    assert [call[0] for call in logger._logger.calls] == ["begin", "epoch", "end", "leave"]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("my_loggers", "takes MODULE:NAME"),
        ("no_such_module:Logger", "can't be made: ModuleNotFoundError"),
        ("my_loggers:Missing", "can't be made: AttributeError"),
        ("my_loggers:broken", "no server"),
        ("sys:exit", r"can't be made: it called sys.exit\(0?\)"),  # W&B puts its own in place, which passes 0
        ("my_loggers:Half", "has no method epoch"),
    ],
)
def test_what_is_no_logger_is_refused_in_one_line(module, reference, message):
    with pytest.raises(UserError, match=message) as caught:
        OwnLogger(reference)
    assert "\n" not in str(caught.value)
