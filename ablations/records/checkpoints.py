"""Checkpoints: the state of a trial after an epoch, so that a killed trial ends bit for bit like an uninterrupted one.

A state is every variable of the optimizer and of the model, including its seed generators, and the averages of its
weights. The order of the images and their augmentation follow from (seed, epoch). The last two states are kept; a
damaged one is skipped.
"""

import hashlib
import io
import json
from collections.abc import Callable, Collection, Mapping, Sequence
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
# the network of an address is the same, but for what is kept of a frozen trunk, which also depends on the machine
OTHER_NETWORK = "it holds the variables of another network: of a frozen trunk's maps in place of images, or the reverse"
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
        origin: What changes the numbers besides the trial's configuration, JSON values by name. States of another
            origin are not resumed, since no uninterrupted trial would give the same result.
    """

    def __init__(self, folder: Path, origin: Mapping[str, object] | None = None):
        self.folder = Path(folder)
        self.origin = json.loads(json.dumps(origin or {}))  # as it is read again

    def save(self, state: State) -> Path:
        """Writes a state atomically, deletes later ones and all but the newest two, and returns the path of its file.

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
            paths = self._paths()
            # a state of a later epoch was passed over, or this one would not have been trained
            later = [path for path in paths if path.name > name]
            for path in later + paths[len(later) + KEPT :]:
                path.unlink(missing_ok=True)
        return self.folder / name

    def files(self) -> dict[str, bytes]:
        """The stored files, name to content, in the order in which another machine must `put` them."""
        return {path.name: path.read_bytes() for path in reversed(self._paths())}

    def load(
        self, tell: Callable[[int, str], None] = lambda epoch, why: None, names: Collection[str] | None = None
    ) -> State | None:
        """Returns the newest undamaged state of this origin, or `None`.

        Args:
            tell: Called with the epoch of the newest state that is passed over, if one is, and why.
            names: Of the variables that the state must have, as `variable_names` returns them; `None` for any.
        """
        passed_over = False
        for path in self._paths():
            state = self._read(path)
            why = "the file is damaged" if state is None else self._foreign(state.notes.pop("origin"))
            if state and names is not None and state.variables.keys() != set(names):
                why = why or OTHER_NETWORK
            if not why:
                return state
            if not passed_over:
                tell(int(path.stem.removeprefix("epoch-")), why)
            passed_over = True
        return None

    def _foreign(self, origin: dict | str) -> str:
        """Why states of an origin are not resumed here; empty if they are."""
        if isinstance(origin, str):  # without the data: test images may have been trained on
            return "it was trained with an older version of this program"
        parts = [part for part in self.origin | origin if self.origin.get(part) != origin.get(part)]
        differing = [f"other {part} ({_was_and_is(origin.get(part), self.origin.get(part))})" for part in parts]
        return f"it was trained with {' and '.join(differing)}" if differing else ""

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


def _was_and_is(before, now) -> str:
    if not isinstance(before, dict) or not isinstance(now, dict):
        return f"{before}, now {now}"
    names = [name for name in before | now if before.get(name) != now.get(name)]
    return ", ".join(f"{name} {before.get(name)}, now {now.get(name)}" for name in names)


def variable_names(model, averages: Sequence = ()) -> Collection[str]:
    """The names of what `capture` returns."""
    return _variables(model, averages).keys()


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
