"""What commands print: a character that the encoding lacks is replaced, and a full disk is told from other errors."""

import codecs
import errno
import io
import os
import sys
import unicodedata

REPLACE = "inception_keras.replace"
NEAREST = {
    **{"\u2212": "-", "\u2013": "-", "\u2014": "-", "\u2026": "...", "\u00d7": "x", "\u00b7": "*", "\u00b1": "+/-"},
    **{"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2190": "<-", "\u2192": "->", "\u2713": "yes"},
}


class OutputError(OSError):
    """Stdout can't be written, for another reason than that its reader has gone."""


class _Output(io.FileIO):
    def write(self, data) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if error.errno == errno.EPIPE:  # `| head`, which Rich and Typer end without a word
                raise
            raise OutputError(error.errno, error.strerror) from None


def prepare_output():
    """Makes stdout and stderr write any text, in the encoding that the terminal or the user chose.

    Errors of stdout become `OutputError`.
    """
    codecs.register_error(REPLACE, _nearest)
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # closed by the shell: `>&-`
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=REPLACE)
    before = sys.stdout
    if isinstance(before, io.TextIOWrapper) and before is sys.__stdout__:
        before.flush()
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Output(before.fileno(), "w", closefd=False)),
            encoding=before.encoding,
            errors=REPLACE,
            line_buffering=before.line_buffering,
            write_through=before.write_through,
        )


def discard_output():
    """Sends what is still buffered nowhere: Python would try to write it once more when it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _nearest(error: UnicodeError) -> tuple[str, int]:
    """An error handler of `codecs`: characters without an accent or a style, those of `NEAREST`, else `?`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = "".join(map(_plain, error.object[error.start : error.end]))
    return text, error.end


def _plain(char: str) -> str:
    bare = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return NEAREST.get(char) or bare or "?"
