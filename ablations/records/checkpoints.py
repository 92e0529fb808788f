"""Checkpoints: the state of a trial after an epoch, so that a killed trial ends bit for bit like an uninterrupted one.

A state is every variable of the optimizer and of the model, including its seed generators, and the averages of its
weights. The order of the images and their augmentation follow from (seed, epoch). The last two states are kept; a
damaged one is skipped.
"""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ablations.files import one_line
from ablations.seeds import random_states
from inception_keras.errors import UserError
from inception_keras.io.arrays import read_arrays
from inception_keras.io.regular_files import read_file
from inception_keras.io.writing import write_atomically

KEPT = 2
DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True)
class State:
    """The state of a trial after an epoch.

    Attributes:
        epoch: Number of epochs done.
        variables: Name to array, as `capture` returns them.
        notes: What else the trial needs to continue, JSON-serialisable: its history, times and last validation metrics.
    """

    epoch: int
    variables: dict[str, np.ndarray]
    notes: dict


class Checkpoints:
    """The checkpoints of one trial, in `folder`.

    Args:
        folder: Created by the first `save`.
        origin: What changes the numbers besides the trial's configuration: versions, hardware, commit. States of
            another origin are not resumed, since no uninterrupted trial would give the same result.
    """

    def __init__(self, folder: Path, origin: str = ""):
        self.folder, self.origin = Path(folder), origin

    def save(self, state: State) -> Path:
        """Writes a state atomically, deletes all but the newest two and returns the path of its file.

        Raises:
            UserError: The folder can't be written, or the disk is full.
        """
        notes = {"epoch": state.epoch, "origin": self.origin, **state.notes}
        buffer = io.BytesIO()
        arrays: dict[str, Any] = {**state.variables, "notes": np.frombuffer(json.dumps(notes).encode(), np.uint8)}
        np.savez(buffer, **arrays)
        content = buffer.getvalue()
        return self.put(f"epoch-{state.epoch:05d}.ckpt", hashlib.sha256(content).digest() + content)

    def put(self, name: str, content: bytes) -> Path:
        """Stores a file that `save` wrote, here or on another machine, and returns its path.

        Raises:
            UserError: As `save`.
        """
        with one_line(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self.folder / name, content)
            for old in self._paths()[KEPT:]:
                old.unlink(missing_ok=True)
        return self.folder / name

    def files(self) -> dict[str, bytes]:
        """The stored files, name to content: for `put` on another machine."""
        return {path.name: path.read_bytes() for path in self._paths()}

    def load(self) -> State | None:
        """Returns the newest undamaged state of this origin, or `None`."""
        states = (self._read(path) for path in self._paths())
        return next((state for state in states if state and state.notes.pop("origin") == self.origin), None)

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("epoch-*.ckpt"), reverse=True)

    def _read(self, path: Path) -> State | None:
        try:
            content = read_file(path)
        except UserError:
            return None
        if hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
            return None
        variables = read_arrays(content[DIGEST:], most=len(content))
        notes = json.loads(variables.pop("notes").tobytes())
        return State(notes.pop("epoch"), variables, notes)


def capture(model, averages: Sequence = ()) -> dict[str, np.ndarray]:
    """Returns every variable of a compiled Keras model, of its optimizer and of `averages`, by position and name."""
    return {name: np.array(variable) for name, variable in _variables(model, averages).items()}


def restore(model, variables: dict[str, np.ndarray], averages: Sequence = ()):
    """Sets a model, its optimizer and the averages of its weights to the variables that `capture` returned."""
    own = _variables(model, averages)
    if own.keys() != variables.keys():
        differing = sorted(own.keys() ^ variables.keys())[:4]
        raise ValueError(f"a checkpoint of another network: only one of the two has the variables {differing}")
    for name, variable in own.items():
        variable.assign(variables[name])


def _variables(model, averages: Sequence) -> dict[str, Any]:
    """Variables by position and name. Metrics are left out: they start each epoch at zero."""
    parts = {
        "model": [*model.weights, *(state for layer in model.layers for state in random_states(layer))],
        "optimizer": model.optimizer.variables,
        "average": averages,
    }
    return {
        f"{part}-{position:05d}-{variable.path.replace('/', '.')}": variable
        for part, variables in parts.items()
        for position, variable in enumerate(variables)
    }
