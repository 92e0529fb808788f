"""What a run shows on a terminal and in a log."""

import io
import re

from rich.console import Console

from ablations.records.record import Record
from ablations.runner.loggers.console import ConsoleReporter

ROW = {"loss": 1.0, "top1": 0.5, "validation_top1": 0.4}


def told(console: Console) -> ConsoleReporter:
    """Reports a run of two workers and three trials of two epochs; the second trial is interrupted and begun again."""
    with ConsoleReporter(3, 1, console=console) as reporter:
        for worker, (variant, seed) in enumerate((("gap", 0), ("fc", 0))):
            reporter.listener(worker).trial_started(variant, seed, 2)
            reporter.listener(worker).step(0, 3, 1.5, 0.25)
        reporter.listener(0).epoch_done({"epoch": 1, **ROW})
        reporter.listener(1).trial_left("its process was ended by SIGKILL; it continues after its last epoch")
        reporter.listener(0).epoch_done({"epoch": 2, **ROW})
        done = Record(variant="gap", seed=0, status="done", metrics={"test": {"top1": 0.75}})
        reporter.listener(0).trial_done(done)
        reporter.listener(1).trial_started("fc", 0, 2)
        reporter.note("stopping after the epochs in progress; Ctrl-C again stops at once")
    return reporter


def test_a_terminal_has_a_bar_for_each_worker_and_one_for_all():
    shown = io.StringIO()
    reporter = told(Console(file=shown, force_terminal=True, width=120))
    assert [task.description for task in reporter.progress.tasks] == ["all trials", "gap seed 0", "fc seed 0"]
    everything, _, again = reporter.progress.tasks
    assert (everything.completed, everything.total) == (2, 6), "in epochs: one trial of three is done"
    assert (again.completed, again.total) == (0, 2)
    assert (everything.fields["count"], again.fields["count"]) == ("1/3 trials", "0/2 epochs")
    assert "stopping after the epochs in progress" in shown.getvalue()


def test_at_80_columns_elapsed_and_left_are_named_and_a_long_note_pushes_neither_out():
    shown = io.StringIO()
    told(Console(file=shown, force_terminal=True, width=80))
    lines = [re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", line) for line in re.split(r"[\r\n]+", shown.getvalue())]
    bars = [line for line in lines if "elapsed" in line]
    assert bars and [line for line in bars if re.search(r"\d:\d\d:\d\d elapsed 1 min left", line)]
    assert max(map(len, bars)) <= 80


def test_a_log_has_one_line_per_epoch():
    shown = io.StringIO()
    told(Console(file=shown, width=200))
    lines = shown.getvalue().splitlines()
    assert lines[0] == "3 trials to run; 1 done before are skipped"
    assert lines[1].startswith("[1/3] gap seed 0  epoch 1/2  loss 1.000  validation 40.0%")
    assert [line for line in lines if "test top-1 75.0%" in line]
    assert "fc seed 0: its process was ended by SIGKILL; it continues after its last epoch" in lines
    assert "━" not in shown.getvalue()


def test_the_time_left_of_a_resumed_trial_counts_epochs_that_were_trained_now(monkeypatch):
    now, shown = [0.0], io.StringIO()
    monkeypatch.setattr("ablations.runner.loggers.console.time.monotonic", lambda: now[0])
    with ConsoleReporter(1, 0, console=Console(file=shown, width=200)) as reporter:
        listener = reporter.listener(0)
        listener.trial_started("gap", 0, 10)
        listener.resumed(6)
        for epoch in range(1, 8):
            now[0] += 60 if epoch == 7 else 0
            listener.epoch_done({"epoch": epoch, **ROW})
    _, resumed, *epochs = shown.getvalue().splitlines()
    assert resumed == "gap seed 0: goes on after epoch 6 of 10"
    (line,) = epochs
    assert "epoch 7/10" in line and line.endswith("  3 min left"), "three epochs of a minute each"


def test_a_state_that_was_passed_over_is_one_line():
    shown = io.StringIO()
    with ConsoleReporter(1, 0, console=Console(file=shown, width=200)) as reporter:
        listener = reporter.listener(0)
        listener.trial_started("gap", 0, 10)
        listener.passed_over(6, "the file is damaged")
    assert shown.getvalue().splitlines()[1:] == ["gap seed 0: its state after epoch 6 is not used: the file is damaged"]


def test_a_log_of_80_columns_ends_no_line_within_a_number():
    shown = io.StringIO()
    told(Console(file=shown, width=80))
    lines = shown.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if re.search(r"epoch 1/2 .* \d+ min left$", line)], "an epoch is one line"


def test_the_time_left_is_that_of_the_epochs_after_the_first_over_the_workers(monkeypatch):
    now, shown = [0.0], io.StringIO()
    monkeypatch.setattr("ablations.runner.loggers.console.time.monotonic", lambda: now[0])
    with ConsoleReporter(2, 0, console=Console(file=shown, width=80)) as reporter:
        listeners = reporter.listener(0), reporter.listener(1)
        for listener in listeners:
            listener.trial_started("gap", 0, 11)
        for epoch, seconds in ((1, 600), (2, 60), (3, 60)):
            now[0] += seconds
            for listener in listeners:
                listener.epoch_done({"epoch": epoch, **ROW})
    lines = [line.rpartition("  ")[2] for line in shown.getvalue().splitlines()[1:]]
    assert lines[:2] == ["1 h 45 min left", "1 h 40 min left"], "21 and 20 epochs of ten minutes on two workers"
    assert lines[2:] == ["10 min left", "9 min left", "8 min left", "8 min left"], "19 to 16 epochs of a minute"


def test_a_terminal_says_the_time_left_of_long_epochs(monkeypatch):
    now, shown = [0.0], io.StringIO()
    monkeypatch.setattr("ablations.runner.loggers.console.time.monotonic", lambda: now[0])
    with ConsoleReporter(2, 0, console=Console(file=shown, force_terminal=True, width=120)) as reporter:
        listener = reporter.listener(0)
        listener.trial_started("gap", 0, 10)
        for epoch in (1, 2, 3, 4):
            now[0] += 90
            listener.epoch_done({"epoch": epoch, **ROW})
    everything, trial = reporter.progress.tasks
    assert (everything.fields["left"], trial.fields["left"]) == ("24 min left", "9 min left")
