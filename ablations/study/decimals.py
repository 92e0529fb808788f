"""How numbers are written: two decimals in points, per cent and epochs, three significant digits in other units."""

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

TWO = ("points", "%", "epochs")  # of other units, such as nats, nobody knows how large a difference is
ZERO = 1e-9  # what is smaller is an error of rounding
EXACT = 1e15  # of larger numbers a float has no decimals


def plain(value: float, unit: str = "points", spread: float = 0.0) -> str:
    """A number with no sign but a minus; beside its spread it has the digits of that.

    >>> plain(2.888), plain(-0.001), plain(0.000812, "nats"), plain(1234.4, "units")
    ('2.89', '0.00', '0.000812', '1234')
    >>> plain(80.835), plain(100 * 0.80835)
    ('80.84', '80.84')
    """
    return _written(value, unit, "", spread or value)


def signed(value: float, unit: str = "points") -> str:
    """A number with its sign.

    >>> signed(2.888), signed(-0.001), signed(0.000812, "nats")
    ('+2.89', '+0.00', '+0.000812')
    """
    return _written(value, unit, "+", value)


def amount(size: float, unit: str) -> str:
    """A size that somebody chose, as it was written, with its unit, which is named in the plural.

    >>> amount(0.3, "points"), amount(1.0, "points")
    ('0.3 points', '1 point')
    """
    return f"{size:g} {unit.removesuffix('s') if size == 1 else unit}"


def amounts(sizes: Sequence[float], unit: str) -> str:
    """Several sizes that somebody chose, each as it was written.

    >>> amounts([0.3, 1.0], "points")
    '0.3 or 1 point'
    """
    *others, last = sizes
    return " or ".join([*(f"{size:g}" for size in others), amount(last, unit)])


def counted(number: int, things: str) -> str:
    """A number of things, which are named in the plural.

    >>> counted(1, "seeds"), counted(2000, "seeds")
    ('1 seed', '2,000 seeds')
    """
    return f"{number:,} {things.removesuffix('s') if number == 1 else things}"


def numbered(thing: str, numbers: Sequence[int]) -> str:
    """Things by their ascending numbers, three or more in a row by the first and the last.

    >>> numbered("seed", [3]), numbered("seed", [0, 1]), numbered("seed", [0, 1, 2, 3, 7])
    ('seed 3', 'seeds 0, 1', 'seeds 0 to 3, 7')
    """
    rows: list[list[int]] = []
    for number in numbers:
        if rows and number == rows[-1][-1] + 1:
            rows[-1].append(number)
        else:
            rows.append([number])
    words = (f"{row[0]} to {row[-1]}" if len(row) > 2 else ", ".join(map(str, row)) for row in rows)
    return f"{thing}{'s' * (len(numbers) > 1)} {', '.join(words)}"


def _written(value: float, unit: str, sign: str, scale: float) -> str:
    """A number with as many decimals as three significant digits of `scale` have."""
    digits = 2
    if unit not in TWO and abs(scale) > ZERO and math.isfinite(scale):
        digits = max(0, 2 - math.floor(math.log10(abs(scale))))
    return _rounded(value, digits, sign)


def _rounded(value: float, digits: int, sign: str) -> str:
    """A number with so many decimals, a half rounded away from 0.

    A mean of accuracies that is 80.835 may be a float just below or above it, which depends on how it was summed. So
    the number is rounded to four decimals more first.
    """
    if not abs(value) < EXACT:
        return f"{value:{sign}.{digits}f}"
    near = Decimal(f"{value:.{digits + 4}f}")
    return f"{near.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0:{sign}f}"  # + 0 makes -0.00 to 0.00
