"""The studies: one short file each, with a lab note as docstring and the study as `STUDY`."""

import importlib
import importlib.util
import pkgutil
from pathlib import Path

from ablations.study import Study
from inception_keras.errors import UserError, unknown


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
        raise unknown("study", name, names())
    return importlib.import_module(f"{__name__}.{name}").STUDY


def _load_file(path: Path) -> Study:
    if not path.is_file():
        raise UserError(f"there is no study file {path}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UserError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except UserError:
        raise
    except Exception as error:
        raise UserError(f"{path} can't be read as a study: {type(error).__name__}: {error}") from error
    study = getattr(module, "STUDY", None)
    if not isinstance(study, Study):
        raise UserError(f"{path} has no STUDY = Study(...)")
    return study
