"""How a command line ends: interrupts at any moment, unwritable output, encodings that lack characters."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.support.paths import ROOT

SLEEPS = "import time; print('ready', flush=True); time.sleep(60)"
SWALLOWS = """
import time
print('ready', flush=True)
try:
    time.sleep(60)
except BaseException:
    raise ImportError("a library that reports every exception as its own")
"""
CLEANS_UP = """
import time
print('ready', flush=True)
try:
    time.sleep(60)
finally:
    time.sleep(0.3)
    print('left in order', flush=True)
"""
DESTROYS = """
import time
class Slow:
    def __del__(self):
        time.sleep(60)
thing = Slow()
print('ready', flush=True)
del thing
time.sleep(60)
"""


def begin(body, **options):
    code = f"from inception_keras.cli.running import run_app\ndef app(): exec({body!r}, {{}})\nrun_app(app, 'stopped')"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    ("body", "signals"), [(SLEEPS, 1), (SLEEPS, 4), (SWALLOWS, 1), (SWALLOWS, 4), (CLEANS_UP, 4), (DESTROYS, 1)]
)
def test_interrupts_end_in_one_line(body, signals):
    process = begin(body)
    assert process.stdout.readline() == "ready\n"
    for _ in range(signals):
        time.sleep(0.02)
        process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "stopped\n")
    assert out == ("left in order\n" if body == CLEANS_UP else "")


def test_an_interrupt_that_comes_later_ends_the_process_at_once():
    process = begin("import time\nprint('ready', flush=True)\ntry: time.sleep(60)\nfinally: time.sleep(60)")
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    time.sleep(1.3)
    process.send_signal(signal.SIGINT)
    assert (process.communicate(timeout=30)[1], process.returncode) == ("stopped\n", 130)


@pytest.mark.parametrize("package", ["inception_keras", "ablations"])
@pytest.mark.parametrize("arguments", [["list"], ["--help"]])
def test_a_full_disk_is_one_line(package, arguments):
    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            [sys.executable, "-m", package, *arguments], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert run.returncode == 2
    assert run.stderr == "error: the output can't be written (No space left on device)\n"


def test_a_closed_output_is_no_error():
    run = subprocess.run(f"{sys.executable} -m ablations list >&-", shell=True, cwd=ROOT, stderr=subprocess.PIPE)
    assert (run.returncode, run.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", "-0.5 +/-1 caf\u0065 ? -> 2"),
        ("cp1252", "-0.5 ±1 café ? -> ²"),
        ("utf-8", "\u22120.5 ±1 café 木 → ²"),
    ],
)
def test_what_the_encoding_lacks_is_replaced(encoding, expected):
    body = "import sys\nfor stream in (sys.stdout, sys.stderr): print('\u22120.5 ±1 café 木 → ²', file=stream)"
    code = f"from inception_keras.cli.running import run_app\ndef app(): exec({body!a}, {{}})\nrun_app(app)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert run.returncode == 0
    assert run.stdout.decode(encoding) == run.stderr.decode(encoding) == expected + "\n"


def test_a_warning_is_one_line_without_the_place_in_the_code():
    warns = "import warnings; from inception_keras.errors import warn; warn('take another'); warnings.warn('others')"
    err = begin(warns).communicate(timeout=30)[1].splitlines()
    assert err[0] == "warning: take another"
    assert "UserWarning: others" in err[1], "a library's own are as ever"
