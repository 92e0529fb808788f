"""A stage of the gate may skip a test only if `tests/skips.toml` lists the reason and the stage that runs the test.

`pytest --stage NAME` prints what it skipped and writes it to `build/gate/NAME-skipped.txt`. The first stage, `main`,
also writes `build/gate/OTHER-tests.txt` for each other stage: the node ids, one per line, that this stage has to run.
A session fails if it

- skips a test for a reason that is not listed,
- does not run a test that `main` left to it,
- leaves a test to `main`, which skipped it.
"""

import re
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

MAIN = "main"
NOWHERE = "nowhere: "  # and why no stage can run these tests


def pytest_addoption(parser):
    parser.addoption("--stage", help="a stage of the gate: fail on skips that tests/skips.toml does not list")


def pytest_configure(config):
    # the workers of xdist report to the process that started them, which counts
    if config.option.stage and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Stage(config.option.stage, config.rootpath))


class Stage:
    def __init__(self, name: str, root: Path):
        listed = tomllib.loads((root / "tests" / "skips.toml").read_text())
        if name not in listed:
            raise pytest.UsageError(f"--stage {name}: tests/skips.toml has {', '.join(listed)}")
        self.name, self.folder = name, root / "build" / "gate"
        self.stages = [stage for stage in listed if stage != MAIN]
        self.listed: dict[str, str] = listed[name]
        self.skipped: dict[str, str] = {}  # reasons by node id; the id of a file if the whole file was skipped
        self.ran: set[str] = set()
        self.found: list[str] = []

    def pytest_collectreport(self, report):
        if report.skipped:
            self.skipped[report.nodeid] = reason(report)

    def pytest_runtest_logreport(self, report):
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped[report.nodeid] = reason(report)
        elif report.when == "call":
            self.ran.add(report.nodeid)

    def pytest_sessionfinish(self, session):
        if session.config.option.collectonly:
            return
        self.found = self.complaints()
        self.write()
        if self.found and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter):
        if self.skipped:
            terminalreporter.section(f"skipped in stage {self.name}")
        for line in self.lines():
            terminalreporter.write_line(line)
        for complaint in self.found:
            terminalreporter.write_line(complaint, red=True)

    def goes_to(self, why: str) -> str | None:
        """The stage that runs tests skipped for this reason, "nowhere: ..." or, if the reason is not listed, None."""
        matching = (stage for pattern, stage in self.listed.items() if matches(pattern, why))
        return next(matching, None)

    def lines(self) -> list[str]:
        tests = defaultdict(list)
        for test, why in self.skipped.items():
            tests[why].append(test)
        lines = []
        for why, skipped in sorted(tests.items()):
            stage = self.goes_to(why)
            runs = "NOT LISTED" if stage is None else stage if stage.startswith(NOWHERE) else f"stage {stage} runs them"
            lines += [f"{len(skipped)} x {why} -> {runs}", *(f"    {test}" for test in sorted(skipped))]
        return lines

    def complaints(self) -> list[str]:
        return self.unlisted() + self.not_run() + self.skipped_twice()

    def unlisted(self) -> list[str]:
        return [
            f"stage {self.name} skips tests for a reason that tests/skips.toml does not list: {why}"
            for why in sorted(set(self.skipped.values()))
            if self.goes_to(why) is None
        ]

    def not_run(self) -> list[str]:
        return [
            f"left to stage {self.name}, which did not run it: {test} (if it is gone: `make test` again)"
            for test in self.lines_of(f"{self.name}-tests.txt")
            if not self.excused(test) and not any(ran == test or ran.startswith(f"{test}::") for ran in self.ran)
        ]

    def skipped_twice(self) -> list[str]:
        skipped_in_main = {line.strip() for line in self.lines_of("main-skipped.txt")} if self.name != MAIN else set()
        return [
            f"stage {self.name} leaves this test to {MAIN}, which skipped it: {test}"
            for test, why in self.skipped.items()
            if self.goes_to(why) == MAIN and test in skipped_in_main
        ]

    def excused(self, test: str) -> bool:
        stage = self.goes_to(self.skipped[test]) if test in self.skipped else None
        return stage is not None and stage.startswith(NOWHERE)

    def lines_of(self, name: str) -> list[str]:
        """Of a file in the folder; none if the stage that writes it has not run."""
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{self.name}-skipped.txt").write_text("".join(f"{line}\n" for line in self.lines()))
        if self.name != MAIN:
            return
        for stage in self.stages:
            left = sorted(test for test, why in self.skipped.items() if self.goes_to(why) == stage)
            (self.folder / f"{stage}-tests.txt").write_text("".join(f"{test}\n" for test in left))


def reason(report) -> str:
    """As `pytest.skip` was given it."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ").strip()


def matches(pattern: str, why: str) -> bool:
    """Whether the reason is the pattern's, in which * stands for any text."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), why, re.DOTALL) is not None
