"""Studies small enough for a test: networks of a few channels on a fifth of `digits`, trained in seconds."""

from dataclasses import replace

from ablations.study import Recipe, Study, Variant

TINY = Study(
    name="tiny",
    question="Does it run?",
    dataset="digits",
    image_size=32,
    fraction=0.2,
    recipe=Recipe(epochs=1, batch_size=32, learning_rate=0.05, augmentation=("crop",), precision="float32"),
    base={
        **{"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.03125, "batch_momentum": 0.9},
        "branches": ("1x1",),  # 10 of 57 convolutions: quick to trace, with dropout, batch normalisation, all heads
    },
    variants=(Variant("gap"), Variant("fc", {"head": "fc", "fc_units": (16,)}, "the other head")),
    seeds=2,
)

# Traced in a tenth of GoogLeNet's time: for tests of the runner, to which the network does not matter.
QUICK = replace(TINY, base={"model": "three_convolutions", "head": "gap", "width": 0.5, "dropout": 0.2})
