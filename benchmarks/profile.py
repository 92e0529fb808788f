"""Where the time of a training step goes, by kind of operation: TensorFlow's own trace of one core of a processor."""

import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ablations.environment import usable_cores
from ablations.runner.resources import Resources
from benchmarks.cases import Case
from benchmarks.folder import Machine, Origin
from benchmarks.page import about
from inception_keras.backend import backend_name, framework_log_dropped, load_backend
from inception_keras.errors import UserError

COLUMNS = ("kind of operation", "ms a step", "share", "operations")
WARM_UP = 5  # steps before the trace: the first traces and compiles, the others fill caches
# The kinds, in the order of the table, by the operations' names without what oneDNN and fusion add to them.
KINDS = {
    "convolution": ("Conv2D", "DepthwiseConv2dNative"),
    "convolution: gradient of the map": ("Conv2DBackpropInput",),
    "convolution: gradient of the weights": ("Conv2DBackpropFilter", "Conv2DBackpropFilterWithBias"),
    "normalisation": ("BatchNormV3", "BatchNormEx", "LRN"),
    "normalisation: gradient": ("BatchNormGradV3", "LRNGrad"),
    "ReLU": ("Relu",),
    "ReLU: gradient": ("ReluGrad",),
    "pooling": ("MaxPool", "AvgPool", "Mean"),
    "pooling: gradient": ("MaxPoolGrad", "AvgPoolGrad"),
    "branches: joined, and their gradient cut": ("ConcatV2", "Slice"),
    "branches: gradients added": ("AddN",),
    "matrix products": ("MatMul",),
    "conversions": ("Cast",),
    "optimizer": ("ResourceApplyKerasMomentum", "ResourceApplyMomentum", "ResourceApplyGradientDescent"),
}
REST = "all else"
DECORATION = re.compile(r"^_*(Mkl)?(Native)?(Fused)?")
OPERATION = re.compile(r"(?P<name>[^:]+):(?P<kind>\w+)")  # of events, those that are operations of a graph


class Operation(NamedTuple):
    """An operation that ran during the trace; `kind` is its name in TensorFlow's registry."""

    kind: str
    seconds: float


def profile(case: Case, steps: int) -> tuple[pd.DataFrame, float]:
    """Traces steps of a case on one core, so that no two operations run at once.

    Args:
        case: One of training on a processor.
        steps: How many steps to trace.

    Returns:
        One row per kind with its milliseconds and operations per step and its share of all operations; and the seconds
        of a step that is not traced.

    Raises:
        UserError: The backend is not TensorFlow.
    """
    if backend_name() != "tensorflow":
        raise UserError(f"a profile needs TensorFlow, not {backend_name()}: set KERAS_BACKEND=tensorflow")
    Resources(cores=tuple(usable_cores())[:1]).take()
    load_backend()
    with framework_log_dropped(), tempfile.TemporaryDirectory() as folder:
        import tensorflow as tf

        from benchmarks import ours

        task = ours.prepare(case, "feed")
        task.run(WARM_UP)
        begun = time.perf_counter()
        task.run(steps)
        seconds = (time.perf_counter() - begun) / steps
        with tf.profiler.experimental.Profile(folder):
            task.run(steps)
        return by_kind(_operations(Path(folder)), steps), seconds


def by_kind(operations: Iterator[Operation], steps: int) -> pd.DataFrame:
    """Sums operations by kind, in the order of `KINDS`; kinds that did not run are left out."""
    ran = pd.DataFrame(operations, columns=Operation._fields)
    ran["kind"] = ran["kind"].map(kind_of)
    grouped = ran.groupby("kind")["seconds"].agg(["sum", "count"])
    found = grouped.reindex([kind for kind in (*KINDS, REST) if kind in grouped.index])
    return pd.DataFrame(
        {
            "kind": found.index,
            "ms": 1000 * found["sum"].to_numpy() / steps,
            "share": (found["sum"] / found["sum"].sum()).to_numpy(),
            "operations": found["count"].to_numpy() / steps,
        }
    )


def cells(found: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    """The rows of `by_kind` for people, in the order of `COLUMNS`."""
    return [
        (kind, f"{ms:.1f}", f"{share:.0%}", f"{operations:.0f}")
        for kind, ms, share, operations in found.itertuples(index=False)
    ]


def pace(case: Case, seconds: float) -> str:
    """What was traced and how long a step takes, in words."""
    took = f"{1000 * seconds:.0f} ms on one core: {case.batch / seconds:,.0f} images a second"
    return f"{case.why}. A step that is not traced takes {took}."


def render(title: str, rows: list[tuple[str, str, str, str]], pace: str, machine: Machine, origin: Origin) -> str:
    """The page in Markdown."""
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    aligned = ("left", "right", "right", "right")
    shown = table.to_markdown(index=False, colalign=aligned, disable_numparse=True)
    return "\n".join([f"# Profile of {title}", "", pace, "", shown, "", *about(machine, {title: origin}), ""])


def kind_of(operation: str) -> str:
    """The kind of an operation.

    >>> kind_of("_MklNativeFusedBatchNormGradV3"), kind_of("_FusedConv2D"), kind_of("Softmax")
    ('normalisation: gradient', 'convolution', 'all else')
    """
    bare = DECORATION.sub("", operation)
    return next((kind for kind, names in KINDS.items() if bare in names), REST)


def _operations(folder: Path) -> Iterator[Operation]:
    """The operations of a trace: their events on the host are named `NAME:KIND`."""
    from tensorflow.tsl.profiler.protobuf import xplane_pb2

    (trace,) = folder.rglob("*.xplane.pb")
    space = xplane_pb2.XSpace.FromString(trace.read_bytes())
    for plane in space.planes:
        names = {number: OPERATION.fullmatch(event.name) for number, event in plane.event_metadata.items()}
        for line in plane.lines:
            for event in line.events:
                if match := names[event.metadata_id]:
                    yield Operation(match["kind"], event.duration_ps / 1e12)
