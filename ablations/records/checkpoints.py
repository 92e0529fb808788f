"""The state of a trial after an epoch, kept so that a killed one ends bit for bit like one that was not.

A state is every variable of the model, those of its seed generators too, and of the optimizer: the order of the images
and their augmentation follow from (seed, epoch). The last two are kept; one that is damaged is passed over.
"""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ablations.files import one_line, write_atomically

KEPT = 2
DIGEST = hashlib.sha256().digest_size


@dataclass(frozen=True)
class State:
    """Of a trial after an epoch.

    Attributes:
        epoch: Epochs done.
        variables: By name, as `capture` gives them.
        notes: What else the trial needs to go on, as JSON can hold it: its history, its times.
    """

    epoch: int
    variables: dict[str, np.ndarray]
    notes: dict


class Checkpoints:
    """The checkpoints of one trial, in `folder`.

    Args:
        folder: Is made with the first save.
        origin: What has a say in the numbers beside the trial (versions, hardware, commit): states of another origin
            are not resumed, since the trial would end like none that was not interrupted.
    """

    def __init__(self, folder: Path, origin: str = ""):
        self.folder, self.origin = Path(folder), origin

    def save(self, state: State) -> Path:
        """Writes a state whole or not at all, lets go of those before the last two, and returns its file.

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
        """Keeps a file that `save` wrote, here or on another machine.

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
        """What is kept, by name: for `put` on another machine."""
        return {path.name: path.read_bytes() for path in self._paths()}

    def load(self) -> State | None:
        """The newest state that is whole and of this origin; `None` where there is none."""
        states = (self._read(path) for path in self._paths())
        return next((state for state in states if state and state.notes.pop("origin") == self.origin), None)

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("epoch-*.ckpt"), reverse=True)

    def _read(self, path: Path) -> State | None:
        content = path.read_bytes()
        if hashlib.sha256(content[DIGEST:]).digest() != content[:DIGEST]:
            return None
        with np.load(io.BytesIO(content[DIGEST:])) as arrays:
            variables = dict(arrays)
        notes = json.loads(variables.pop("notes").tobytes())
        return State(notes.pop("epoch"), variables, notes)


def capture(model) -> dict[str, np.ndarray]:
    """Every variable of a compiled Keras model and of its optimizer, by its place and name."""
    return {name: np.array(variable) for name, variable in _variables(model).items()}


def restore(model, variables: dict[str, np.ndarray]):
    """Sets a model and its optimizer to what `capture` gave."""
    own = _variables(model)
    if own.keys() != variables.keys():
        raise ValueError(f"a checkpoint of another network: {sorted(own.keys() ^ variables.keys())[:4]}")
    for name, variable in own.items():
        variable.assign(variables[name])


def _variables(model) -> dict[str, Any]:
    """The metrics are left out: they begin each epoch at zero."""
    parts = {"model": [*model.weights, *_seeds(model)], "optimizer": model.optimizer.variables}
    return {
        f"{part}-{place:05d}-{variable.path.replace('/', '.')}": variable
        for part, variables in parts.items()
        for place, variable in enumerate(variables)
    }


def _seeds(model) -> list:
    return [layer.seed_generator.state for layer in model.layers if hasattr(layer, "seed_generator")]
