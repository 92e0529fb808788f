"""Three convolutions on ships and airplanes: does average pooling lose, as an article found?

Claim:    an article on average pooling reports 89.3% at best with pooling, after 5,000 epochs, and more with the fully
          connected layers of 120 and 84; its two networks have 7,842 and 171,854 parameters.
Command:  python -m ablations run three_convolutions --data-dir DIR
Data:     CIFAR-10's airplanes and ships: 9,000 training and 2,000 test images of 32x32
Time:     about 20 seconds per trial on 2 cores, minutes for `gap_wide`
Refuted:  average pooling that is as good or better.
Pairs:    `fc_narrow` has about as many parameters as `gap` (7,580 and 7,842), `gap_wide` as many as `fc` (172,468 and
          171,854), with sixteen times the multiply-adds.
Recipe:   10 epochs instead of 5,000: momentum, a one-cycle learning rate and augmentation replace the thousands of
          epochs that the article's plain gradient descent needs. The article does not state its optimiser,
          initialisation and augmentation.
"""

from ablations.study import ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Variant

ARTICLE = "an article on average pooling, tried on CIFAR-10's ships and airplanes"

STUDY = Study(
    name="three_convolutions",
    question="Is average pooling worse than fully connected layers on a small network, at equal parameters too?",
    dataset="cifar10",
    classes=("airplane", "ship"),
    recipe=Recipe(epochs=10, learning_rate=0.02, precision="float32"),
    base={"model": "three_convolutions"},
    variants=(
        Variant("fc", {}, "hidden layers of 120 and 84 on the flattened 8x8 map", label="two hidden layers"),
        Variant("gap", {"head": "gap"}, "global average pooling and a linear layer", label="average pooling"),
        Variant(
            "fc_narrow",
            {"fc_units": (6,), "width": 0.6},
            "the parameters of gap: 12 maps, a hidden layer of 6",
            label="a hidden layer on fewer maps",
        ),
        Variant(
            "gap_wide",
            {"head": "gap", "width": 4.85},
            "the parameters of fc: 97 maps",
            label="average pooling of more maps",
        ),
    ),
    seeds=8,
    comparisons=(("fc", "gap"), ("fc_narrow", "gap"), ("fc", "gap_wide")),
    claim=Claim(
        statement="Average pooling is worse than fully connected layers of 120 and 84",
        source=ARTICLE,
        variant="gap",
        direction="worse",
        margin=0.5,
        refuted_by="average pooling that is as good or better",
    ),
    secondary=(
        Claim(
            statement="It is worse at equal parameters too, against fewer maps",
            source=ARTICLE + ", which leaves the parameters unequal",
            variant="gap",
            baseline="fc_narrow",
            direction="worse",
            margin=0.5,
            refuted_by="average pooling that is as good or better",
        ),
        Claim(
            statement="It is worse at equal parameters too, with more maps",
            source=ARTICLE + ", which leaves the parameters unequal",
            variant="gap_wide",
            direction="worse",
            margin=0.5,
            refuted_by="average pooling that is as good or better",
        ),
    ),
    retired="ships_and_airplanes asks the same of networks that are tuned and trained out",
    guards=Guards(params={"fc": 171_854, "gap": 7_842, "fc_narrow": 7_580, "gap_wide": 172_468}, least_top1=0.6),
    reduced=Reduced(
        settings={
            **{name: value for name, value in ON_DIGITS.items() if name not in ("width", "batch_momentum")},
            **{"classes": ("0", "1"), "fraction": 1.0, "epochs": 10},  # 80 steps: in 12 pooling learns nothing
        },
        seeds=1,
        guards=Guards(params={"fc": 171_494, "gap": 7_482}, least_top1=0.7),
        variants=("fc", "gap", "fc_narrow"),  # `gap_wide` takes as long as the three together
    ),
)
