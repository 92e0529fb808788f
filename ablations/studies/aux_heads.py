"""Auxiliary heads: do they help, and does batch normalisation take their place?

Claim:    the auxiliary classifiers were expected to strengthen the gradient and to regularise (arXiv 1409.4842,
          section 5, without a measured effect); "Rethinking the Inception Architecture" (arXiv 1512.00567) saw no
          faster convergence early, a slightly higher plateau at the end, and calls them regularisers.
Command:  python -m ablations run aux_heads --data-dir DIR
Data:     CIFAR-10, 32x32
Time:     about 7 minutes a trial on 2 cores
Refuted:  no difference, or a loss, beyond the noise of the seeds.
Note:     a 2x2 with normalisation, since the heads predate batch normalisation. A trial that diverges is an outcome.
"""

from ablations.study import ON_DIGITS, Claim, Factor, Guards, Recipe, Reduced, Study

STUDY = Study(
    name="aux_heads",
    question="Do auxiliary heads help, with batch normalisation and without?",
    dataset="cifar10",
    recipe=Recipe(epochs=6, learning_rate=0.1),
    base={"stem": "small", "stem_stride": 2, "width": 0.25, "normalization": "batch"},
    factors=(
        Factor("aux_heads", False, (True,)),
        Factor("normalization", "batch", ("lrn",)),
    ),
    design="full_factorial",
    seeds=8,
    claim=Claim(
        statement="Auxiliary heads improve the accuracy of the network that they train",
        source="arXiv 1409.4842, section 5; arXiv 1512.00567, section 4",
        variant="aux_heads",
        margin=0.3,
        refuted_by="no difference, or a loss, beyond the noise of the seeds",
    ),
    reduced=Reduced(
        settings=ON_DIGITS,
        seeds=1,
        guards=Guards(
            params={
                "baseline": 94_578,
                "normalization_lrn": 93_684,
                "aux_heads": 115_942,
                "aux_heads+normalization_lrn": 115_016,
            }
        ),
    ),
)
