"""Pairs of one's own: files, names of columns, what is missing."""

from __future__ import annotations

import pandas as pd
import pytest

from vs_magic import theory
from vs_magic.errors import OptionError

PLAIN = {"logp_preferred": [-1.0, -2.0], "logp_rejected": [-1.5, -1.0]}


@pytest.mark.parametrize(
    "names",
    [
        ("logp_preferred", "logp_rejected"),
        ("chosen_logprob", "rejected_logprob"),
        ("log π_ref (winner)", "log π_ref (loser)"),
        ("LogPiRef Chosen", "LogPiRef Rejected"),
        ("log-prob_better", "log-prob_worse"),
    ],
)
def test_columns_are_found_by_their_words(names):
    """Sides and kinds in the words, order and case that people use."""
    given = pd.DataFrame(dict(zip(names, PLAIN.values(), strict=True)))
    found = theory.read_pairs(given)
    assert found.equals(pd.DataFrame(PLAIN))
    assert list(given.columns) == list(names)


def test_columns_can_be_named():
    """A name of one's own counts before what the words say."""
    given = pd.DataFrame({"a": [-1.0], "b": [-2.0], "logp_chosen": [-9.0], "id": [7]})
    found = theory.read_pairs(given, logp_preferred="a", logp_rejected="b")
    assert found["logp_preferred"].tolist() == [-1.0]
    assert found["id"].tolist() == [7]
    assert found["logp_chosen"].tolist() == [-9.0]


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_files(tmp_path, kind):
    """CSV, TSV and JSON lines come to the same pairs, and to the same estimate as the frame."""
    pairs = theory.simulate_preferences(60, alpha=0.8, ties=0.5, seed=1)
    path = tmp_path / f"pairs.{kind}"
    if kind == "jsonl":
        pairs.to_json(path, orient="records", lines=True, double_precision=15)
    else:
        pairs.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    from_file = theory.estimate_alpha(str(path))
    assert from_file.alpha == pytest.approx(theory.estimate_alpha(pairs).alpha, abs=1e-9)
    assert from_file.correctness is not None


def test_missing_numbers_are_named_or_left_out():
    """The column, how many, and the first row; or the pair goes, on request."""
    given = pd.DataFrame({**PLAIN, "logp_rejected": [None, -1.0]})
    with pytest.raises(
        OptionError, match="logp_rejected is missing in 1 of 2 pairs, first in row 1"
    ):
        theory.read_pairs(given)
    assert len(theory.read_pairs(given, drop_missing=True)) == 1


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"x": [1]}, "no column logp_preferred and no logp_rejected .there are 'x'.: name yours"),
        ({"chosen": ["a"], "rejected": ["b"]}, "score_pairs scores their texts"),
        ({**PLAIN, "logprob_chosen": [1, 2]}, "are both logp_preferred: say which"),
        ({**PLAIN, "logp_rejected": ["-1", "low"]}, "no number in row 2: 'low'"),
        ({**PLAIN, "correctness_preferred": [1, 2]}, "and no 'correctness_rejected'"),
    ],
)
def test_what_is_wrong_is_named(columns, problem):
    """One line with the column, and what to write instead."""
    with pytest.raises(OptionError, match=problem):
        theory.read_pairs(pd.DataFrame(columns))


def test_names_that_lead_nowhere():
    """A role that is none, a column that is not there."""
    with pytest.raises(OptionError, match="unknown column 'winner': one of logp_preferred"):
        theory.read_pairs(pd.DataFrame(PLAIN), winner="a")
    with pytest.raises(OptionError, match="logp_preferred='a': there is no such column"):
        theory.read_pairs(pd.DataFrame(PLAIN), logp_preferred="a")


def test_files_that_cannot_be_read(tmp_path):
    """A file that is not there, an empty one, and something that is no file."""
    with pytest.raises(OptionError, match="cannot be read: No such file"):
        theory.read_pairs(tmp_path / "none.csv")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(OptionError, match="no table that can be read"):
        theory.read_pairs(tmp_path / "empty.csv")
    with pytest.raises(OptionError, match="not as int"):
        theory.read_pairs(7)
