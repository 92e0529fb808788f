"""Average pooling against a fully connected layer: what is GoogLeNet's head worth?

Claim:    "a move from fully connected layers to average pooling improved the top-1 accuracy by about 0.6%"
          (arXiv 1409.4842, section 5). The paper names neither the fully connected head nor the number of runs nor a
          spread.
Command:  python -m ablations run gap_vs_fc --data-dir DIR
Data:     CIFAR-10, 32x32; the small stem with stride 2 leaves a last map of 4x4, so that the heads differ
Time:     about 6 minutes per trial on 2 cores that multiply bfloat16 (AMX), up to 13 times as long on others
Refuted:  a fully connected head that is as good or better, beyond the noise of the seeds.
Seeds:    0 to 2 ran before the lock and stay exploratory; the study's seeds are 3 to 10.
Note:     the fully connected arm has 12 times the parameters, so this study can't separate the effect of pooling from
          that of fewer parameters; `head_designs` has pairs with equal parameters.
"""

from ablations.study import ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Variant

STUDY = Study(
    name="gap_vs_fc",
    question="Is average pooling better than a fully connected layer on the flattened map?",
    dataset="cifar10",
    recipe=Recipe(epochs=6),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.25},
    variants=(
        Variant("gap", {}, "the paper: global average pooling and a linear layer", label="average pooling"),
        Variant(
            "fc_1024",
            {"head": "fc"},
            "a hidden layer of 1,024 on the flattened 4x4 map",
            label="a hidden layer of 1,024",
        ),
    ),
    seeds=8,
    first_seed=3,
    claim=Claim(
        statement="Average pooling instead of fully connected layers improves top-1 by about 0.6 points",
        source="arXiv 1409.4842, section 5",
        variant="fc_1024",
        effect=-0.6,
        margin=0.3,  # half of what is claimed
        refuted_by="a fully connected head that is as good or better, beyond the noise of the seeds",
    ),
    guards=Guards(params={"gap": 372_578, "fc_1024": 4_575_586}),
    reduced=Reduced(
        settings={**ON_DIGITS, "fraction": 0.5},
        seeds=1,
        guards=Guards(params={"gap": 94_578, "fc_1024": 2_201_714}, least_top1=0.3),
    ),
)
