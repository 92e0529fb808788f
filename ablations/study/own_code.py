"""A user's own functions: named `module:function`, so that every process can import them, and known by their source."""

import ast
import functools
import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from types import ModuleType

from ablations.study.imported_names import imported_names
from inception_keras.errors import UserError, in_one_line, unknown, warn

HEX_DIGITS = 12
SIGN = "@"  # between a function and the hash of its source
BENCH = ("ablations", "inception_keras")  # a commit names their source
# The folders of Python's own modules and of the bench.
NOT_USERS = (Path(os.__file__).parent, *(Path(__file__).parents[2] / name for name in BENCH))


def is_reference(value: object) -> bool:
    """Whether a value names a user's function."""
    return isinstance(value, str) and ":" in value


def reference_to(function: Callable, what: str) -> str:
    """The name with which a worker process imports a function.

    Raises:
        UserError: No other process could.
    """
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
    if module in (None, "__main__") or not name.isidentifier():
        raise UserError(
            f"the {what} {name or function!r} must be a function at the top level of a module, so that worker "
            "processes can import it: move it to a file and give 'file:function'"
        )
    return f"{_home(function, what) if _wrapped(function) else module}:{name}"


def _home(function: Callable, what: str) -> str:
    """The module in which the name of a wrapper finds it: `functools.wraps` gives it that of the function it wraps.

    Raises:
        UserError: The name finds the wrapped function, which another process would take for it.
    """
    inner, name = _wrapped(function), function.__name__
    for module in (function.__module__, getattr(function, "__globals__", {}).get("__name__")):
        found = getattr(sys.modules.get(module or ""), name, None)
        if found is not None and not any(found is one for one in inner):
            return str(module)
    raise UserError(
        f"the {what} {name} wraps {function.__module__}:{name}, which worker processes would import in its place: give "
        f"the wrapper's name as text, 'file:{name}'"
    )


def _wrapped(function: Callable) -> list[Callable]:
    """The functions inside wrappers made with `functools.wraps`, the outer ones first; empty for any other function."""
    inner: list[Callable] = []
    while (one := getattr(inner[-1] if inner else function, "__wrapped__", None)) is not None:
        inner.append(one)
    return inner


def load_function(reference: str, what: str) -> Callable:
    """The function that `module:function` names.

    Raises:
        UserError: It can't be imported.
    """
    module, _, name = reference.partition(":")
    if not name.isidentifier() or not all(part.isidentifier() for part in module.split(".")):
        raise UserError(f"an own {what} is 'module:function', such as 'my_code:build'; got {reference!r}")
    find_in_current_folder()
    try:
        loaded = importlib.import_module(module)
        found = getattr(loaded, name, None)
    except UserError:
        raise
    except (Exception, SystemExit) as error:  # the user's module may raise anything
        where = f": is {module} in the study's folder, or installed?" if isinstance(error, ImportError) else ""
        raise UserError(f"{reference} can't be imported: {failure(error)}{where}") from error
    if found is None:
        raise _unknown_function(loaded, name)
    if not callable(found):
        raise UserError(f"{reference} is no function, but of type {type(found).__name__}")
    return _with_source(found, reference, what)


def _unknown_function(module: ModuleType, name: str) -> UserError:
    """The error for a name that a module does not have, with the functions and classes that it defines."""
    public = {one: value for one, value in vars(module).items() if callable(value) and not one.startswith("_")}
    own = [one for one, value in public.items() if getattr(value, "__module__", None) == module.__name__]
    if not own:
        return UserError(f"{module.__name__} has no function {name}, nor any other")
    return unknown(f"function of {module.__name__}", name, own)


def failure(error: BaseException) -> str:
    """What a user's own code raised, in one line, and where; `sys.exit`, which would end the bench without a word, too.

    >>> failure(SystemExit(3))
    "it called sys.exit(3): move argument parsing under if __name__ == '__main__'"
    """
    if isinstance(error, SystemExit):
        code = "" if error.code is None else repr(error.code)
        return f"it called sys.exit({code}){_place(error)}: move argument parsing under if __name__ == '__main__'"
    place = "" if isinstance(error, SyntaxError) else _place(error)  # which names its line itself
    return f"{type(error).__name__}: {in_one_line(error)}{place}"


def _place(error: BaseException) -> str:
    """The last line of the user's files that led to an exception, ` (net.py, line 8)`; empty if none did."""
    passed = [(frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)]
    own = [f" ({Path(file).name}, line {line})" for file, line in passed if _is_users(file)]
    return own[-1] if own else ""


def _is_users(file: str) -> bool:
    """Whether a file is neither of Python, nor of an installed package, nor of the bench."""
    path = Path(file)
    within = any(folder in path.parents for folder in NOT_USERS)
    return path.is_file() and not within and not any(part.endswith("-packages") for part in path.parts)


def _with_source(function: Callable, reference: str, what: str) -> Callable:
    """A function, or a class, that Python code defines: of anything else the source can't be known."""
    inner = inspect.unwrap(function)
    if not (inspect.isfunction(inner) or inspect.isclass(inner)) or inspect.getmodule(inner) is None:
        raise UserError(
            f"{reference} is a {type(function).__name__}, whose source can't be told: write the {what} as a function "
            "(def) that calls it"
        )
    return function


def find_in_current_folder():
    """Lets modules in the current folder be imported, as `python -m` does; a console script does not."""
    if str(Path.cwd()) not in sys.path and "" not in sys.path:
        sys.path.append(str(Path.cwd()))


def known(function: Callable | str, what: str) -> str:
    """A function as settings have it, `module:function@source`: another source is another setting.

    Args:
        function: The function, or one of its names, with or without its source.
        what: What it is, for messages.

    Raises:
        UserError: It can't be imported, or its source is another one.
    """
    reference = function if isinstance(function, str) else reference_to(function, what)
    name, _, stated = reference.partition(SIGN)
    source = source_of(load_function(name, what), name)
    if stated and stated != source:
        raise UserError(
            f"the source of {name} is not the one of the trial ({source}, then {stated}): check out the commit that "
            "the record names"
        )
    return f"{name}{SIGN}{source}"


def load_known(text: str, what: str) -> Callable:
    """The function that `known` gave this name.

    Raises:
        UserError: As `known`.
    """
    return load_function(known(text, what).partition(SIGN)[0], what)


def source_of(function: Callable, reference: str) -> str:
    """The hash of a function's source: of its module and of the user's modules that it imports, 12 hexadecimal digits.

    A user's modules are the files beside the function's module and the packages there; of an installed package, its own
    files. Of a study file its docstring and the statement `STUDY = ...` are left out: another seed is no other network.

    Args:
        function: The function.
        reference: `module:function`, which found it. A function that this module makes of another module's, by a
            wrapper or a function that returns functions, is known by the source of both.
    """
    inner = inspect.unwrap(function)
    home, named = sys.modules[inner.__module__], sys.modules[reference.partition(":")[0]]
    made = inner is not function or "<locals>" in getattr(inner, "__qualname__", "")
    modules = [home, named] if made and named is not home else [home]
    for module in modules:
        if not hasattr(module, "__file__"):
            raise UserError(
                f"{function!r} is built into Python and has no source to know it by: give a function of a module"
            )
    hashes = [_source_hash(module) for module in modules]
    return hashes[0] if len(hashes) == 1 else sha256(" ".join(hashes).encode()).hexdigest()[:HEX_DIGITS]


@functools.cache
def _source_hash(module: ModuleType) -> str:
    first = Path(inspect.getfile(module)).resolve()
    names = module.__name__.split(".")
    base = first.parents[len(names) - (first.name != "__init__.py")]
    tops = None if not base.name.endswith("-packages") else {names[0]}
    digest = sha256()
    for path in sorted(_sources(first, base, tops)):
        digest.update(_content(path) + b"\0")
    return digest.hexdigest()[:HEX_DIGITS]


def _sources(first: Path, base: Path, tops: set[str] | None) -> set[Path]:
    """The files of modules under `base` that `first` imports, wherever in it, and they in turn.

    Args:
        first: The file to begin with.
        base: The folder that Python searches for it.
        tops: The modules and packages of this folder that are the user's; `None`: all.
    """
    found: set[Path] = set()
    waiting = [first]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        for name in _imported(path, base, told=tops is None):
            top = name.partition(".")[0]
            if top not in BENCH and (tops is None or top in tops):
                waiting += _files(name, base)
    return found


def _imported(path: Path, base: Path, *, told: bool) -> list[str]:
    """The full names of all that a file imports, modules or not.

    Args:
        path: The file.
        base: The folder that Python searches for it.
        told: Whether to warn of imports whose names can't be known before the file is executed.
    """
    names, lines = imported_names(ast.parse(path.read_bytes()), path.parent.relative_to(base).parts)
    for line in lines if told else ():
        warn(
            f"{path.name}, line {line}, imports a module whose name can't be read in the code: a change of that module "
            "changes no address. Write the name as text, import_module('helper'), or take another --out after a change"
        )
    return names


def _files(name: str, base: Path) -> Iterator[Path]:
    """The files under `base` that Python executes to import a name, of a module or of something in it."""
    parts = name.split(".")
    for count in range(1, len(parts) + 1):
        place = base.joinpath(*parts[:count])
        yield from (path for path in (place / "__init__.py", place.with_name(f"{place.name}.py")) if path.is_file())


def _content(path: Path) -> bytes:
    """A file without its docstring and its study, an empty line for each, with the line ends of Unix."""
    content = path.read_bytes().replace(b"\r\n", b"\n")
    lines = content.split(b"\n")
    tree = ast.parse(content)
    for node in reversed(tree.body):  # from the end: the lines before a node keep their numbers
        if _is_study(node) or (node is tree.body[0] and ast.get_docstring(tree) is not None):
            lines[node.lineno - 1 : node.end_lineno] = [b""]
    return b"\n".join(lines)


def _is_study(node: ast.stmt) -> bool:
    """Whether a statement is `STUDY = ...` or `STUDY: Study = ...`."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(target, ast.Name) and target.id == "STUDY" for target in targets)
