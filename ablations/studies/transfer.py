"""Heads on a trunk that was trained before: where networks are transferred, average pooling or a fully connected layer?

Claim:    average pooling with a linear layer "enables adapting and fine-tuning our networks for other label sets
          easily", and "a move from fully connected layers to average pooling improved the top-1 accuracy by about
          0.6%" (arXiv 1409.4842, section 5, for training on ImageNet from random weights).
Command:  python -m ablations run transfer --data-dir DIR
Data:     Imagenette (160px-v2) at 160 pixels; last map 5x5
Start:    TF-slim's Inception v1 with its ImageNet weights, fetched and checked on first use; only the head is trained
Time:     not run here; `plan` measures it. Each image passes the trunk once, since images are not augmented
Recipe:   as in `imagenette`, with twice its epochs; the same for both arms. Fewer epochs show whether 12 were enough.
Expected: two points or less between the heads: the pooled map was trained to be separated linearly, and the hidden
          layer has 26 million weights for 8,500 images.
Refuted:  a hidden layer that is as good or better, beyond the noise of the seeds.
Note:     the trunk was trained on ImageNet, of which Imagenette is a part, so both accuracies are higher than on new
          images: only the difference says something. It was trained behind average pooling, which speaks for the claim.
"""

from ablations.study import ONE_BRANCH_ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Variant

STUDY = Study(
    name="transfer",
    question="On a pretrained trunk that is not trained further: average pooling or a fully connected layer?",
    dataset="imagenette/160px-v2",
    image_size=160,
    recipe=Recipe(epochs=12, batch_size=64, learning_rate=0.2, augmentation=(), precision="float32"),
    base={"preset": "slim", "weights": "slim/inception_v1_2016_08_28.tar.gz@7a620c430fca", "freeze": "trunk"},
    variants=(
        Variant("gap", {}, "the paper: global average pooling and a linear layer", label="average pooling"),
        Variant(
            "fc_1024",
            {"head": "fc"},
            "a hidden layer of 1,024 on the flattened 5x5 map",
            label="a hidden layer of 1,024",
        ),
    ),
    seeds=10,
    rungs=(3, 6, 12),
    rung_seeds={3: 3, 6: 3},
    floor=0.9,
    claim=Claim(
        statement="On a pretrained trunk, average pooling instead of a hidden layer improves top-1 by about 0.6 points",
        source="arXiv 1409.4842, section 5, for training from random weights",
        variant="fc_1024",
        effect=-0.6,
        margin=0.3,  # half of what is claimed
        refuted_by="a hidden layer that is as good or better, beyond the noise of the seeds",
    ),
    guards=Guards(params={"gap": 5_602_874, "fc_1024": 31_818_298}),
    # a frozen trunk of random weights, which learns nothing: nothing is fetched
    reduced=Reduced(
        settings={**ONE_BRANCH_ON_DIGITS, "epochs": 1, "weights": None, "stem": "small", "stem_stride": 2},  # one rung
        seeds=1,
        guards=Guards(params={"gap": 5_676, "fc_1024": 802_892}),
    ),
)
