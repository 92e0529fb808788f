"""A case of milliseconds with fake contestants, their rounds, and the page of such rounds."""

from benchmarks import folder, page, table
from benchmarks.cases import Case
from benchmarks.contestants import Contestant

TINY = Case(
    name="tiny",
    why="A few milliseconds",
    work="train",
    contestants=("fast", "slow", "broken", "dies", "careless", "absent"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.03125},
    side=32,
    batch=4,
    classes=10,
)
FAKES = {name: Contestant("tests.support.contestants", name, "") for name in TINY.contestants}
FAKES["absent"] = Contestant("tests.support.contestants", "", "", ("no_such_package",))
MACHINE = folder.Machine("a chair", "avx2", "python 3")
ORIGIN = folder.Origin("What it is", "abc", 0.0)


def timings(contestant, seconds, **changes):
    """Rounds of 10 steps of 32 images."""
    row = {"case": "c", "unit": "images/s", "contestant": contestant, "steps": 10, "images": 32, "macs": None}
    row |= {"params": 7, "device": "cpu"} | changes
    return [{**row, "round": number + 1, "seconds": value} for number, value in enumerate(seconds)]


def rendered(rows, **origins):
    return page.render(table.summarize(rows), table.against_best(rows), MACHINE, origins)
