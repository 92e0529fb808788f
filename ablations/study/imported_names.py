"""The names that a Python file imports, by statements and by calls, without executing it."""

import ast
from collections.abc import Iterator, Sequence

IMPORTERS = ("importlib.import_module", "importlib.__import__", "builtins.__import__", "__import__")
# Calls that execute a file: which one, the code does not say in a form that can be followed.
LOADERS = ("importlib.util.spec_from_file_location", "runpy.run_path", "runpy.run_module")


def imported_names(tree: ast.Module, package: Sequence[str]) -> tuple[list[str], list[int]]:
    """The full names of all that a file imports, modules or not, and the lines that import what can't be told.

    Args:
        tree: Its code.
        package: The names of the packages that it is in, the outer one first.

    >>> imported_names(ast.parse("from . import a; import importlib; importlib.import_module('b')"), ["p"])
    (['p.a', 'importlib', 'b'], [])
    >>> imported_names(ast.parse("name = input(); __import__(name)"), [])
    ([], [1])
    """
    nodes = list(ast.walk(tree))
    names = [name for node in nodes for name in _stated(node, package)]
    calls, lines = _calls(nodes), []
    for call, function in calls:
        called = None if function in LOADERS else _called(call, function, package)
        if called is None:
            lines.append(call.lineno)
        else:
            names += called
    return names, sorted(lines)


def _stated(node: ast.AST, package: Sequence[str]) -> Iterator[str]:
    """The names that an import statement imports."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        origin = ".".join([*_above(package, node.level), *([node.module] if node.module else [])])
        yield from (f"{origin}.{alias.name}" for alias in node.names)


def _calls(nodes: Sequence[ast.AST]) -> list[tuple[ast.Call, str]]:
    """The calls that import, each with the function's full name, by whichever name the file knows it."""
    known = dict(pair for node in nodes for pair in _bound(node))
    calls = [(node, _dotted(node.func)) for node in nodes if isinstance(node, ast.Call)]
    full = [(call, ".".join([known.get(name[0], name[0]), *name[1:]])) for call, name in calls if name]
    return [(call, name) for call, name in full if name in IMPORTERS + LOADERS]


def _bound(node: ast.AST) -> Iterator[tuple[str, str]]:
    """What a statement imports under another name: that name, and the full one."""
    if isinstance(node, ast.Import):
        yield from ((alias.asname, alias.name) for alias in node.names if alias.asname)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


def _dotted(node: ast.expr) -> list[str]:
    """`a.b.c` as its names; empty for any other expression."""
    if isinstance(node, ast.Name):
        return [node.id]
    before = _dotted(node.value) if isinstance(node, ast.Attribute) else []
    return [*before, node.attr] if before and isinstance(node, ast.Attribute) else []


def _called(call: ast.Call, function: str, package: Sequence[str]) -> list[str] | None:
    """The names that a call imports; `None` if one is no literal."""
    name = _literal(call, 0, "name", None)
    if not isinstance(name, str):
        return None
    if function == "importlib.import_module":
        short = name.lstrip(".")
        inside = _literal(call, 1, "package", "")
        start = inside.split(".") if isinstance(inside, str) and inside else package  # `__package__`, `__name__`
        return [".".join([*_above(start, len(name) - len(short)), *([short] if short else [])])]
    level, given = _literal(call, 4, "level", 0), _literal(call, 3, "fromlist", ())
    if not isinstance(level, int) or not isinstance(given, (list, tuple, type(None))):
        return None
    origin = ".".join([*_above(package, level), *([name] if name else [])])
    return [origin, *(f"{origin}.{one}" for one in given or ())]


def _literal(call: ast.Call, position: int, keyword: str, default: object) -> object:
    """An argument of a call, if it is a literal or missing; else `...`."""
    found = [word.value for word in call.keywords if word.arg == keyword] + call.args[position : position + 1]
    try:
        return ast.literal_eval(found[0]) if found else default
    except ValueError:
        return ...


def _above(package: Sequence[str], level: int) -> Sequence[str]:
    """The package to which an import with so many dots is relative; empty for an absolute one."""
    return package[: len(package) - level + 1] if level else ()
