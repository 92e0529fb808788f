"""More models or more crops: do the paper's six rows keep their order?

Claim:    the top-5 error falls from 10.07% (one model, one crop) over 9.15 (1 x 10), 8.09 (7 x 1), 7.89 (1 x 144) and
          7.62 (7 x 10) to 6.67% (7 models, 144 crops): arXiv 1409.4842, Table 3, which gives no spread. The claim is
          the order of the rows, since the numbers are ImageNet's.
Command:  python -m ablations run ensembles --keep-weights --data-dir DIR, then
          python -m ablations ensemble ensembles --data-dir DIR
Data:     CIFAR-10, a fifth of the training images, patches of 28 pixels (the paper's `inception_crop`); evaluated on
          the first 5,000 test images, in crops of 28 pixels at shorter sides 32, 36, 40 and 44, the paper's proportions
Time:     about 20 seconds per trial on 2 cores, and 4 minutes to evaluate: 42 of 144 crops of a square image differ,
          and 8 networks x 42 crops x 5,000 images are 1.7 million passes of 4.6 million multiply-adds
Refuted:  two neighbouring rows in the opposite order, beyond chance over images.
Measure:  top-1 error. With ten classes, one of five guesses is nearly always right, which hides differences.
Models:   eight seeds of one variant, so that seven can be drawn in eight ways. The paper's seven were trained alike
          too, except for one wider network, but started from the same weights; these start from different ones.
"""

from ablations.study import ONE_BRANCH_ON_DIGITS, Guards, Recipe, Reduced, Study, Variant
from ablations.study.claims import Ordering

STUDY = Study(
    name="ensembles",
    question="Which is worth more, more models or more crops?",
    dataset="cifar10",
    image_size=28,
    fraction=0.2,
    recipe=Recipe(epochs=6, precision="float32", augmentation=("inception_crop", "flip")),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.125},
    variants=(Variant("gap", {}, "the paper: global average pooling and a linear layer", label="average pooling"),),
    seeds=8,
    ordering=Ordering(
        statement="More models and more crops lower the error in the order of the paper's six rows",
        source="arXiv 1409.4842, Table 3",
        images=5000,
        refuted_by="two neighbours of the order that stand the other way round",
    ),
    guards=Guards(params={"gap": 95_010}),
    reduced=Reduced(
        settings={**ONE_BRANCH_ON_DIGITS, "image_size": 16, "augmentation": ("inception_crop",)},
        seeds=1,
        guards=Guards(params={"gap": 5_910}),
    ),
)
