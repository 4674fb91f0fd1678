"""`%vs_theory` as people write it, in a real shell."""

from __future__ import annotations

import subprocess
import sys

import pytest

from vs_magic.magics.vs_theory import COMMAND
from vs_magic.theory.explore import Explorer


def test_a_line_returns_the_explorer(run, shell, capsys):
    """Flags put the sliders where they say; a terminal shows the table."""
    result = run("%vs_theory --pi-ref die --alpha 0.2 --beta=0.4 --seed 3")
    found = result.result
    assert isinstance(found, Explorer)
    assert (found.scene.alpha, found.scene.beta, found.scene.seed) == (0.2, 0.4, 3)
    assert shell.user_ns["_"] is found
    shown = capsys.readouterr().out
    assert "1 + 0.2 / 0.4 = 1.5" in shown
    assert "Roll a six-sided die." in shown


@pytest.mark.parametrize("line", ["toss << --answers coin", "--answers coin -o toss"])
def test_a_name_keeps_it(run, shell, capsys, line):
    """`NAME <<` and `--out` bind the explorer; it is shown once, and not returned."""
    assert run(f"%vs_theory {line}").result is None
    assert shell.user_ns["toss"].frame.index.tolist() == ["Heads", "Tails"]
    assert capsys.readouterr().out.count("Flip a coin.") == 1


@pytest.mark.parametrize(
    ("made", "answers"),
    [
        ("mine = {'tea': 1, 'coffee': 3}", "mine"),
        ("import pandas as pd; mine = pd.Series({'tea': 1, 'coffee': 3})", "mine"),
        ("mine = ['coffee', 'tea', 'coffee', 'coffee']", "mine"),
        ("pass", "tea=25,coffee=75"),
        ("pass", "'tea = 1, coffee = 3'"),
        ("share = 75", "tea=25,coffee={{share}}"),
    ],
)
def test_answers_of_ones_own(run, made, answers):
    """A variable, or answers with their weights on the line."""
    run(made)
    found = run(f"%vs_theory --pi-ref {answers} --alpha 0").result
    assert found.frame["pi_star"].to_dict() == {"coffee": 0.75, "tea": 0.25}


def test_what_a_cell_returned_can_be_explored(run):
    """The frame of `%%vs` and its distribution are references, with their task and model."""
    run("%vs -k 4 --seed 1 --quiet --out colours Name a colour.")
    found = run("%vs_theory --pi-ref colours").result
    assert found.scene.reference.title == "Name a colour."
    assert found.scene.reference.note == "as simulated/aligned weighed them"
    assert len(found.frame) == 4
    assert run("%vs_theory --pi-ref _vs").result.frame.equals(found.frame)


def test_ties_and_which(run):
    """The best answers are those that the flags say."""
    found = run("%vs_theory --pi-ref die --ties 0.5 --which rare").result
    assert found.frame["r_true"].tolist() == [-1, -1, -1, 0, 0, 0]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("--aplha 1", "unknown flag --aplha: did you mean --alpha?"),
        ("--alpha", "--alpha takes a value (A), and none was given"),
        ("--alpha much", "--alpha takes a number, not 'much'"),
        ("--alpha 0,57", "--alpha takes a number, not '0,57' (write 0.57)"),
        ("--seed 1.5", "--seed takes a whole number, not '1.5'"),
        ("--alpha 1 --alpha 2", "--alpha is given twice"),
        ("--beta 0", "beta takes a finite number above 0 here, not 0"),
        ("--ties 2", "ties takes a share above 0, up to 1"),
        ("--pi-ref colr", "unknown answers 'colr': did you mean 'colour'?"),
        ("--pi-ref a=1", "at least two answers"),
        ("--pi-ref a=1,b", "'b' is none"),
        ("--pi-ref =1,b=2", "no answer before '=1'"),
        ("Name a colour.", "'Name' is one word too many"),
        ("x << -o y", "--out is given twice"),
        ("-o 1x", "cannot be one"),
        ("--pi-ref {{nobody}}", "nobody"),
    ],
)
def test_bad_lines(complaint, line, problem):
    """One line that names the flag and what to write."""
    assert problem in complaint(f"%vs_theory {line}")


def test_help_lists_every_flag(run, shell, capsys):
    """`--help` and the docstring are one text."""
    assert run("%vs_theory --help").result is None
    shown = capsys.readouterr().out
    for flag in COMMAND.flags:
        assert all(spelling in shown for spelling in flag.spellings)
    assert shell.find_line_magic("vs_theory").__doc__ in shown


def test_importing_it_imports_nothing_heavy():
    """The magic's module needs neither numbers nor widgets; they come with the first line."""
    code = (
        "import sys, vs_magic.magics.vs_theory\n"
        "heavy = ('numpy', 'pandas', 'altair', 'anywidget', 'scipy', 'vs_magic.theory')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
