"""Student's distributions, by the functions that `scipy.stats` calls too; importing that takes a second."""

from scipy import special


def quantile(share: float, degrees: float) -> float:
    """The value below which a t-distributed number lies with probability `share`."""
    return float(special.stdtrit(degrees, share))


def tail(value: float, degrees: float) -> float:
    """The probability that a t-distributed number is larger than `value`."""
    return float(special.stdtr(degrees, -value))


def noncentral_tail(value: float, degrees: float, shift: float) -> float:
    """The probability that a noncentral t-distributed number is larger than `value`."""
    return 1 - float(special.nctdtr(degrees, shift, value))


def noncentrality(share: float, degrees: float, value: float) -> float:
    """The shift with which a noncentral t-distributed number lies below `value` with probability `share`."""
    return float(special.nctdtrinc(degrees, share, value))
