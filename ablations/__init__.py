"""The bench: declares studies, trains their variants, stores the records, judges the differences.

`from ablations import run, compare, report, load` is the bench from Python: see `ablations.api`. `report` is the
package `ablations.report`, which can be called.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ablations.api import compare, load, run
    from ablations.report import CallablePackage

    report: CallablePackage

__all__ = ["compare", "load", "report", "run"]


def __getattr__(name: str):
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # what it loads is loaded only by who asks for it

    if name == "report":
        return importlib.import_module("ablations.report")
    return getattr(importlib.import_module("ablations.api"), name)
