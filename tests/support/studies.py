"""A study that a test changes: two heads on the digits, declared and never trained."""

from ablations.study import Recipe, Study, Variant

GAP, FC = Variant("gap"), Variant("fc", {"head": "fc"}, "the other head")


def study(**changes) -> Study:
    settings = {"name": "s", "question": "?", "dataset": "digits", "recipe": Recipe(epochs=1), "base": {"width": 0.5}}
    return Study(**{**settings, "variants": (GAP, FC), **changes})
