"""The studies: one short file each, with a lab note as docstring and the study as `STUDY`."""

import contextlib
import importlib
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from ablations.study import Study
from ablations.study.own_code import failure
from inception_keras.backend import framework_log_dropped, set_environment
from inception_keras.errors import UserError, unknown

_IMPORTED: set[str] = set()  # names of the modules that study files have imported from their folders


def names() -> list[str]:
    """The names of the studies that come with the bench."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Study:
    """The study called `name`, or the one in the Python file at the path `name`.

    Raises:
        UserError: There is no such study or file, the file fails, or it has no `STUDY`.
    """
    if name.endswith(".py"):
        return _load_file(Path(name))
    if name not in names():
        if os.path.isfile(file := f"{name}.py"):  # also answers for what no path can be
            raise UserError(f"unknown study {name!r}: a file is named with its suffix: type {file}")
        raise unknown("study", name, names())
    return importlib.import_module(f"{__name__}.{name}").STUDY


def _load_file(path: Path) -> Study:
    if not path.is_file():
        raise UserError(f"there is no study file {path}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UserError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    set_environment()  # before the file imports a network, and with it Keras
    try:
        with _beside(path.resolve().parent), framework_log_dropped():
            # a study that names functions of its own file imports it: it must find this module, not begin another one
            sys.modules.setdefault(path.stem, module)
            spec.loader.exec_module(module)
    except UserError:
        raise
    except (Exception, SystemExit) as error:
        raise UserError(f"{path} can't be read as a study: {failure(error)}") from error
    study = getattr(module, "STUDY", None)
    if not isinstance(study, Study):
        raise UserError(f"{path} has no STUDY = Study(...)")
    return study


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[None]:
    """Lets a study file import the modules in its folder, as a script does; worker processes inherit the path.

    Before the next study file is read, these modules are forgotten: its folder may have others of the same names.
    """
    for name in _IMPORTED:
        sys.modules.pop(name, None)
    sys.path[:] = [str(folder), *(entry for entry in sys.path if entry != str(folder))]
    before = set(sys.modules)
    try:
        yield
    finally:
        new = sys.modules.keys() - before
        tops = {name for name in new if "." not in name and _is_in(folder, sys.modules[name])}
        _IMPORTED.update(name for name in new if name.partition(".")[0] in tops)


def _is_in(folder: Path, module: ModuleType) -> bool:
    """Whether a module is a file of a folder, or a package whose folder is there."""
    file = Path(getattr(module, "__file__", None) or "none")
    return folder in (file.parent, file.parent.parent if file.name == "__init__.py" else None)
