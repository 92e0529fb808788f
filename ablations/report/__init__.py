"""Tables, figures and pages from records. Called, it writes all of a study: `from ablations import report`.

`ablations.report` names this package as soon as anything imports it, so a function of the same name would be lost.
"""

import sys
from pathlib import Path
from types import ModuleType
from typing import Protocol

from ablations.study import Study
from inception_keras.errors import UserError


class Reported(Protocol):
    """What is reported, such as `ablations.api.Results`: a study, and the folder of all results."""

    @property
    def study(self) -> Study: ...

    @property
    def out(self) -> Path: ...


class CallablePackage(ModuleType):
    """This package: `report(results)` writes tables, figures and the page."""

    def __call__(self, results: Reported) -> Path:
        """Writes the tables, the figures and the page of a study beside its records; returns the path of the page.

        Raises:
            UserError: There are no records, or the folder can't be written; or `results` are none.
        """
        if not hasattr(results, "study"):
            raise UserError(f"report takes what `load` and `run` return, such as report(load({results!r}))")
        from ablations.evidence.sections import sections
        from ablations.records.store import Store
        from ablations.report.html.pages import write_report
        from ablations.report.publish import publish_sections

        if parts := sections(Store(results.out / results.study.name), results.study):
            publish_sections(parts)
        return write_report(results.study, results.out)


sys.modules[__name__].__class__ = CallablePackage
