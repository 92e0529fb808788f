"""Fine-tunes a saved trunk on another data set, and trains the same network from scratch for comparison.

    python examples/fine_tune.py
    python examples/fine_tune.py --target cifar10 --data-dir DIR

A small GoogLeNet learns the digits 0 to 4 and saves its trunk in a weights file. That trunk gets a new head for the
target, by default 100 images of the digits 5 to 9: first the head alone is trained, then the whole network at a tenth
of the rate. The last line says what the trunk is worth: test top-1 with it and without it.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer

from inception_keras.backend import load_backend
from inception_keras.cli.running import run_app

FORM = {
    "preset": "batchnorm",
    "stem": "small",
    "stem_stride": 2,
    "width": 0.125,
    "batch_momentum": 0.9,
    "input_shape": (32, 32, 3),
}


def main(
    target: Annotated[str, typer.Option(help="A TFDS name; digits uses its classes 5 to 9.")] = "digits",
    data_dir: Annotated[str | None, typer.Option(help="Where TFDS keeps prepared sets.")] = None,
    images: Annotated[int, typer.Option(help="Training images of the target.")] = 100,
    epochs: Annotated[int, typer.Option(help="Epochs per phase.")] = 6,
):
    from ablations.data import datasets

    source = datasets.load("digits", data_dir=data_dir, image_size=32)
    other = source if target == "digits" else datasets.load(target, data_dir=data_dir, image_size=32)
    load_backend()
    from inception_keras import create_model

    with TemporaryDirectory() as folder:
        file = Path(folder) / "trunk.weights.h5"
        trunk = create_model("googlenet", include_top=False, **FORM)
        train(with_head(trunk, 5), *arrays(source.train, classes=range(5)), epochs, rate=0.05)
        trunk.save_weights(file)
        saved = create_model("googlenet", include_top=False, weights=file, **FORM)

    classes = range(5, 10) if target == "digits" else range(other.classes)
    x, y = arrays(other.train, classes, images)
    test = arrays(other.test, classes)
    print(f"{len(x)} training and {len(test[0])} test images of {target}, {len(classes)} classes")
    tuned, scratch = fine_tune(saved, x, y, len(classes), epochs), from_scratch(x, y, len(classes), epochs)
    print(f"test top-1: {accuracy(tuned, *test):.1%} on the saved trunk, {accuracy(scratch, *test):.1%} from scratch")


def arrays(split, classes, number: int | None = None):
    """The first `number` examples of the classes: images in [-1, 1], float32 (n, 32, 32, 3), and labels from 0."""
    chosen = np.flatnonzero(np.isin(split.labels, list(classes)))[:number]
    images, labels = split.take(chosen)
    if images.shape[-1] == 1:
        images = np.repeat(images, 3, axis=-1)
    return images.astype("float32") / 127.5 - 1, labels - classes[0]


def with_head(trunk, classes: int):
    """The trunk with a new head: average pooling and a linear layer. Returns logits."""
    import keras

    x = keras.layers.GlobalAveragePooling2D()(trunk.output)
    return keras.Model(trunk.input, keras.layers.Dense(classes)(x))


def train(model, x, y, epochs: int, *, rate: float):
    import keras

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(rate, momentum=0.9, nesterov=True), loss)
    model.fit(x, y, batch_size=min(32, len(x)), epochs=epochs, verbose=0)


def fine_tune(trunk, x, y, classes: int, epochs: int):
    """Trains the head first: the gradients of an untrained head would disturb the trunk."""
    model = with_head(trunk, classes)
    trunk.trainable = False
    train(model, x, y, epochs, rate=0.05)
    trunk.trainable = True
    train(model, x, y, epochs, rate=0.005)
    return model


def from_scratch(x, y, classes: int, epochs: int):
    from inception_keras import create_model

    model = with_head(create_model("googlenet", include_top=False, **FORM), classes)
    train(model, x, y, 2 * epochs, rate=0.05)
    return model


def accuracy(model, x, y) -> float:
    return float((model.predict(x, verbose=0).argmax(axis=1) == y).mean())


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    run_app(app)
