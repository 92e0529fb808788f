"""The recipe as a ladder: what each part of the fastest published trainings is worth to a small GoogLeNet.

Claim:    together they are better than one-cycle SGD as in this bench's short trainings. The sources train other
          networks: airbench94 reaches 94% in 9.9 epochs, where a plain training needs 34 (KellerJordan/cifar10-zoo,
          airbench/ablations/README.md); cifar10-fast went from 24 to 10 (davidcpage/cifar10-fast, bag_of_tricks.ipynb).
Command:  python -m ablations run recipe --data-dir DIR
Data:     CIFAR-10, 32x32, all training images; quarter width, last map 4x4
Time:     120 trials of 8 epochs: half an hour each on a core without AVX-512, which trains 170 to 220 images a second,
          so 30 hours on 2 cores; `run recipe --budget MINUTES` goes on where it stopped
Refuted:  the whole stack no better than the plain recipe.
Arms:     a ladder, where each arm adds one switch to the arm before it; `without_...`: the whole stack but one switch;
          and what else could be in its place. Whitening and the pooled stem cost multiply-adds, which the table gives.
Measure:  top-1 on the validation split, since a recipe is chosen by it. The test split is read and chooses nothing.
Note:     four seeds give no p-value under 0.05, so this study ends in intervals, not in a verdict.
"""

from itertools import pairwise
from typing import NamedTuple

from ablations.study import ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Variant


class Switch(NamedTuple):
    name: str
    words: str
    why: str
    recipe: dict | None = None
    toggles: dict | None = None


# In the order of the ladder; values are airbench94's, where no other source is named.
SWITCHES = (
    Switch(
        "decay",
        "weight decay",
        "a third of the step, 8 times the decay",
        {"learning_rate": 0.125, "weight_decay": 0.013},
    ),
    Switch("smoothing", "label smoothing", "softer targets", {"label_smoothing": 0.2}),
    Switch("dropout", "no dropout", "none: in a short training a network does not overfit", None, {"dropout": 0.0}),
    Switch(
        "triangle",
        "the triangular schedule",
        "linear from 0.2 over 1 to 0.07",
        {"schedule": "triangular", "warmup": 0.23},
    ),
    Switch("shift", "shorter shifts", "by 2 pixels instead of 4", {"crop_pixels": 2}),
    Switch(
        "alternating", "alternating flips", "every image in both forms", {"augmentation": ("crop", "alternating_flip")}
    ),
    Switch("statistics", "fast statistics", "fast, and no gamma", None, {"batch_momentum": 0.6, "batch_scale": False}),
    Switch("whitening", "whitening", "the first convolution sees whitened patches", None, {"whitening": True}),
    Switch(
        "identity",
        "the identity start",
        "wide convolutions first pass their input on",
        None,
        {"initializer": "identity"},
    ),
    Switch("beta", "the rate of biases", "64 times the rate for biases of batch normalisation", {"beta_rate": 64.0}),
    Switch("lookahead", "lookahead", "averaged weights", {"averaging": "lookahead"}),
    Switch("logits", "the scale of logits", "divided by 9", None, {"logit_scale": 0.111}),
    Switch(
        "pooling", "the pooled stem", "a stem of stride 1 with pooling (cifar10-fast)", None, {"stem_stride": "pool"}
    ),
)
NAMES = tuple(switch.name for switch in SWITCHES)
PLAIN, ALL = "plain", "all"


def arm(
    name: str, label: str, why: str, switches: tuple[str, ...], recipe: dict | None = None, toggles: dict | None = None
) -> Variant:
    """A variant with some of the switches, and with further settings."""
    on = [switch for switch in SWITCHES if switch.name in switches]
    own = Switch(name, label, why, recipe, toggles)
    settings: dict[str, object] = {}
    overrides: dict[str, object] = {}
    for switch in (*on, own):
        settings |= switch.recipe or {}
        overrides |= switch.toggles or {}
    return Variant(name, overrides, why, settings, label)


def without(name: str) -> tuple[str, ...]:
    return tuple(other for other in NAMES if other != name)


LADDER = (
    Variant(PLAIN, {}, "one-cycle SGD with dropout 0.4, as in this bench's short trainings", label="the plain recipe"),
    *(
        arm(
            f"{number:02d}_{switch.name}",
            f"the parts up to {switch.words}",
            f"and {switch.name}: {switch.why}",
            NAMES[:number],
        )
        for number, switch in enumerate(SWITCHES[:-1], start=1)
    ),
    arm(ALL, "all parts", f"and {SWITCHES[-1].name}: {SWITCHES[-1].why}", NAMES),
)
# Without its last switch the stack is the last rung but one.
LEFT_OUT = tuple(
    arm(f"without_{one.name}", f"all parts but {one.words}", f"the stack but {one.name}", without(one.name))
    for one in SWITCHES[:-1]
)
ADAMW = {"optimizer": "adamw", "learning_rate": 0.002, "weight_decay": 0.5}
OTHERWISE = (
    arm("cutout", "all parts and cutout", "and squares of 5 pixels are covered (cifar10-fast)", NAMES, {"cutout": 5}),
    arm(
        "ema",
        "all parts with a moving average",
        "cifar10-fast's average instead of lookahead",
        NAMES,
        {"averaging": "ema", "average_decay": 0.99},
    ),
    arm("adamw", "all parts with AdamW", "AdamW instead of SGD, with one rate for all", without("beta"), ADAMW),
    arm(
        "channels_16",
        "all parts with channels in multiples of 16",
        "channels in multiples of 16",
        NAMES,
        None,
        {"channel_multiple": 16, "width": 0.2},
    ),
)

STUDY = Study(
    name="recipe",
    question="What is each part of a fast recipe worth to a small GoogLeNet?",
    dataset="cifar10",
    recipe=Recipe(epochs=8, precision="float32"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.25},
    variants=(*LADDER, *LEFT_OUT, *OTHERWISE),
    seeds=4,
    comparisons=(
        *((one.name, other.name) for one, other in pairwise(LADDER)),
        *((ALL, one.name) for one in LEFT_OUT + OTHERWISE),
        (PLAIN, ALL),
    ),
    evaluations=("mirrored",),
    claim=Claim(
        statement="The parts of a fast recipe together are better than the plain one",
        source="KellerJordan/cifar10-zoo, airbench/ablations/README.md, on another network: 9.9 epochs instead of 34",
        variant=ALL,
        direction="better",
        margin=0.3,
        metric="validation_top1",
        refuted_by="a stack of all parts that is no better than the plain recipe",
    ),
    reduced=Reduced(
        settings={**ON_DIGITS, "fraction": 0.5},
        seeds=1,
        guards=Guards(params={PLAIN: 94_578, ALL: 95_236}, least_top1=0.2),
        variants=(PLAIN, ALL),
    ),
)
