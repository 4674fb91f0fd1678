"""How a set of responses is resampled, for intervals: one scheme for each kind of metric.

A resample with replacement holds copies of the same response. To a mean it does no harm; to a
measure of variety it does: a copy is a perfect likeness that the model never produced, so that
every replicate is biased towards "less diverse". Hence these schemes, each chosen by its coverage
in simulations (docs/metrics.md, "Intervals"). Any other measure of a set (semantic diversity,
ROUGE-L, Vendi …) leaves out each response in turn (`units.left_out`): there are no copies then.

answers  Measures of how often each answer came (entropy, KL …). Drawn from a posterior of the
         answers seen, and from some that were not: what was not seen has the share that Good,
         Turing, Chao and Jost estimate from the answers that came once and twice.
different  The number of different answers: normal, with the variance of that number. (A resample
         of what was seen never shows a new answer, so that it never passes the number seen.)
share    A share of responses (precision): draws from its Beta posterior under Jeffreys' prior,
         which has a width even where all or none of the responses count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CELLS = 4_000_000  # of one block of draws: 32 MB


def held(units: NDArray[np.intp]) -> Floats:
    """Return which unit holds which response: 1 or 0, shape (units, responses)."""
    found: Floats = (np.arange(int(units.max(initial=-1)) + 1)[:, None] == units).astype(np.float64)
    return found


def of_blocks(weights: Floats, blocks: Iterable[tuple[int, NDArray[np.floating]]]) -> Floats:
    """Return `W s Wᵀ`, shape (units, units), from the weights of each unit, and blocks of s.

    A block holds some rows of the symmetric s from where they begin, and the columns from there to
    the end: what is left of it has been counted above it.
    """
    total = np.zeros((len(weights), len(weights)))
    for start, block in blocks:
        here = weights[:, start : start + len(block)]
        beyond = here @ block[:, len(block) :] @ weights[:, start + len(block) :].T
        total += here @ block[:, : len(block)] @ here.T + beyond + beyond.T
    return total


def mean_of_units(together: Floats, held: Floats) -> Callable[[Floats], Floats]:
    """Return what gives the mean similarity over pairs for choices of units.

    Parameters
    ----------
    together
        Sums of similarities between the units' responses, themselves included, (units, units).
    held
        Which unit holds which response, shape (units, responses).
    """
    sizes = held.sum(axis=1)

    def score(choices: Floats) -> Floats:
        count = choices @ sizes
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Floats = ((choices @ together * choices).sum(axis=1) - count) / (
                count * (count - 1.0)
            )
        return found

    return score


def unseen_difference(count: int, rng: Generator, resamples: int) -> Floats:
    """Resample a mean over pairs that stands at its limit: all responses were alike, or all unlike.

    None of them shows anything else, and yet n such responses leave room for others. The share p of
    others is drawn from Beta(1, n), whose upper quantile is Clopper's and Pearson's limit for 0 of
    n. A pair is as those seen for certain where neither of it is another, so that the mean is at
    most `1 − (1 − p)²` from the limit.
    """
    return 1.0 - np.square(1.0 - rng.beta(1.0, count, size=resamples))


def moved(replicates: Floats, observed: float) -> Floats:
    """Move replicates so that their mean is the observed value.

    A measure of n draws has a bias (an entropy is too low, a divergence too high); n draws from an
    estimate of the answers have it twice.
    """
    found: Floats = observed + replicates - replicates.mean()
    return found


def share(hits: float, count: float, rng: Generator, resamples: int) -> Floats:
    """Draw a share from its posterior under Jeffreys' prior."""
    return rng.beta(hits + 0.5, count - hits + 0.5, size=resamples)


def unseen(counts: Floats) -> tuple[float, float]:
    """Estimate what was not seen, from how many answers came once and twice.

    Returns
    -------
    answers : float
        How many answers were not seen (Chao, 1984; bias-corrected where none came twice).
    probability : float
        The probability that the next response is one of them (Good, 1953, refined by Chao and
        Jost, 2012).

    >>> unseen(np.array([6.0, 3.0, 1.0]))
    (0.0, 0.0)
    >>> unseen(np.array([5.0, 2.0, 1.0, 1.0, 1.0]))
    (4.05..., 0.279...)
    """
    total = float(counts.sum())
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    rest = (total - 1) * (once if twice else once - 1)
    if total < 2 or rest <= 0:
        return 0.0, 0.0
    answers = rest / total * once / 2 / max(twice, 1)
    return answers, once / total * rest / (rest + 2 * max(twice, 1))


def answers(
    counts: Floats,
    statistic: Callable[[Floats], Floats],
    rng: Generator,
    resamples: int,
    *,
    closed: bool = False,
) -> Floats:
    """Resample a statistic of answer counts, unseen answers among them.

    Parameters
    ----------
    counts
        How often each answer came, shape (answers,). Answers that are known and did not come are
        zeros: the unseen ones are taken from them. Without any, new ones are added.
    statistic
        From counts, shape (draws, answers or more; the new ones last), to its values.
    closed
        Whether there can be no answers but these.

    Returns
    -------
    ndarray
        Shape (resamples,); not yet moved to the observed value.
    """
    total = float(counts.sum())
    number, probability = unseen(counts)
    never = np.flatnonzero(counts == 0)
    # More unseen answers than a few times the draws are all drawn once: no need to tell them apart.
    most = len(never) if len(never) or closed else int(5 * total)
    fresh = min(max(math.ceil(number), 1), most)
    width = len(counts) + (0 if len(never) else fresh)
    step = max(1, _CELLS // width)
    parts: list[Floats] = []
    for done in range(0, resamples, step):
        rows = min(step, resamples - done)
        hidden = rng.beta(total * probability + 0.5, total * (1 - probability) + 0.5, size=rows)
        chances = np.zeros((rows, width))
        seen = rng.standard_gamma(np.broadcast_to(counts, (rows, len(counts))))
        seen /= seen.sum(axis=1, keepdims=True)
        chances[:, : len(counts)] = seen * (1.0 - hidden[:, None])
        if fresh:
            np.put_along_axis(
                chances, _places(never, fresh, width, rng, rows), (hidden / fresh)[:, None], axis=1
            )
        chances /= chances.sum(axis=1, keepdims=True)
        parts.append(statistic(rng.multinomial(round(total), chances).astype(np.float64)))
    return np.concatenate(parts)


def _places(
    never: NDArray[np.intp], fresh: int, width: int, rng: Generator, rows: int
) -> NDArray[np.intp]:
    """Return the columns of the unseen answers in each row: some that never came, or the last."""
    if len(never):
        return rng.permuted(np.tile(never, (rows, 1)), axis=1)[:, :fresh]
    return np.tile(np.arange(width - fresh, width), (rows, 1))


def different(counts: Floats, rng: Generator, resamples: int, known: float = math.inf) -> Floats:
    """Draw the number of different answers expected in as many draws as were made.

    The number K seen is an unbiased estimate of it. Its variance is the number of new answers
    that as many draws again would bring, less f₁²/n for the fixed number of draws. Those are
    Chao's (2014), or Good's and Toulmin's f₁ − f₂ (1956) where that is more; f₁ and f₂ are the
    answers that came once and twice. Half an answer is added for what shows in none of them, so
    that no set of responses is beyond doubt. The draws stay above K less twice the answers that
    as many draws would be expected to lose.

    Parameters
    ----------
    counts
        How often each answer came, shape (answers,).
    known
        How many different answers there can be at most.
    """
    counts = counts[counts > 0]
    total, seen = float(counts.sum()), float(len(counts))
    once, twice = float((counts == 1).sum()), float((counts == 2).sum())
    more = min(unseen(counts)[0], known - seen)
    new = more * (1.0 - (1.0 - once / (total * more + once)) ** total) if more > 0 else 0.0
    new = max(new, min(once - twice, known - seen))
    variance = max(new - once * once / total, 0.0) + 0.5
    lost = float(np.power(1.0 - counts / total, total).sum())
    drawn = rng.normal(seen, math.sqrt(variance), size=resamples)
    return np.clip(drawn, max(seen - 2.0 * lost, 1.0), min(total, known))
