"""Stated probabilities against what was observed over repeated direct calls."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics import _resample
from vs_magic.metrics._answers import Answers, Normalize, count_answers, normalizer
from vs_magic.metrics._registry import metric

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Stated: TypeAlias = "Mapping[str, float] | Iterable[tuple[str, float]] | pd.DataFrame"
"""Answer to stated probability (0 to 1); or pairs of them; or a frame of candidates.

A frame has the columns `text` and `probability`, and may have `call`: then an answer's probability
is its mean over the calls, 0 in a call that does not name it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """Answers, what was stated of each (NaN: nothing), and how often each came."""

    names: list[str]
    stated: Floats
    counts: Floats

    @property
    def told(self) -> Floats:
        """What was stated; an answer that was not listed was given no probability."""
        return np.nan_to_num(self.stated)

    @property
    def observed(self) -> Floats:
        """Shares of the observed answers; NaN without any."""
        total = self.counts.sum()
        return self.counts / total if total else np.full(len(self.counts), math.nan)


def _replicate_brier(
    answers: Answers,
    rng: Generator,
    resamples: int,
    *,
    stated: Stated,
    normalize: Normalize = "answer",
) -> Floats:
    beside = _beside(answers, stated, normalize)

    def statistic(counts: Floats) -> Floats:
        told = np.pad(beside.told, (0, counts.shape[1] - len(beside.told)))
        return _briers(told, counts / counts.sum(axis=1, keepdims=True))

    return _resample.answers(beside.counts, statistic, rng, resamples)


def _replicate_error(
    answers: Answers,
    rng: Generator,
    resamples: int,
    *,
    stated: Stated,
    bins: int = 10,
    normalize: Normalize = "answer",
) -> Floats:
    beside = _beside(answers, stated, normalize)
    listed = np.flatnonzero(~np.isnan(beside.stated))
    place = _places(beside.stated[listed], bins)

    def statistic(counts: Floats) -> Floats:
        shares = counts / counts.sum(axis=1, keepdims=True)
        return _errors(beside.stated[listed], shares[:, listed], place)

    drawn = _resample.answers(beside.counts, statistic, rng, resamples)
    return _resample.moved(drawn, float(statistic(beside.counts[None, :])[0]))


@metric(
    "brier",
    higher_is="worse calibrated",
    unit="score",
    high=2.0,
    needs=("stated",),
    replicate=_replicate_brier,
)
def brier(answers: Answers, stated: Stated, *, normalize: Normalize = "answer") -> float:
    r"""Mean squared difference between the stated distribution and each response that came.

    Of each observed response, :math:`\sum_a (s_a - y_a)^2` with s the stated probabilities and y 1
    for the answer that came. Range 0 to 2 where the stated sum to 1 at most; lower is better.
    Unit: none. Undefined (NaN) without observed answers, or where nothing was stated. It is not 0
    for a perfect forecast of a spread distribution: that has 1 − Σ s².

    Parameters
    ----------
    answers
        What came over repeated direct calls, or a mapping of answers to counts.
    stated
        Answer to stated probability, pairs of them, or a frame of candidates (columns `text`,
        `probability`, and `call` where there are several calls). They are taken as stated, not
        made to sum to 1.
    normalize
        As in `unique_share`, for both.

    Returns
    -------
    float
        The score.

    Raises
    ------
    OptionError
        A stated probability is not between 0 and 1, or texts are no strings.

    References
    ----------
    Brier, "Verification of Forecasts Expressed in Terms of Probability", 1950.

    Examples
    --------
    >>> round(brier(["4", "4", "2", "4"], {"4": 0.5, "2": 0.5}), 3)
    0.5
    """
    beside = _beside(answers, stated, normalize)
    if not beside.counts.sum() or np.isnan(beside.stated).all():
        return math.nan
    return float(_briers(beside.told, beside.observed[None, :])[0])


def _briers(told: Floats, shares: Floats) -> Floats:
    return np.asarray((told * told - 2 * told * shares + shares).sum(axis=1))


@metric(
    "expected-calibration-error",
    higher_is="worse calibrated",
    unit="share",
    high=1.0,
    needs=("stated",),
    replicate=_replicate_error,
)
def expected_calibration_error(
    answers: Answers, stated: Stated, *, bins: int = 10, normalize: Normalize = "answer"
) -> float:
    """Mean distance between stated probability and observed share, over bins of what was stated.

    Each listed answer is one forecast; answers whose stated probabilities fall into the same of
    `bins` equal parts of 0 to 1 are taken together, and a bin counts by its answers. Range 0 to 1;
    lower is better. Unit: share. Undefined (NaN) without observed answers, or where nothing was
    stated. With few responses it is above 0 for a perfect forecast too; answers that came and were
    not listed do not enter (see `calibration_table` for them).

    Parameters
    ----------
    answers, stated, normalize
        As in `brier`.
    bins
        How many equal parts, 1 or more.

    Returns
    -------
    float
        The error.

    Raises
    ------
    OptionError
        As in `brier`; or `bins` is below 1.

    References
    ----------
    Naeini et al., 2015; Guo et al., "On Calibration of Modern Neural Networks", 2017.

    Examples
    --------
    >>> round(expected_calibration_error(["4", "4", "2", "4"], {"4": 0.55, "2": 0.45}), 3)
    0.2
    """
    if isinstance(bins, bool) or not isinstance(bins, int) or bins < 1:
        raise OptionError(f"bins must be a whole number of 1 or more, not {bins!r}")
    beside = _beside(answers, stated, normalize)
    listed = np.flatnonzero(~np.isnan(beside.stated))
    if not beside.counts.sum() or not len(listed):
        return math.nan
    told = beside.stated[listed]
    return float(_errors(told, beside.observed[None, listed], _places(told, bins))[0])


def _places(told: Floats, bins: int) -> NDArray[np.intp]:
    return np.minimum((told * bins).astype(np.intp), bins - 1)


def _errors(told: Floats, shares: Floats, place: NDArray[np.intp]) -> Floats:
    # |mean stated − mean observed| × answers of the bin: the size of the bin cancels.
    apart = told - shares
    per_bin = np.stack([apart[:, place == bin_].sum(axis=1) for bin_ in np.unique(place)])
    return np.asarray(np.abs(per_bin).sum(axis=0) / len(told))


def calibration_table(
    answers: Answers, stated: Stated, *, normalize: Normalize = "answer", level: float = 0.95
) -> pd.DataFrame:
    """Return stated probability beside observed share, a row for each answer.

    Parameters
    ----------
    answers, stated, normalize
        As in `brier`.
    level
        Of the interval of the observed share (Wilson, 1927).

    Returns
    -------
    DataFrame
        Columns `answer`, `stated` (NaN: it was not listed), `observed` (share), `low`, `high`,
        `count`; the likeliest first. `attrs` holds `n`, the responses observed, and `stated_sum`.

    Raises
    ------
    OptionError
        As in `brier`.

    Examples
    --------
    >>> table = calibration_table(["4", "4", "2", "4"], {"4": 0.5, "6": 0.25})
    >>> table[["answer", "stated", "observed", "count"]]
      answer  stated  observed  count
    0      4    0.50      0.75      3
    1      6    0.25      0.00      0
    2      2     NaN      0.25      1
    """
    import pandas as pd

    if not 0 < level < 1:
        raise OptionError(f"level must be between 0 and 1, not {level!r}")
    beside = _beside(answers, stated, normalize)
    total = float(beside.counts.sum())
    low, high = _wilson(beside.counts, total, level)
    table: pd.DataFrame = pd.DataFrame(
        {
            "answer": beside.names,
            "stated": beside.stated,
            "observed": beside.observed,
            "low": low,
            "high": high,
            "count": beside.counts.astype(int),
        }
    )
    order = np.lexsort((-table["observed"], -beside.told, np.isnan(beside.stated)))
    table = table.iloc[order].reset_index(drop=True)
    table.attrs = {"n": int(total), "stated_sum": float(beside.told.sum())}
    return table


def _wilson(counts: Floats, total: float, level: float) -> tuple[Floats, Floats]:
    from scipy.special import ndtri

    if not total:
        return np.full(len(counts), math.nan), np.full(len(counts), math.nan)
    z = float(ndtri((1 + level) / 2))
    share = counts / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * np.sqrt(share * (1 - share) / total + (z / (2 * total)) ** 2)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


def _beside(answers: Answers, stated: Stated, normalize: Normalize) -> _Beside:
    same = normalizer(normalize)
    counts = count_answers(answers, normalize)
    told: dict[str, float] = {}
    names: dict[str, str] = {}
    triples = list(_triples(stated))
    calls = len({call for _, _, call in triples}) or 1
    for text, probability, _ in triples:
        key = same(text)
        names.setdefault(key, " ".join(text.split()))
        told[key] = told.get(key, 0.0) + probability / calls
    keys = list(dict.fromkeys([*told, *counts]))
    return _Beside(
        names=[names.get(key, key) for key in keys],
        stated=np.array([told.get(key, math.nan) for key in keys]),
        counts=np.array([counts.get(key, 0.0) for key in keys]),
    )


def _triples(stated: Any) -> Iterable[tuple[str, float, Any]]:
    """Yield text, probability and call of each stated probability; missing ones are left out."""
    if isinstance(stated, Mapping):
        rows: Iterable[tuple[Any, Any, Any]] = ((k, v, None) for k, v in stated.items())
    elif hasattr(stated, "columns"):
        if not {"text", "probability"} <= set(stated.columns):
            raise OptionError("a frame of stated probabilities needs columns text and probability")
        calls = stated["call"] if "call" in stated.columns else [None] * len(stated)
        rows = zip(stated["text"], stated["probability"], calls, strict=True)
    elif isinstance(stated, Iterable) and not isinstance(stated, (str, bytes)):
        rows = ((*pair, None) for pair in stated)
    else:
        raise OptionError(f"stated must map answers to probabilities, not {stated!r}")
    for text, value, call in rows:
        if value is None or value != value or not isinstance(text, str):  # noqa: PLR0124 - NaN
            continue
        if not 0 <= value <= 1:
            raise OptionError(f"a stated probability must be between 0 and 1, not {value!r}")
        yield text, float(value), call
