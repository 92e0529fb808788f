"""What is shown while a command works: on a terminal alone, with the time that passed and the time that is left."""

import os
import select

from inception_keras.cli import waiting
from inception_keras.cli.waiting import Wait


def test_elapsed_and_left_are_told_apart(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(waiting.time, "monotonic", lambda: now[0])
    wait = Wait("timing", of=5, note="--no-probe skips this")
    assert wait.lines() == ["timing, 0:00 elapsed", "--no-probe skips this"]
    wait.next("gap")
    now[0] = 20.0
    assert wait.lines()[0] == "timing gap (1 of 5), 0:20 elapsed", "nothing is known of the others yet"
    wait.next("fc")
    now[0] = 30.0
    assert wait.lines()[0] == "timing fc (2 of 5), 0:30 elapsed, about 1:10 left"
    now[0] = 500.0
    assert wait.lines()[0].endswith("about 0:00 left"), "never less than nothing"


def test_a_pipe_gets_nothing(capfd):
    with waiting.waiting("loading"):
        print("answer")
    assert capfd.readouterr() == ("answer\n", "")


def test_a_terminal_is_told_at_once_even_if_stderr_is_redirected_meanwhile(monkeypatch):
    master, terminal = os.openpty()
    kept = os.dup(2)
    try:
        os.dup2(terminal, 2)
        with waiting.waiting("loading TensorFlow"), open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 2)
            assert select.select([master], [], [], 10)[0], "it says something"
            assert b"loading TensorFlow, 0:00 elapsed" in os.read(master, 10_000)
    finally:
        os.dup2(kept, 2)
        for number in (kept, master, terminal):
            os.close(number)
