"""A logger of the user's own: `--logger my_package:Logger`, any object with the methods of `base.Logger`."""

import importlib
from typing import Any

from ablations.runner.loggers.base import Logger
from ablations.study.own_code import failure, find_in_current_folder
from inception_keras.errors import UserError

METHODS = ("begin", "epoch", "end", "leave")


class OwnLogger(Logger):
    """Passes the calls to an object that a module of the user's makes, without knowing its class.

    Args:
        reference: `module:name` of a class, or of a function without arguments, that makes the object.
    """

    def __init__(self, reference: str):
        """Makes the object.

        Raises:
            UserError: It can't be imported or made, or lacks a method.
        """
        self.name = f"--logger {reference}"
        self._logger = _made(reference)
        for method in METHODS:
            if not callable(getattr(self._logger, method, None)):
                raise UserError(f"{self.name}: it has no method {method}; a logger has {', '.join(METHODS)}")

    def begin(self, trial):
        self._logger.begin(trial)

    def epoch(self, trial, row):
        self._logger.epoch(trial, row)

    def end(self, trial, record):
        self._logger.end(trial, record)

    def leave(self, trial, why):
        self._logger.leave(trial, why)


def _made(reference: str) -> Any:
    module, colon, name = reference.partition(":")
    if not colon or not name.isidentifier() or not all(part.isidentifier() for part in module.split(".")):
        raise UserError(f"--logger takes MODULE:NAME, such as my_package:Logger; got {reference!r}")
    find_in_current_folder()
    try:
        return getattr(importlib.import_module(module), name)()
    except UserError:
        raise
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        raise UserError(f"--logger {reference} can't be made: {failure(error)}") from error
