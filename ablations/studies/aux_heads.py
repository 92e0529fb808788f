"""Auxiliary heads: none, the lower, the upper or both, with and without batch normalisation.

Claim:    the auxiliary classifiers were expected to strengthen the gradient and to regularise (arXiv 1409.4842,
          section 5, without a measured effect). "Rethinking the Inception Architecture" (arXiv 1512.00567) saw no
          faster convergence early, a slightly higher plateau at the end and no harm in leaving out the lower one, and
          calls them regularisers.
Command:  python -m ablations run aux_heads --data-dir DIR
Data:     CIFAR-10, 32x32, a tenth of the training images
Time:     about 15 seconds per trial on 2 cores
Recipe:   as in `normalization`, with fewer epochs.
Refuted:  no difference, or a loss, beyond the noise of the seeds.
Note:     heads and normalisation form a full factorial, since the heads predate batch normalisation. A trial that
          diverges has the accuracy of chance.
"""

from ablations.study import ONE_BRANCH_ON_DIGITS, Claim, Factor, Guards, Recipe, Reduced, Study

STUDY = Study(
    name="aux_heads",
    question="Do auxiliary heads help, which of them, with batch normalisation and without?",
    dataset="cifar10",
    fraction=0.1,
    recipe=Recipe(epochs=4, batch_size=64, learning_rate=0.05, precision="float32"),
    base={"stem": "small", "stem_stride": 2, "width": 0.125, "normalization": "batch", "batch_momentum": 0.9},
    factors=(
        Factor(
            "aux_heads",
            False,
            ("4a", "4d", True),
            labels=(
                "no auxiliary heads",
                "the lower auxiliary head",
                "the upper auxiliary head",
                "both auxiliary heads",
            ),
        ),
        Factor(
            "normalization",
            "batch",
            ("lrn",),
            labels=("with batch normalisation", "with local response normalisation"),
        ),
    ),
    design="full_factorial",
    seeds=8,
    comparisons=(
        ("baseline", "aux_heads"),
        ("normalization_lrn", "aux_heads+normalization_lrn"),
        ("aux_heads_4d", "aux_heads"),
    ),
    claim=Claim(
        statement="Auxiliary heads improve the accuracy of the network that they train, with batch normalisation",
        source="arXiv 1512.00567, section 4",
        variant="aux_heads",
        margin=0.3,
        metric="top1_or_chance",
        refuted_by="no difference, or a loss, beyond the noise of the seeds",
    ),
    secondary=(
        Claim(
            statement="Auxiliary heads improve the accuracy of the paper's network, without batch normalisation",
            source="arXiv 1409.4842, section 5",
            variant="aux_heads+normalization_lrn",
            baseline="normalization_lrn",
            margin=0.3,
            metric="top1_or_chance",
            refuted_by="no difference, or a loss, beyond the noise of the seeds",
        ),
        Claim(
            statement="The lower auxiliary head can be left out without harm",
            source="arXiv 1512.00567, section 4",
            variant="aux_heads",
            baseline="aux_heads_4d",
            effect=0.0,
            margin=0.5,
            metric="top1_or_chance",
            refuted_by="both heads better than the upper one by more than half a point",
        ),
    ),
    reduced=Reduced(
        settings=ONE_BRANCH_ON_DIGITS,
        seeds=1,
        guards=Guards(params={"baseline": 5_910, "aux_heads": 25_802, "aux_heads+normalization_lrn": 25_536}),
        variants=("baseline", "aux_heads", "aux_heads+normalization_lrn"),
    ),
)
