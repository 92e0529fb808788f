"""A run that is killed, interrupted or refused by its disk, and resumed: every record is as if nothing had happened.

Uses the command line, real processes and real signals. `make faults` kills 20 times, CI three times.
"""

import ctypes
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest

from ablations.records.record import Record
from ablations.records.store import Store, read
from tests.support.paths import ROOT

KILLS = int(os.environ.get("KILLS", 3))
PATIENCE = 240  # seconds to wait for what takes ten on an idle machine
CLOCK = ("times", "attempts", "began", "load")  # all other fields must be equal
STUDY = """
from ablations.study import Recipe, Study, Variant
STUDY = Study(
    name="mishaps", question="Does it survive?", dataset="digits", image_size=32, fraction=0.2,
    recipe=Recipe(epochs=4, batch_size=32, learning_rate=0.05, augmentation=("crop",), precision="float32"),
    base={
        **{"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.03125, "batch_momentum": 0.9},
        "branches": ("1x1",),  # quick to trace, with every kind of state that a checkpoint stores
    },
    variants=(Variant("gap"), Variant("no_dropout", {"dropout": 0.0}, "another graph")),
    seeds=2,
)
"""

# Quick to trace: for what surrounds the trials.
TUNED = """
from ablations.study import Claim, Recipe, Study, Tuning, Variant
STUDY = Study(
    name="tuned", question="Does its tuning survive?", dataset="digits", image_size=32, fraction=0.2,
    recipe=Recipe(epochs=2, batch_size=32, learning_rate=0.05, augmentation=("crop",), precision="float32"),
    base={"model": "three_convolutions", "head": "gap", "width": 0.5, "dropout": 0.2},
    variants=(Variant("gap"), Variant("smooth", why="softer targets", recipe={"label_smoothing": 0.1})),
    seeds=2, rungs=(1, 2), rung_seeds={1: 1},
    tuning=Tuning({"learning_rate": (0.02, 0.05)}, epochs=2),
    claim=Claim("smoothing helps", "?", variant="smooth"),
)
"""


class Run:
    """`python -m ablations run` in a process, with the lines that it has printed so far."""

    def __init__(self, folder, *options, before=None, command="run", study="mishaps"):
        words = [
            sys.executable,
            "-u",
            "-m",
            "ablations",
            command,
            str(folder.parent / f"{study}.py"),
            "--out",
            str(folder),
        ]
        self.process = subprocess.Popen(
            [*words, *options],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=lambda: (_take_one_core(), before and before()),
        )
        self.lines = []
        self._reading = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")))
        self._reading.start()

    def wait_for(self, word, count=1):
        """Waits until `count` lines contain `word`; returns False if the run ends before."""
        deadline = time.monotonic() + PATIENCE
        while sum(word in line for line in list(self.lines)) < count:
            if self.process.poll() is not None:
                return False
            assert time.monotonic() < deadline, self.text
            time.sleep(0.01)
        return True

    def end(self):
        code = self.process.wait(PATIENCE)
        self._reading.join()
        return code

    def workers(self):
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    @property
    def text(self):
        return "".join(self.lines)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    (folder / "mishaps.py").write_text(STUDY)
    (folder / "tuned.py").write_text(TUNED)
    return folder


@pytest.fixture(scope="module")
def expected(study):
    """The contents of an undisturbed run."""
    run = Run(study / "whole")
    assert run.end() == 0, run.text
    return contents(study / "whole")


def contents(out, name="mishaps"):
    """Returns each record, without what depends on the clock, and its answers, by file name."""
    store = Store(out / name)
    found = {}
    for path in sorted(store.records.glob("*.json")):
        record = Record({name: value for name, value in read(path).items() if name not in CLOCK})
        if record.answers is None:  # of a tuning, which does not read the test split
            found[path.name] = record, []
            continue
        found[path.name] = record, [store.predictions(record).tobytes(), np.packbits(store.correct(record)).tobytes()]
    assert not list(store.running.glob("*/*")), "no checkpoint is left"
    assert not list(store.folder.rglob("*.tmp")), "no file is half written"
    return found


def test_killed_at_random_moments(study, expected):
    """Kills the run or one of its workers by SIGKILL while it starts, trains, evaluates or writes."""
    chance = random.Random(20141)
    out, killed, round_ = study / "killed-0", 0, 0
    while True:
        run = Run(out, "--jobs", str(chance.choice((1, 1, 2))) if KILLS > 3 else "1")
        while killed < KILLS and run.wait_for("", chance.randint(1, 6) + len(run.lines)):
            time.sleep(chance.uniform(0, 0.4))
            victims = chance.choice(([run.process], run.workers()))
            for victim in victims[:1]:
                victim.kill()
            killed += len(victims[:1])
            if victims[:1] == [run.process]:
                break
        code = run.end()
        if code == 0:
            if killed >= KILLS:
                break
            round_ += 1  # finished before the last kill: begin again in a new folder
            out = study / f"killed-{round_}"
        assert code in (0, 1, -signal.SIGKILL), run.text
    assert contents(out) == expected


@pytest.mark.slow  # two minutes and more
def test_every_other_mishap(study, expected):
    """A full disk, a truncated checkpoint, a folder turned read-only, a flipped byte, an interrupt, two runners."""
    out = study / "mishaps"
    records, running = out / "mishaps" / "records", out / "mishaps" / "running"

    full = Run(out, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)))
    assert full.end() == 2, full.text
    assert "can't be written (File too large)" in full.lines[-1]

    killed = Run(out)
    assert killed.wait_for("epoch 3/4")
    killed.process.kill()
    killed.end()
    for newest in sorted(running.glob("*/*.ckpt"))[-1:]:
        newest.write_bytes(newest.read_bytes()[:-100])

    locked = Run(out, before=_obey_permissions)
    assert locked.wait_for("gap seed 0: test")
    for folder in (records, running, *running.glob("*/")):
        folder.chmod(0o555)
    assert locked.end() == 2, locked.text
    assert "can't be written (Permission denied)" in locked.lines[-1]
    for folder in (records, running, *running.glob("*/")):
        folder.chmod(0o755)

    broken = next(records.glob("*.json"))
    content = bytearray(broken.read_bytes())
    content[content.index(b"top1") + 9] ^= 1
    broken.write_bytes(content)
    refused = Run(out)
    assert refused.end() == 2
    assert broken.name in refused.text and "doctor" in refused.text
    doctor = [sys.executable, "-m", "ablations", "doctor", "--out", str(out), "--repair"]
    mended = subprocess.run(doctor, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert mended.returncode == 0
    assert "1 trial will run again" in mended.stdout

    interrupted = Run(out)
    assert interrupted.wait_for("epoch 1/4")
    os.kill(interrupted.process.pid, signal.SIGINT)
    assert interrupted.end() == 130, interrupted.text
    assert "stopping after the epochs in progress" in interrupted.text
    assert "Traceback" not in interrupted.text

    runners = [Run(out), Run(out)]
    assert [runner.end() for runner in runners] == [0, 0], runners[0].text + runners[1].text
    for path in records.glob("*.json"):
        variant, seed, _ = path.stem.split("-")
        ended = sum(
            line.startswith(f"{variant} {seed.replace('seed', 'seed ')}: test") for r in runners for line in r.lines
        )
        assert ended <= 1, "no trial is run twice"
    assert contents(out) == expected


@pytest.mark.slow
def test_a_tuning_and_a_run_in_parts(study):
    """A full disk, a kill and two runners while it is tuned; then rungs, in a run whose time is up at once."""
    tuned = {"study": "tuned"}
    for command in ("tune", "run"):
        run = Run(study / "calm", command=command, **tuned)
        assert run.end() == 0, run.text

    out = study / "stormy"
    full = Run(out, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000)), command="tune", **tuned)
    assert full.end() == 2, full.text
    assert "can't be written (File too large)" in full.lines[-1]
    killed = Run(out, command="tune", **tuned)
    assert killed.wait_for("epoch 1/2", 3)
    killed.process.kill()
    killed.end()
    refused = Run(out, **tuned)
    assert refused.end() == 2 and "not tuned yet" in refused.text
    tuners = [Run(out, command="tune", **tuned) for _ in range(2)]
    assert [tuner.end() for tuner in tuners] == [0, 0], tuners[0].text + tuners[1].text
    assert contents(out, "tuned/tuning") == contents(study / "calm", "tuned/tuning")

    short = Run(out, "--budget", "0.01", **tuned)
    assert short.end() == 0, short.text
    assert "the time is up: 6 of 6 trials of tuned are left; type `python -m ablations run" in short.text
    killed = Run(out, "--budget", "60", **tuned)
    assert killed.wait_for("epoch 2/2", 2)
    assert "gap seed 0" in killed.text and "smooth seed 0" in killed.text, "whole pairs first"
    killed.process.kill()
    killed.end()
    runners = [Run(out, "--budget", "60", **tuned) for _ in range(2)]
    assert [runner.end() for runner in runners] == [0, 0], runners[0].text + runners[1].text
    assert contents(out, "tuned") == contents(study / "calm", "tuned")
    assert {found[0]["configuration"]["recipe"]["epochs"] for found in contents(out, "tuned").values()} == {1, 2}


@pytest.mark.slow
def test_interrupted_twice_stops_at_once(study):
    run = Run(study / "twice")
    assert run.wait_for("epoch 1/4")
    for _ in range(2):
        os.kill(run.process.pid, signal.SIGTERM)
        time.sleep(0.05)
    begun = time.monotonic()
    assert run.end() == 130, run.text
    assert time.monotonic() - begun < 10
    assert "Traceback" not in run.text


@pytest.mark.slow
def test_one_process_per_seed_gives_the_same(study, expected):
    """Compared with all seeds of a variant in one process."""
    for seeds in ("1", "2"):
        run = Run(study / "apart", "--seeds", seeds)
        assert run.end() == 0, run.text
    assert contents(study / "apart") == expected


def _take_one_core():
    """Binds the run to one core, hence each worker at any `--jobs`: the number of cores changes the last digits."""
    cores = sorted(os.sched_getaffinity(0))
    tests_beside = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.sched_setaffinity(0, {cores[tests_beside % len(cores)]})  # each process of pytest-xdist takes another core


def _obey_permissions():
    """Drops the capability by which root writes anywhere: the process obeys permissions like any other."""
    if os.geteuid() == 0:
        drop_from_bounding_set, dac_override = 24, 1
        assert ctypes.CDLL(None).prctl(drop_from_bounding_set, dac_override, 0, 0, 0) == 0
