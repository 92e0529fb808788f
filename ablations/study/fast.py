"""The recipe for new studies on small images: what the fastest published trainings do, for a small GoogLeNet.

Values are those of KellerJordan/cifar10-airbench (legacy/airbench94.py) in proportion to a batch of 128, and the pooled
stem of davidcpage/cifar10-fast (experiments.ipynb). The study `recipe` asks what each part is worth.
"""

from types import MappingProxyType

from ablations.study.recipe import Recipe

# Toggles of GoogLeNet that belong to the recipe; for the base of a study, beside its width and its heads.
FAST_NETWORK = MappingProxyType(
    {
        "preset": "batchnorm",
        "stem": "small",
        "stem_stride": "pool",
        "whitening": True,
        "batch_momentum": 0.6,
        "batch_scale": False,
        "initializer": "identity",
        "dropout": 0.0,
    }
)


def fast_recipe(epochs: int, **changes) -> Recipe:
    """The recipe, with other values where `changes` has them.

    >>> fast_recipe(24, label_smoothing=0.1).schedule
    'triangular'
    """
    fast = {
        "learning_rate": 0.125,
        "weight_decay": 0.013,
        "label_smoothing": 0.2,
        "schedule": "triangular",
        "warmup": 0.23,
        "augmentation": ("crop", "alternating_flip"),
        "batch_statistics": "recomputed",
        "precision": "float32",
        "beta_rate": 64.0,
        "averaging": "lookahead",
    }
    return Recipe(epochs=epochs, **{**fast, **changes})
