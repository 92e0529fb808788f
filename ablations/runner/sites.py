"""Where the workers of one run are: trials of different data, backends or devices can't be compared."""

from ablations.records.trained_data import only_read_otherwise, reading
from ablations.records.trials import Site
from inception_keras.errors import UserError


def check_compatible(number: int, site: Site, first: Site):
    """Checks the site of a worker against that of the first one.

    Raises:
        UserError: Its trials could not be compared with those of the first worker.
    """
    if only_read_otherwise(site.data, first.data):
        raise UserError(
            f"worker {number} has the data {reading(site.data)} and the first worker has it {reading(first.data)}, "
            "which can't be compared: prepare the set in the same format on every machine"
        )
    if site.data != first.data or site.rounding.backend != first.rounding.backend:
        raise UserError(
            f"worker {number} has other data or another backend than the first worker "
            f"({site.data['fingerprint']} on {site.rounding.backend}, {first.data['fingerprint']} on "
            f"{first.rounding.backend}): prepare the same data set and set the same KERAS_BACKEND on every machine"
        )
    if site.rounding.replicas != first.rounding.replicas:
        raise UserError(
            f"worker {number} has {site.rounding.replicas} devices per trial and the first worker has "
            f"{first.rounding.replicas}: such trials can't be compared; give every worker the same number, or drop "
            "`--distribute data`"
        )
    if site.rounding.dispatch != first.rounding.dispatch:
        raise UserError(
            f"worker {number} has {_gpu(site)} and the first worker has {_gpu(first)}: such trials can't be "
            "compared; give every worker a GPU, or none"
        )


def _gpu(site: Site) -> str:
    return "a GPU" if site.rounding.dispatch == "scan" else "none"
