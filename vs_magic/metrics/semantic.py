"""Diversity of meaning: how far apart the embeddings of the responses to one prompt are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics import _resample
from vs_magic.metrics._registry import OfUnits, metric
from vs_magic.metrics._texts import Prompts, as_texts, groups, mean_defined
from vs_magic.metrics.embed import Embedder, embed

_BLOCK = 512


def _by_unit(
    texts: Sequence[str],
    units: NDArray[np.intp],
    *,
    embedder: str | Embedder = "auto",
    vectors: ArrayLike | None = None,
    clip: bool = False,
) -> OfUnits:
    rows = unit_rows(texts, embedder, vectors)
    held = _resample.held(units)
    if clip:
        together = _resample.of_blocks(held, _clipped_blocks(rows.astype(np.float32)))
    else:
        sums = held @ rows
        together = sums @ sums.T
    similar = _resample.mean_of_units(together, held)
    return lambda choices: np.maximum(1.0 - similar(choices), 0.0)


@metric(
    "semantic-diversity",
    higher_is="more diverse",
    unit="share",
    high=2.0,
    needs=("embedder",),
    by_unit=_by_unit,
)
def semantic_diversity(
    texts: Iterable[str],
    *,
    prompts: Prompts = None,
    embedder: str | Embedder = "auto",
    vectors: ArrayLike | None = None,
    clip: bool = False,
) -> float:
    r"""1 − mean cosine similarity over the pairs of responses to one prompt.

    With unit vectors :math:`u_i` the mean over the pairs is
    :math:`(\lVert \sum_i u_i \rVert^2 - n) / (n (n - 1))`, so that no pair is ever formed: time
    grows as n·d, memory not at all beyond the vectors.

    Range 0 (all alike) to 2, in practice to about 1; higher is more diverse. Unit: share; the
    paper prints it × 100 %. Undefined (NaN) for fewer than two texts.

    Parameters
    ----------
    texts
        The responses.
    prompts
        The prompt of each text; pairs are formed within a prompt, and the mean is taken over
        prompts. Without it, all texts answer one prompt.
    embedder
        Which embeddings: a name (see `embed.embedder`), or a function from texts to rows.
    vectors
        Embeddings that are there already, shape (texts, d), of any length; then nothing is
        embedded.
    clip
        Count a negative cosine as 0, as the authors' package does. Pairs are then formed, in
        blocks: time grows as n²·d, memory stays linear in n.

    Returns
    -------
    float
        The semantic diversity.

    Raises
    ------
    OptionError
        Texts are no strings, or vectors are not one for each.
    MissingExtraError
        The embedder needs a package that is not installed.

    References
    ----------
    Zhang et al., "Verbalized Sampling", arXiv 2510.01171, section 5 (there with OpenAI's
    `text-embedding-3-small`). Values of different embedders cannot be compared.

    Examples
    --------
    >>> semantic_diversity(["a", "b", "c"], vectors=[[1, 0], [1, 0], [0, 2]])
    0.666...
    >>> semantic_diversity(["alone"], vectors=[[1, 0]])
    nan
    """
    checked = as_texts(texts)
    parts = groups(len(checked), prompts)
    if all(len(part) < 2 for part in parts):
        return math.nan
    rows = _rows(checked, embedder, vectors)
    return mean_defined(_diversity(rows, part, clip=clip) for part in parts)


def _diversity(rows: NDArray[np.floating], part: Sequence[int], *, clip: bool) -> float:
    count = len(part)
    if count < 2:
        return math.nan
    if clip:
        unit = np.concatenate([block.astype(np.float32) for block in _unit_blocks(rows, part)])
        together = float(_resample.of_blocks(np.ones((1, count)), _clipped_blocks(unit))[0, 0])
    else:
        total = sum(block.sum(axis=0) for block in _unit_blocks(rows, part))
        together = float(np.square(total).sum())
    similarity = (together - count) / (count * (count - 1))
    # All alike is 0, not almost: what rounding leaves (single precision in blocks) is none.
    return 0.0 if similarity > 1 - (1e-6 if clip else 1e-12) else 1.0 - similarity


def pairwise_similarity(
    texts: Iterable[str],
    *,
    embedder: str | Embedder = "auto",
    vectors: ArrayLike | None = None,
    clip: bool = False,
) -> NDArray[np.float32]:
    """Return the cosine similarity of each pair of texts, for a heat map.

    The one function here whose memory grows as n²; `semantic_diversity` needs no matrix.

    Parameters
    ----------
    texts
        The texts.
    embedder, vectors, clip
        As in `semantic_diversity`.

    Returns
    -------
    ndarray
        Shape (texts, texts), symmetric, between -1 and 1.

    Examples
    --------
    >>> pairwise_similarity(["a", "b"], vectors=[[1, 0], [0, 3]]).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    rows = unit_rows(as_texts(texts), embedder, vectors)
    return np.asarray(np.clip(rows @ rows.T, 0.0 if clip else -1.0, 1.0), dtype=np.float32)


def unit_rows(
    texts: Sequence[str], embedder: str | Embedder, vectors: ArrayLike | None
) -> NDArray[np.float64]:
    """Return one row of length 1 for each text: embedded, or from `vectors`.

    Raises
    ------
    OptionError
        `vectors` are not one row for each text, or one is zero or not finite.
    """
    rows = _rows(texts, embedder, vectors)
    return np.concatenate(list(_unit_blocks(rows, range(len(rows)))))


def _rows(
    texts: Sequence[str], embedder: str | Embedder, vectors: ArrayLike | None
) -> NDArray[np.floating]:
    """Return one row of any length for each text."""
    rows = np.asarray(embed(texts, embedder) if vectors is None else vectors)
    if rows.ndim != 2 or len(rows) != len(texts) or rows.dtype.kind not in "fiu":
        raise OptionError(
            f"vectors must be one row of numbers for each of the {len(texts)} texts, "
            f"not an array of shape {rows.shape} of {rows.dtype}"
        )
    return rows


def _unit_blocks(rows: NDArray[np.floating], part: Sequence[int]) -> Iterator[NDArray[np.float64]]:
    """Yield some of the rows, scaled to length 1 in double precision, a block at a time."""
    for start in range(0, len(part), _BLOCK):
        chosen = part[start : start + _BLOCK]
        block = rows[chosen].astype(np.float64)
        lengths = np.sqrt(np.einsum("ij,ij->i", block, block))
        wrong = np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))
        if len(wrong):
            raise OptionError(
                f"vectors[{chosen[wrong[0]]}] has no direction: its length is {lengths[wrong[0]]}"
            )
        block /= lengths[:, None]
        yield block


def _clipped_blocks(rows: NDArray[np.float32]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the matrix of clipped cosines in blocks of rows, each from its own columns on."""
    for start in range(0, len(rows), _BLOCK):
        yield start, np.clip(rows[start : start + _BLOCK] @ rows[start:].T, 0.0, 1.0)
