"""1,000 random tables: the numbers of a direct comparison, or one clear line."""

import json
import random

import pytest

from ablations.evidence.foreign import judge
from ablations.foreign.arms import read_arms
from ablations.foreign.asked import Asked
from ablations.statistics import compare
from inception_keras import UserError

NAMES = ["alpha", "bêta", "gamma 2", "delta-3", "«epsilon»", "zeta,eta"]
SPOILS = ["none"] * 12 + ["duplicate", "mixed units", "text", "cut line", "no seed"]


class Drawn:
    """A table with known contents: `arms` by name and seed, in points."""

    def __init__(self, number: int):
        draw = random.Random(number)
        self.draw, self.spoil = draw, draw.choice(SPOILS)
        self.unit = draw.choice(["fraction", "percent", "sign"])
        self.seeds = sorted(draw.sample(range(20), draw.randint(2, 9)))
        self.arms = {name: self._scores() for name in draw.sample(NAMES, draw.randint(2, 4))}
        self.shape = draw.choice(["long", "wide", "files"])
        self.format = draw.choice(["csv", "csv", "csv", "jsonl"])
        self.separator = draw.choice([",", ";", "\t", "|"])
        self.comma = self.separator != "," and draw.random() < 0.5
        self.encoding = draw.choice(["utf-8", "utf-8-sig", "utf-16", "cp1252"])
        self.emptied = False  # a row that spoiling left without any cell
        self.line_end = draw.choice(["\n", "\r\n"])
        self.drops = draw.random() < 0.5  # a seed without a score has no row, where an arm has its own rows

    def _scores(self) -> dict[int, float | None]:
        """Scores as the file has them; `None` where it has nothing. Constant, tied or neither."""
        kind, base = self.draw.choice(["free", "ties", "constant"]), self.draw.uniform(20, 90)
        made: dict[int, float | None] = {}
        for seed in self.seeds:
            spread = {"free": self.draw.gauss(0, 1), "ties": self.draw.choice([0, 0.5, 1]), "constant": 0}[kind]
            value = base + spread
            made[seed] = value / 100 if self.unit == "fraction" else value
            if self.draw.random() < 0.08:
                made[seed] = None
        return made

    def text(self, value: float | None) -> str:
        if value is None:
            return self.draw.choice(["", "NaN", "nan", "NA", "inf"])
        text = repr(value).replace(".", ",") if self.comma else repr(value)
        return f"{text}%" if self.unit == "sign" else text

    def write(self, folder) -> list:
        if self.shape == "wide":
            rows = [[str(seed), *(self.text(arm[seed]) for arm in self.arms.values())] for seed in self.seeds]
            tables = {"all": [["seed", *self.arms], *rows]}
        elif self.shape == "long":
            rows = [
                [name, str(seed), self.text(value)]
                for name, arm in self.arms.items()
                for seed, value in arm.items()
                if self._has_row(value)
            ]
            tables = {"all": [["run", "seed", "accuracy"], *rows]}
        else:
            tables = {name: [["seed", "accuracy"], *self._rows(arm)] for name, arm in self.arms.items()}
        self._spoil(next(iter(tables.values())))
        return [self._write(folder, name, table) for name, table in tables.items()]

    def _rows(self, arm: dict[int, float | None]) -> list[list[str]]:
        return [[str(seed), self.text(value)] for seed, value in arm.items() if self._has_row(value)]

    def _has_row(self, value: float | None) -> bool:
        return value is not None or not self.drops

    def _spoil(self, table: list[list[str]]):
        if len(table) == 1:
            return
        row = self.draw.randrange(1, len(table))
        if self.spoil == "duplicate":
            table.append(list(table[row]))
        elif self.spoil == "mixed units":
            table[row][-1] = "55.5" if self.unit == "fraction" else "0.555"
        elif self.spoil == "text":
            table[row][-1] = "eighty"
        elif self.spoil == "cut line":
            table[row] = table[row][:-1]
        elif self.spoil == "no seed":
            table[row][table[0].index("seed")] = ""
            self.emptied = not any(table[row])

    def _write(self, folder, name, table):
        path = folder / f"{name}.{self.format}"
        if self.format == "jsonl":
            lines = [json.dumps(dict(zip(table[0], row, strict=False))) for row in table[1:]]
            path.write_bytes(self.line_end.join(lines).encode())
        else:
            lines = [self.separator.join(f'"{cell}"' if "," in cell else cell for cell in row) for row in table]
            path.write_bytes(self.line_end.join(lines).encode(self.encoding))
        return path

    def asked(self) -> Asked:
        """A column of one number is taken as a setting unless it is said to be an arm."""
        alike = any(len(set(arm.values())) == 1 for arm in self.arms.values())
        return Asked(arms=tuple(self.arms)) if self.shape == "wide" and alike else Asked()

    def expected(self) -> list:
        """The comparison of each further arm that has scores with the first."""
        factor = 100 if self.unit == "fraction" else 1
        arms = [
            {seed: factor * value for seed, value in arm.items() if value is not None} for arm in self.arms.values()
        ]
        first, *others = [arm for arm in arms if arm]
        made = []
        for other in others:
            both = sorted(first.keys() & other.keys())
            rows = [[arm[seed] for seed in both or sorted(arm)] for arm in (first, other)]
            made.append(compare(rows[0], rows[1], paired=bool(both)))
        return made


@pytest.mark.parametrize("tables", [150, pytest.param(1000, marks=pytest.mark.slow)])
def test_random_tables_give_the_numbers_of_a_direct_comparison_or_one_line(tmp_path, tables):
    right = refused = 0
    for number in range(tables):
        drawn = Drawn(number)
        folder = tmp_path / str(number)
        folder.mkdir()
        paths = drawn.write(folder)
        try:
            found = [one.evidence.found for one in judge(read_arms(paths, drawn.asked())).judged]
        except UserError as error:
            assert "\n" not in str(error)
            refused += 1
            assert drawn.spoil != "none" or _may_be_refused(drawn), (number, str(error))
            continue
        assert drawn.spoil == "none" or _is_harmless(drawn), (number, drawn.spoil)
        if drawn.spoil != "none":
            continue
        for one, other in zip(found, drawn.expected(), strict=True):
            assert (one.n, one.p_value) == (other.n, other.p_value), number
            assert one.difference == pytest.approx(other.difference, abs=1e-9), number
            assert one.low == pytest.approx(other.low, abs=1e-9), number
        right += 1
    assert right > tables / 2
    assert refused > tables / 10


def _may_be_refused(drawn: Drawn) -> bool:
    """Fewer than two arms with scores; or JSON, whose texts know no decimal comma."""
    filled = [arm for arm in drawn.arms.values() if any(value is not None for value in arm.values())]
    everywhere = len(filled) == len(drawn.arms)
    return len(filled) < 2 or not everywhere or (drawn.format == "jsonl" and drawn.comma)


def _is_harmless(drawn: Drawn) -> bool:
    """An object of JSON without a score is a missing score; a column of one text is no arm; an empty line no row."""
    last = [value for value in list(drawn.arms.values())[-1].values() if value is not None]
    no_arm = drawn.shape == "wide" and drawn.spoil == "text" and len(last) < 2 and len(drawn.arms) > 2
    empty_line = drawn.emptied and drawn.format == "csv"
    return no_arm or empty_line or (drawn.format == "jsonl" and drawn.spoil == "cut line")
