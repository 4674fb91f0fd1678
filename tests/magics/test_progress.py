"""The progress line: late, in place, and gone at the end."""

from __future__ import annotations

import threading
import time

import pytest

from vs_magic.magics import progress as line
from vs_magic.magics.progress import ProgressLine, describe
from vs_magic.sampling.call import Call
from vs_magic.sampling.distribution import Distribution
from vs_magic.sampling.progress import Progress
from vs_magic.testing import Endpoint, faults
from vs_magic.verbalized.candidate import Candidate
from vs_magic.verbalized.options import Options


def so_far(candidates: int = 0, **changes) -> Progress:
    """A run that has come so far."""
    call = Call(request=None, candidates=(Candidate(text="x"),) * candidates)  # type: ignore[arg-type]
    distribution = Distribution(task="t", options=Options(), calls=(call,))
    values = {"done": 1, "total": 3, "cost_usd": None, "elapsed_s": 0.0, "note": ""}
    return Progress(**{**values, **changes}, partial=lambda: distribution)


@pytest.mark.parametrize(
    ("progress", "said"),
    [
        (None, "asking … 2 s"),
        (so_far(), "asking … 1 of 3 calls · 2 s"),
        (so_far(1, done=0, total=1), "asking … 0 of 1 call · 1 candidate · 2 s"),
        (so_far(7, cost_usd=0.0031), "asking … 1 of 3 calls · 7 candidates · 2 s · $0.0031"),
        (
            so_far(note="rate limit: waiting 4 s"),
            "asking … 1 of 3 calls · 2 s · rate limit: waiting 4 s",
        ),
    ],
)
def test_the_line_says_how_far_it_is(progress, said):
    """Calls, candidates, seconds, cost where there is one, and what is waited for."""
    assert describe(progress, 2.2) == said


def test_a_quick_run_draws_nothing():
    """Under half a second there is nothing to see, and nothing to take away."""
    drawn = []
    with ProgressLine(drawn.append) as shown:
        shown.observe(so_far())
    assert drawn == []


def test_a_slow_run_draws_in_place_and_clears():
    """Each line is drawn once, the last drawing is the empty one, and the thread is gone."""
    drawn = []
    with ProgressLine(drawn.append) as shown:
        time.sleep(line.QUIET_S + 0.1)
        shown.observe(so_far(done=2))
        time.sleep(2 * line.EVERY_S)
    assert drawn[0].startswith("asking … ")
    assert any("2 of 3 calls" in text for text in drawn)
    assert drawn[-1] == ""
    assert len(drawn) == len(set(drawn))
    assert "vs_magic-progress" not in {t.name for t in threading.enumerate()}


def test_it_is_cleared_when_the_run_fails():
    """An error or an interrupt leaves no line behind."""
    drawn = []

    def interrupted() -> None:
        with ProgressLine(drawn.append):
            time.sleep(line.QUIET_S + 0.1)
            raise KeyboardInterrupt("stop")

    with pytest.raises(KeyboardInterrupt, match="stop"):
        interrupted()
    assert drawn[-1] == ""


def test_a_terminal_redraws_one_line(monkeypatch, capsys):
    """Carriage return and erase; never wider than the terminal; control sequences are shown."""
    monkeypatch.setenv("COLUMNS", "20")
    line._in_terminal("asking … \x1b[31m 红红红红红红红红")
    line._in_terminal("")
    assert capsys.readouterr().err == "\r\x1b[Kasking … ␛[31m 红红\r\x1b[K"


def test_what_is_no_terminal_gets_no_line(shell, capsys):
    """A pipe or a log file is not filled with carriage returns."""
    assert line.drawer(shell) is None


def test_a_cell_ends_quietly_after_a_slow_endpoint(endpoint, run, capsys):
    """A slow, then healthy run in a shell without a terminal: the table, and nothing else."""
    text = '{"responses": [{"text": "red", "probability": 0.6}]}'
    served: Endpoint = endpoint([faults.drip(text, 0.05, pieces=20)])
    run("%%vs -k 1 --model openai/loopback\nName a colour.")
    shown = capsys.readouterr()
    assert len(served.requests) == 1
    assert shown.err == ""
    assert "asking" not in shown.out
