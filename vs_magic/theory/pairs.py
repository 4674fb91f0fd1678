"""Preference pairs of one's own, from a file or a frame, under the names that people give them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vs_magic.errors import OptionError

if TYPE_CHECKING:
    import pandas as pd

SIDES: Mapping[str, tuple[str, ...]] = {
    "preferred": ("preferred", "chosen", "winner", "accepted", "better"),
    "rejected": ("rejected", "loser", "worse", "dispreferred"),
}
KINDS: Mapping[str, tuple[str, ...]] = {
    "logp": ("logp", "logprob", "logpi", "loglik", "logpiref", "logprobability", "logpπref"),
    "correctness": ("correctness", "correct", "quality"),
}
NAMES = tuple(f"{kind}_{side}" for kind in KINDS for side in SIDES)
"""The columns of numbers, as they are called here."""


def read_pairs(
    source: pd.DataFrame | str | Path, *, drop_missing: bool = False, **columns: str
) -> pd.DataFrame:
    """Read preference pairs, and give their columns the names that the regression knows.

    A column is found by its words, in any order and case, with `_`, `-`, space or nothing between:
    a side (`preferred`, `chosen`, `winner`; `rejected`, `loser`) and what it holds (`logp`,
    `logprob`, `log_pi_ref`, `log π_ref`; `correctness`, `correct`, `quality`). A side alone is the
    answer's text. Other columns are kept.

    Parameters
    ----------
    source
        A frame, or the path of a .csv, .tsv or .jsonl file.
    drop_missing
        Leave out pairs that lack a number, instead of refusing them.
    **columns
        Names of your own: `logp_preferred="lp_a"`, `correctness_rejected="score_b"`, …

    Returns
    -------
    DataFrame
        With `logp_preferred` and `logp_rejected` (nats), and, where there are any,
        `correctness_preferred`, `correctness_rejected`, `preferred`, `rejected`.

    Raises
    ------
    OptionError
        The file cannot be read; a column is missing, is there twice or holds no numbers; a number
        is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> given = pd.DataFrame({"Chosen log-prob": [-1.0], "log π_ref (rejected)": [-2.5]})
    >>> list(read_pairs(given))
    ['logp_preferred', 'logp_rejected']
    """
    frame = named(load(source), columns)
    lacking = [name for name in ("logp_preferred", "logp_rejected") if name not in frame]
    if lacking:
        scored = all(side in frame for side in SIDES)
        hint = "theory.score_pairs scores their texts on a local model; or " if scored else ""
        raise lacks(frame, lacking, hint)
    one = [name for name in NAMES[2:] if name in frame]
    if len(one) == 1:
        other = next(name for name in NAMES[2:] if name not in one)
        raise OptionError(f"the pairs have {one[0]!r} and no {other!r}: give both, or neither")
    numbers = [name for name in NAMES if name in frame]
    for name in numbers:
        frame[name] = _as_numbers(frame[name], name)
    missing = frame[numbers].isna()
    if drop_missing:
        frame = frame[~missing.any(axis=1)].reset_index(drop=True)
    elif missing.to_numpy().any():
        name = str(missing.any().idxmax())
        row = int(missing[name].to_numpy().argmax())
        raise OptionError(
            f"{name} is missing in {int(missing[name].sum())} of {len(frame)} pairs, first in row "
            f"{row + 1}: fill it in, or leave such pairs out with drop_missing=True"
        )
    return frame


def load(source: Any) -> pd.DataFrame:
    """Return a copy of a frame, or a file's content."""
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        copied: pd.DataFrame = source.copy()
        return copied
    if not isinstance(source, (str, Path)):
        kind = type(source).__name__
        raise OptionError(f"pairs come as a DataFrame or a file's path, not as {kind}")
    path = Path(source).expanduser()
    try:
        if path.suffix.lower() in (".jsonl", ".ndjson"):
            found: pd.DataFrame = pd.read_json(path, lines=True)
        else:
            found = pd.read_csv(path, sep="\t" if path.suffix.lower() == ".tsv" else ",")
    except OSError as error:
        raise OptionError(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:  # pandas' own errors of form are ValueErrors
        raise OptionError(f"{path} is no table that can be read: {error}") from None
    return found


def named(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the frame with its columns under the names that are used here."""
    known = (*NAMES, *SIDES, "prompt")
    for name, column in columns.items():
        if name not in known:
            raise OptionError(f"unknown column {name!r}: one of {', '.join(known)}")
        if column not in frame:
            there = ", ".join(map(str, frame.columns))
            raise OptionError(f"{name}={column!r}: there is no such column; there are {there}")
    taken = {column: name for name, column in columns.items()}
    for column in frame.columns:
        meant = _meaning(str(column))
        if column in taken or meant is None or meant in columns:
            continue
        if meant in taken.values():
            first = next(c for c, name in taken.items() if name == meant)
            raise OptionError(
                f"{first!r} and {column!r} are both {meant}: say which, {meant}={column!r}"
            )
        taken[column] = meant
    renamed: pd.DataFrame = frame.rename(columns=taken)
    return renamed


def _meaning(column: str) -> str | None:
    """Return what a column holds, read off its name; None where it is none of ours.

    >>> _meaning("logprob_chosen"), _meaning("Rejected"), _meaning("quality (winner)")
    ('logp_preferred', 'rejected', 'correctness_preferred')
    >>> _meaning("id") is None
    True
    """
    words = re.findall(r"[a-zπ]+", column.lower())
    side = next((s for s, names in SIDES.items() if set(words) & set(names)), None)
    if side is None:
        return None
    rest = "".join(w for w in words if w not in SIDES[side]).replace("π", "pi")
    if not rest:
        return side
    kind = next((k for k, names in KINDS.items() if rest in names), None)
    return f"{kind}_{side}" if kind else None


def _as_numbers(values: pd.Series[Any], name: str) -> pd.Series[Any]:
    import pandas as pd

    numbers = pd.to_numeric(values, errors="coerce")
    wrong = numbers.isna() & values.notna()
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise OptionError(f"{name} holds no number in row {row + 1}: {values.iloc[row]!r}")
    return numbers.astype(float)


def lacks(frame: pd.DataFrame, names: list[str], hint: str = "") -> OptionError:
    """Return the error for pairs without some columns; a hint comes before how to name them."""
    there = ", ".join(map(repr, map(str, frame.columns))) or "none"
    yours = "name yours: " + ", ".join(f"{name}=…" for name in names)
    return OptionError(
        f"the pairs have no column {' and no '.join(names)} (there are {there}): {hint}{yours}"
    )
