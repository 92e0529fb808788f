"""JUnit XML and the summary of a job."""

from xml.etree import ElementTree

import pytest

from ablations.evidence.guards import Check
from ablations.report.gate import append_summary, write_junit
from inception_keras import UserError

CHECKS = [Check("gap seed 0: done"), Check("a < b & \x00", "gap seed 1: 5 parameters, not <6>")]


def test_junit_counts_and_names_what_is_broken(tmp_path):
    write_junit({"mine": CHECKS, "other": []}, tmp_path / "deep" / "junit.xml")
    first, second = ElementTree.parse(tmp_path / "deep" / "junit.xml").getroot()
    assert (first.get("tests"), first.get("failures"), second.get("tests")) == ("2", "1", "0")
    assert first[0].find("failure") is None
    assert first[1].find("failure").get("message") == "gap seed 1: 5 parameters, not <6>"


def test_the_summary_is_appended(tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    append_summary("# mine", CHECKS, path)
    assert path.read_text().startswith("before\n# mine\n- **broken**: gap seed 1")


def test_files_that_can_not_be_written_are_one_line(tmp_path):
    for write in (lambda path: write_junit({}, path), lambda path: append_summary("", [], path)):
        with pytest.raises(UserError, match="can't be written"):
            write(tmp_path)
