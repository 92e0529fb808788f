"""How the command lines show their help: flags without a type, and arguments as they are declared."""

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class _PlainHelp:
    """Mends the help of a command: Typer gives flags the type `<bool>`, and dots to arguments that have them."""

    def get_params(self, ctx):
        found = super().get_params(ctx)  # type: ignore[misc]  # of the command that this is mixed into
        for param in found:
            if getattr(param, "is_flag", False) and param.metavar is None:
                param.metavar = ""
        return found

    def collect_usage_pieces(self, ctx):
        pieces = super().collect_usage_pieces(ctx)  # type: ignore[misc]
        own = [param for param in self.get_params(ctx) if param.param_type_name == "argument" and param.metavar]
        declared = {piece: param.metavar for param in own for piece in param.get_usage_pieces(ctx)}
        return [declared.get(piece, piece) for piece in pieces]


class Command(_PlainHelp, TyperCommand):
    """A command of one of the command lines."""


class Group(_PlainHelp, TyperGroup):
    """One of the command lines."""


class App(typer.Typer):
    """A command line: its help has one form, and its mistakes are lines without a traceback.

    Args:
        help: What it does, in a sentence.
    """

    def __init__(self, help: str):
        super().__init__(
            help=help,
            cls=Group,
            no_args_is_help=True,
            pretty_exceptions_enable=False,
            add_completion=False,
            context_settings={"help_option_names": ["-h", "--help"]},
        )

    def command(
        self, name: str | None = None, *, cls: type[TyperCommand] | None = Command, **options: Any
    ) -> Callable[[Any], Any]:
        return super().command(name, cls=cls, **options)
