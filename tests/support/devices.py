"""Trains on several virtual devices and on one, and prints the results as JSON.

`python -m tests.support.devices COUNT` runs in its own process, because the number of devices is fixed before the
framework starts.

The network is smooth: no ReLU and no max pooling. At their kinks a difference in the last digit changes the gradient of
a pixel, and 20 steps amplify that without bound, on one device too: GoogLeNet at 1/32 of its width, with the images of
each batch in reverse order, ends with moving statistics that differ by whole units.
"""

import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

COUNT = int(sys.argv[1])
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={COUNT}"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers  # noqa: E402

from tests.support.bench import TINY  # noqa: E402

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    (cpu,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration() for _ in range(COUNT)])

from ablations.data import datasets  # noqa: E402
from ablations.records.checkpoints import Checkpoints, capture  # noqa: E402
from ablations.records.outcomes import Stopped  # noqa: E402
from ablations.training import devices as training_devices  # noqa: E402
from ablations.training import trainer as training_trainer  # noqa: E402
from ablations.training.devices import Devices  # noqa: E402
from ablations.training.progress import TrialListener  # noqa: E402
from ablations.training.seeding import seed_model  # noqa: E402
from inception_keras.errors import UserError  # noqa: E402

STUDY = replace(TINY, fraction=0.5)  # an epoch of 20 steps
DATA = datasets.load("digits", image_size=32, fraction=STUDY.fraction)


def network(dropout: float) -> keras.Model:
    """A network with batch normalisation, two auxiliary heads, and dropout before the main head."""
    x = image = keras.Input(DATA.image_shape)
    heads = {}
    for name, width in (("aux_4a", 8), ("aux_4d", 16), ("main", 16)):
        x = layers.Conv2D(width, 3, 2, "same", use_bias=False, name=f"{name}_conv")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(x)
        x = layers.Activation("silu", name=f"{name}_silu")(x)
        head = layers.GlobalAveragePooling2D(name=f"{name}_pool")(x)
        if dropout and name == "main":
            head = layers.Dropout(dropout, name="dropout")(head)
        heads[name] = layers.Dense(DATA.classes, name=f"{name}_classifier")(head)
    return keras.Model(image, heads, name="network")


def trainer(devices: Devices, *, dropout: float = 0.0, **recipe) -> training_trainer.Trainer:
    training_trainer.build = lambda *_: network(dropout)
    training_trainer.inference_model = lambda model: keras.Model(model.input, model.output["main"])
    study = replace(STUDY, recipe=replace(STUDY.recipe, **recipe))
    return training_trainer.Trainer(study, study.arms[0], DATA, devices)


def train(devices: Devices) -> tuple[dict, dict]:
    """Trains for an epoch of 20 steps; returns what it reports and the variables of model and optimizer."""
    one = trainer(devices)
    outcome = one.train(0, TrialListener())
    rows = {"steps": one.steps, "seen": len(outcome.test.top1), "test_loss": outcome.metrics["test"]["loss"]}
    return rows | outcome.history[0], capture(one.model)


def resumes(devices: Devices) -> bool:
    """Whether a trial with dropout that is stopped, and resumed after another one, ends as an uninterrupted one."""
    one = trainer(devices, dropout=0.4, epochs=2)
    whole, end = one.train(1, TrialListener()), capture(one.model)
    with tempfile.TemporaryDirectory() as folder:
        checkpoints = Checkpoints(Path(folder))
        try:
            one.train(1, TrialListener(), checkpoints, lambda: True)
        except Stopped:
            one.train(2, TrialListener())
        parts = one.train(1, TrialListener(), checkpoints)
    again = capture(one.model)
    same = all(np.array_equal(end[name], again[name]) for name in end)
    return same and (parts.history, parts.metrics) == (whole.history, whole.metrics)


def masks_differ(devices: Devices) -> bool:
    """Whether images at the same place in the parts of different devices get different dropout masks."""
    model = trainer(devices, dropout=0.5).model
    seed_model(model, 0)
    layer, ones = model.get_layer("dropout"), np.ones((COUNT, 1, 64), "float32")
    with devices.scope():
        if keras.backend.backend() == "tensorflow":
            drawn = tf.distribute.get_strategy().run(lambda: layer(tf.constant(ones[0]), training=True))
            masks = [np.array(part) for part in drawn.values]
        else:
            masks = list(np.array(layer(ones, training=True)))
    return all(not np.array_equal(masks[0], mask) for mask in masks[1:])


def is_clean() -> bool:
    """Whether no distribution stays active after its scope, even if an error ended it."""
    try:
        with training_devices.find_devices("data", 2 * COUNT).scope():
            raise KeyError
    except KeyError:
        pass
    strategy = keras.backend.backend() == "tensorflow" and tf.distribute.has_strategy()
    return keras.distribution.distribution() is None and not strategy


def refusal() -> str:
    try:
        training_devices.find_devices("data", 2 * COUNT + 1)
    except UserError as error:
        return str(error)
    return ""


def main():
    several = training_devices.find_devices("data", STUDY.recipe.batch_size)
    found = {"replicas": several.replicas, "resumes": resumes(several), "masks_differ": masks_differ(several)}
    found["several"], ours = train(several)
    found |= {"is_clean": is_clean(), "refusal": refusal()}
    found["one"], theirs = train(training_devices.find_devices("none", STUDY.recipe.batch_size))
    assert [(name, value.shape) for name, value in ours.items()] == [(n, value.shape) for n, value in theirs.items()]
    found["difference"] = max(float(np.abs(ours[name] - theirs[name]).max()) for name in ours)
    start = trainer(Devices()).model
    seed_model(start, 0)
    before, after = start.get_layer("main_conv").kernel, theirs["model-00010-main_conv.kernel"]
    found["moved"] = float(np.abs(np.array(before) - after).max())
    print(json.dumps(found))


if __name__ == "__main__":
    main()
