"""What a variant costs in use: bytes, accuracy in int8, and latency in every installed engine.

Reads the weights that `run --keep-weights` kept. The networks are those of evaluation (no auxiliary heads), in float32
whatever the training precision was, with batch normalisation folded.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ablations import environment
from ablations.data import datasets
from ablations.inspection import latency, quantization
from ablations.inspection.quantization import PRECISIONS
from ablations.records.weights import TrainedTrial, left_out_sentence
from ablations.statistics.bootstrap import Interval
from ablations.study import Study, Variant
from ablations.study.decimals import counted
from inception_keras.backend import load_backend, stderr_held_back
from inception_keras.export.formats import FORMATS, INSTALL, check_backend, missing

BATCHES = (1, 32)
KERAS = "Keras"


@dataclass(frozen=True)
class Footprint:
    """The file size of a variant, and the accuracy that int8 costs.

    Attributes:
        variant: Its name.
        bytes: Size of the LiteRT file, by precision.
        top1: On the test split, by precision (`float32` in Keras, `int8` in LiteRT), means over the seeds, from 0 to 1.
        change: 95% interval of the change in top-1 by int8: over images, and over seeds if there are several.
    """

    variant: str
    bytes: dict[str, int]
    top1: dict[str, float]
    change: Interval


@dataclass(frozen=True)
class Latency:
    """Seconds per batch, `(rounds,)`, of a variant in an engine."""

    variant: str
    engine: str
    precision: str
    batch: int
    seconds: np.ndarray


@dataclass(frozen=True)
class Deployment:
    """Everything that `deploy` measured on the variants of a study.

    Attributes:
        study: The study.
        footprints, latencies: In the study's order.
        seeds: Trials that gave the accuracies; latencies are those of the first.
        images: Number of test images.
        threads: Threads per engine.
        rounds: Rounds of latency measurements.
        absent: What was not measured and why, one sentence each.
        hardware, versions: As `ablations.environment` gives them.
        data: As `Dataset.describe` gives it.
        commit: Commit of the code.
    """

    study: Study
    footprints: list[Footprint]
    latencies: list[Latency]
    seeds: list[int]
    images: int
    threads: int
    rounds: int
    absent: list[str]
    hardware: dict
    versions: dict[str, str]
    data: dict
    commit: str | None


def deploy_variants(
    study: Study,
    kept: dict[str, list[TrainedTrial]],
    data_dir: str | None,
    *,
    threads: int | None = None,
    rounds: int = 7,
    tell: Callable[[str], None] = lambda sentence: None,
) -> Deployment:
    """Exports, quantises, evaluates and times every variant. Afterwards the process stays pinned to `threads` cores.

    Args:
        study: The study.
        kept: By variant the trials with weights, as `ablations.records.weights.kept_trials` gives them.
        data_dir: Where TFDS keeps prepared data sets.
        threads: Threads per engine, pinned to as many cores; `None` for all that the process may use.
        rounds: Rounds of latency measurements.
        tell: Called with a sentence when a part begins.

    Raises:
        UserError: The data set is missing, Keras's backend is not TensorFlow, or weights belong to another network.
        Disagreement: An engine's outputs differ from Keras's.
    """
    threads = latency.pin(threads)
    load_backend()
    check_backend()
    data = datasets.load_for(study, data_dir)
    calibration = quantization.calibration_images(study, data)
    footprints: list[Footprint] = []
    engines: dict[tuple[str, str, str], Any] = {}
    with tempfile.TemporaryDirectory(prefix="ablations-") as folder:
        for arm in (arm for arm in study.arms if arm.name in kept):
            own = Path(folder) / arm.name
            own.mkdir()
            seeds = counted(len(kept[arm.name]), "seeds")
            tell(f"{arm.name}: every engine, and int8 of {seeds} on {len(data.test):,} test images")
            footprint, found = _export(study, arm, kept[arm.name], data, calibration, own, threads)
            footprints.append(footprint)
            engines |= {(arm.name, *key): engine for key, engine in found.items()}
        latencies: list[Latency] = []
        for batch in BATCHES:
            tell(f"latency at batch {batch}: {rounds} rounds over {len(engines)} pairs of variant and engine")
            images = np.resize(calibration, (batch, *calibration.shape[1:]))
            with stderr_held_back():
                times = latency.measure_latency(engines, images, rounds)
            latencies += [Latency(*key, batch=batch, seconds=seconds) for key, seconds in times.items()]
    return Deployment(
        study=study,
        footprints=footprints,
        latencies=latencies,
        seeds=[one.trial.seed for one in kept[study.baseline.name]],
        images=len(data.test),
        threads=threads,
        rounds=rounds,
        absent=list(filter(None, [*_absent(), left_out_sentence(study, kept)])),
        hardware=environment.hardware(),
        versions=environment.versions(environment.ENGINES),
        data=data.describe(),
        commit=environment.commit(),
    )


def _export(study: Study, arm: Variant, kept: list[TrainedTrial], data, calibration, folder: Path, threads: int):
    """Exports a variant; returns its footprint, and the engines to time by (engine, precision)."""
    from ablations.training.evaluation import evaluate
    from inception_keras.export import load_engine

    before, after = [], []
    engines: dict[tuple[str, str], Any] = {}
    sizes: dict[str, int] = {}
    for number, one in enumerate(kept):
        model = load_network(study, arm, one, data)
        path = folder / f"seed{one.trial.seed}-int8.tflite"
        with stderr_held_back():
            quantization.write_litert(model, path, "int8", calibration)
            quantized = load_engine(path, "litert", threads)
            before.append(evaluate(model, data.test, study.recipe.batch_size).top1)
            after.append(evaluate(quantized, data.test, study.recipe.batch_size).top1)
            if number == 0:
                sizes, engines = _every_engine(model, folder, calibration, threads)
                sizes["int8"], engines["LiteRT", "int8"] = path.stat().st_size, quantized
    right = np.array(before), np.array(after)
    top1 = {"float32": float(right[0].mean()), "int8": float(right[1].mean())}
    return Footprint(arm.name, {p: sizes[p] for p in PRECISIONS}, top1, quantization.change_interval(*right)), engines


def load_network(study: Study, arm: Variant, kept: TrainedTrial, data):
    """Builds a variant's network for inference, in float32, with the kept weights of a trial."""
    from ablations.training import networks
    from inception_keras import inference_model
    from inception_keras.weights import load_weights

    plain = replace(study, recipe=replace(study.recipe, precision="float32"))
    model = networks.build(plain, arm, data.image_shape, data.classes)
    load_weights(model, kept.weights)
    return inference_model(model, fold=True)


def _every_engine(model, folder: Path, images: np.ndarray, threads: int) -> tuple[dict[str, int], dict]:
    """Bytes of the LiteRT files, and the float32 engines, each checked against Keras's outputs."""
    from inception_keras.export import Disagreement, convert, load_engine
    from inception_keras.export.writing import check_parity

    engines, sizes = {(KERAS, "float32"): model}, {}
    for name, form in FORMATS.items():
        if name == "saved_model" or missing(form):  # a SavedModel is the graph that Keras runs
            continue
        path = folder / f"float32{form.suffix}"
        convert(model, path, name)
        engines[form.engine, "float32"] = engine = load_engine(path, name, threads)
        if not (parity := check_parity(model, engine, images)):
            raise Disagreement(f"{folder.name} in {form.engine} gives other outputs than in Keras: {parity}")
        if name == "litert":
            sizes["float32"] = path.stat().st_size
    small = folder / "float16.tflite"
    quantization.write_litert(model, small, "float16", images)
    return sizes | {"float16": small.stat().st_size}, engines


def _absent() -> list[str]:
    return [
        f"{form.engine} was not measured: {' and '.join(absent)} not installed ({INSTALL})"
        for form in FORMATS.values()
        if (absent := missing(form))
    ]
