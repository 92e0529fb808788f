"""Inference in other engines: this repository's exports, and torchvision's network as OpenVINO reads it."""

import tempfile
from pathlib import Path

from benchmarks.cases import Case
from benchmarks.contestants import Task
from benchmarks.images import batch
from inception_keras.export.engines import Engine, load_engine


def prepare(case: Case, setting: str) -> Task:
    """A network in the engine of a format: `setting` is a name of `export.FORMATS`, or `torchvision` for OpenVINO."""
    with tempfile.TemporaryDirectory() as folder:
        engine, task = _torchvision(case, Path(folder)) if setting == "torchvision" else _ours(case, setting, folder)
    images = _images(case, channels_first=setting == "torchvision")

    def infer(steps: int):
        for _ in range(steps):
            engine.predict_on_batch(images)

    return Task(run=infer, images=case.batch, **task)


def _ours(case: Case, to: str, folder: str) -> tuple[Engine, dict]:
    """The network of the case, converted as `export_model` does, with batch normalisation folded."""
    from ablations.training.networks import build
    from benchmarks.ours import study
    from inception_keras import complexity
    from inception_keras.export import FORMATS, convert

    one = study(case)
    model = build(one, one.baseline, (case.side, case.side, 3), case.classes)
    path = Path(folder, "network").with_suffix(FORMATS[to].suffix)
    convert(model, path, to, fold=True)
    counted = complexity(model)
    facts = {"params": counted.params, "macs": counted.macs * case.batch, "device": f"{FORMATS[to].engine} on cpu"}
    return load_engine(path, to), facts


def _torchvision(case: Case, folder: Path) -> tuple[Engine, dict]:
    import openvino
    import torch

    from benchmarks import peers

    network = peers.build(case).eval()
    shape = (case.batch, 3, case.side, case.side)
    path = folder / "network.xml"
    converted = openvino.convert_model(network, example_input=torch.zeros(shape), input=[-1, *shape[1:]])
    openvino.save_model(converted, path, compress_to_fp16=False)
    params = sum(weight.numel() for weight in network.parameters())
    return load_engine(path, "openvino"), {"params": params, "device": "OpenVINO on cpu"}


def _images(case: Case, channels_first: bool):
    images, _ = batch(case, case.classes)
    return images.transpose(0, 3, 1, 2).copy() if channels_first else images
