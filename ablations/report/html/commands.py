"""The commands that run the trials of a section again."""

import re
import shlex

from ablations.evidence.sections import Section
from ablations.records.declared import profile_settings
from ablations.study import Study
from inception_keras.errors import UserError

EMBEDDED = ("digits",)  # data sets that need no --data-dir


def commands(section: Section, typed: str) -> list[str]:
    """What to type, one command per line: check out the code, run the trials, write this page.

    Args:
        section: The trials.
        typed: The study as typed on the command line: a name that `list` shows, or the path of a file.
    """
    first, words = section.records[0], ["python", "-m", "ablations", "run", typed, *_profile(section.profile)]
    precision = first.recipe["precision"]
    if precision != _declared(section).recipe.precision and f"precision={precision}" not in words:
        words += ["--precision", precision]
    seeds = sorted({record.seed for record in section.records})
    if len(seeds) != _declared(section).seeds:
        words += ["--seeds", str(len(seeds))]
    if first.rounding.replicas > 1:
        words += ["--distribute", "data"]
    if first.data["name"] not in EMBEDDED:
        words += ["--data-dir", "DIR"]
    # another folder: where these records are, no trial is left to run
    run = shlex.join([*words, "--out", "again"])
    lines = [run, shlex.join(["python", "-m", "ablations", "report", typed, "--html", "--out", "again"])]
    commits = {str(record.commit) for record in section.records}
    clean = len(commits) == 1 and re.fullmatch(r"[0-9a-f]{7,40}", next(iter(commits)))
    return [f"git checkout {next(iter(commits))}", *lines] if clean else lines


def _profile(profile: str) -> list[str]:
    """The options that give a profile such as `reduced, epochs=2`."""
    size, settings = profile_settings(profile)
    words = ["--reduced"] if size == "reduced" else []
    return words + [word for setting in settings for word in ("--set", setting)]


def _declared(section: Section) -> Study:
    """The study at the size that its trials ran at, without changes by `--set`."""
    try:
        return section.study.reduce() if section.profile.startswith("reduced") else section.study
    except UserError:  # the study had a reduced size when they ran, and has none now
        return section.study
