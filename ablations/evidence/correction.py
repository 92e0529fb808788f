"""One correction of p-values over all tests that are declared, of differences and of equivalence together."""

from collections.abc import Mapping, Sequence

from ablations.statistics import Comparison, equivalence, holm_exclusive

Test = tuple[str, str, str]  # (baseline, variant, metric)


def correct(
    tests: Sequence[Test], claimed: Sequence[tuple[Test, float | None]], found: Mapping[Test, Comparison]
) -> dict[tuple[Test, float | None], float]:
    """The corrected p-values of every declared test: of "no difference" (`None`), and of "as large as the margin".

    The two exclude each other, so they are a group (`statistics.holm_exclusive`). A test that can't be made yet counts
    in the correction all the same, with p = 1.

    Args:
        tests: All that are declared.
        claimed: Those that a claim is about, each with the claim's margin.
        found: The comparisons that could be made.
    """
    groups: list[list[tuple[Test, float | None]]] = [[(test, None)] for test in tests]
    for test, margin in claimed:
        key, own = (test, margin), groups[tests.index(test)]
        if margin is None or key in own:
            continue
        if len(own) == 1:
            own.append(key)
        else:  # two margins exclude each other no more than two tests do
            groups.append([key])
    p_values = [[_p_value(found.get(test), margin) for test, margin in group] for group in groups]
    adjusted = holm_exclusive(p_values)
    return {
        key: p for group, values in zip(groups, adjusted, strict=True) for key, p in zip(group, values, strict=True)
    }


def _p_value(comparison: Comparison | None, margin: float | None) -> float:
    if comparison is None:
        return 1.0
    return comparison.p_value if margin is None else equivalence(comparison, margin).p_value
