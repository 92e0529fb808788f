"""What a gate reads: checks as JUnit XML, and a summary in Markdown for the page of a job."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from ablations.evidence.guards import Check
from ablations.files import one_line
from ablations.report.escapes import markdown
from inception_keras.errors import visible
from inception_keras.io.writing import write_atomically


def write_junit(suites: Mapping[str, Sequence[Check]], path: Path):
    """Writes checks by suite as JUnit XML, the form in which services of continuous integration show tests.

    Raises:
        UserError: The file can't be written.
    """
    root = ElementTree.Element("testsuites")
    for name, checks in suites.items():
        counts = {"tests": str(len(checks)), "failures": str(sum(bool(check.broken) for check in checks))}
        suite = ElementTree.SubElement(root, "testsuite", {"name": visible(name), **counts})
        for check in checks:
            case = ElementTree.SubElement(suite, "testcase", {"classname": visible(name), "name": visible(check.name)})
            if check.broken:
                ElementTree.SubElement(case, "failure", {"message": visible(check.broken)})
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
    with one_line(path.parent, "the folder of --junit", ""):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, f"{text}\n".encode())


def append_summary(page: str, checks: Sequence[Check], path: Path):
    """Appends a page to a file such as GitHub's `$GITHUB_STEP_SUMMARY`, with the checks that are broken below it.

    Raises:
        UserError: The file can't be written.
    """
    broken = [f"- **broken**: {markdown(check.broken)}" for check in checks if check.broken]
    with one_line(path.parent, "the folder of --summary", ""):
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8") as file:
            file.write("\n".join([page, *broken, "", ""]))
