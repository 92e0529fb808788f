"""Does the bench work here? Both heads, auxiliary heads and reduction on scikit-learn's handwritten digits.

Command:  make run, or python -m ablations run quickstart
Data:     digits (1,797 grey images of 8x8, enlarged to 32x32), embedded: nothing is downloaded
Time:     about 3 minutes on 2 cores
Expected: every variant over 90% top-1. The digits are too easy and too few to rank the variants; this study shows what
          a study looks like, and that all parts work on this machine.
"""

from ablations.study import Guards, Recipe, Reduced, Study, Variant

STUDY = Study(
    name="quickstart",
    question="Do all parts work here? Heads, reduction and auxiliary heads on digits",
    dataset="digits",
    image_size=32,
    recipe=Recipe(epochs=6, batch_size=32, learning_rate=0.05, augmentation=("crop",), precision="float32"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.125, "batch_momentum": 0.9},
    variants=(
        Variant("gap", {}, "the paper: global average pooling and a linear layer", label="average pooling"),
        Variant(
            "fc",
            {"head": "fc", "fc_units": (256,)},
            "a hidden layer of 256 on the flattened map",
            label="a hidden layer of 256",
        ),
        Variant("no_reduce", {"reduce": False}, "3x3 and 5x5 straight on the module's input", label="no reduction"),
        Variant("aux_heads", {"aux_heads": True}, "two auxiliary classifiers while training", label="auxiliary heads"),
    ),
    seeds=2,
    guards=Guards(params={"gap": 94_578, "fc": 620_402, "no_reduce": 380_286, "aux_heads": 115_942}, least_top1=0.8),
    reduced=Reduced(
        settings={"epochs": 3, "fraction": 0.5},
        seeds=1,
        guards=Guards(
            params={"gap": 94_578, "fc": 620_402, "no_reduce": 380_286, "aux_heads": 115_942}, least_top1=0.3
        ),
    ),
)
