"""ImageNet with batch normalisation and a later recipe: what is average pooling worth then?

Claim:    the paper's "about 0.6%" for average pooling (arXiv 1409.4842, section 5), on a network that trains well.
Command:  python -m ablations run imagenet_batchnorm --data-dir DIR
Data:     imagenet2012, 224x224, streamed from ArrayRecord, split and cropped as in `imagenet`
Time:     months per trial on 2 cores, so it is for accelerators: see `plan`
Refuted:  a fully connected head that is as good or better, beyond the noise of the seeds.
Recipe:   arXiv 1812.01187 ("Bag of Tricks"), sections 2.1, 3.1 and 5: Nesterov momentum 0.9, a learning rate of 0.1 for
          a batch of 256 and in proportion for others, weight decay 1e-4 on kernels alone, linear warm-up over 5 epochs,
          then a cosine to 0; crops of 8 to 100%. It trains for 120 epochs, this study for 60, as in `imagenet`.
Note:     its label smoothing and mixup are left out: they change the loss by which heads are compared. Batch
          normalisation, with momentum 0.99 for its moving statistics, and the paper's dropout are those of the preset.
"""

from dataclasses import replace

from ablations.studies.imagenet import STUDY as IMAGENET
from ablations.study import ON_DIGITS, Guards, Recipe, Reduced

assert IMAGENET.claim is not None and IMAGENET.reduced is not None, "imagenet has a claim and a reduced profile"

STUDY = replace(
    IMAGENET,
    name="imagenet_batchnorm",
    question="On ImageNet, with batch normalisation: is average pooling better than a fully connected layer?",
    recipe=Recipe(
        epochs=60,
        batch_size=128,
        learning_rate=0.05,
        schedule="one_cycle",
        warmup=5 / 60,
        momentum=0.9,
        weight_decay=1e-4,
        augmentation=("inception_crop", "flip"),
        precision="bfloat16",
        aux_weight=0.3,
    ),
    base={"preset": "batchnorm", "aux_heads": True},
    claim=replace(
        IMAGENET.claim,
        statement="On ImageNet with batch normalisation, average pooling improves top-1 by about 0.6 points",
        source="arXiv 1409.4842, section 5, for a network without batch normalisation",
    ),
    guards=Guards(params={"gap": 13_385_816, "fc_1024": 64_767_064}),
    reduced=Reduced(
        settings={
            **{name: value for name, value in IMAGENET.reduced.settings.items() if name != "learning_rate"},
            **{name: ON_DIGITS[name] for name in ("batch_size", "precision")},
        },
        seeds=1,
        guards=Guards(params={"gap": 7_484, "fc_1024": 411_724}),
    ),
)
