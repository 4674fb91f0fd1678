"""The Vendi score: the effective number of different responses, by a likeness of one's choice."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vs_magic.errors import OptionError
from vs_magic.metrics._registry import metric
from vs_magic.metrics._texts import Prompts, as_texts, groups, mean_defined
from vs_magic.metrics.embed import Embedder
from vs_magic.metrics.semantic import unit_rows

Floats = NDArray[np.float64]


@metric(
    "vendi",
    higher_is="more diverse",
    unit="responses",
    low=1.0,
    needs=("embedder",),
)
def vendi(
    texts: Iterable[str],
    *,
    prompts: Prompts = None,
    embedder: str | Embedder = "auto",
    vectors: ArrayLike | None = None,
    similarity: ArrayLike | None = None,
    weights: Iterable[float] | None = None,
    order: float = 1.0,
) -> float:
    r"""Effective number of different responses: exp of the entropy of the likeness' eigenvalues.

    With K the matrix of cosine similarities and p the weights, :math:`\exp(-\sum_i \lambda_i
    \log \lambda_i)` over the eigenvalues of :math:`\sqrt{p_i p_j} K_{ij}`; those of the smaller
    of the n×n and the d×d matrix, which are the same. Range 1 (all alike) to n (each unlike all
    others); higher is more diverse. Unit: responses. Undefined (NaN) for fewer than two texts. It
    grows with the number of responses: compare equal numbers.

    Parameters
    ----------
    texts, prompts, embedder, vectors
        As in `semantic_diversity`.
    similarity
        A likeness of your own instead of embeddings: shape (texts, texts), positive
        semi-definite, 1 on the diagonal. For one prompt.
    weights
        A weight for each text, such as its probability; normalised within a prompt. Default: all
        the same.
    order
        Below 1 rare responses count more, above 1 the common ones; infinite: the commonest alone.

    Returns
    -------
    float
        The Vendi score.

    Raises
    ------
    OptionError
        Texts are no strings; vectors, similarity or weights do not fit them; or the order is
        below 0.

    References
    ----------
    Friedman and Dieng, "The Vendi Score", arXiv 2210.02410; orders: Pasarkar and Dieng,
    arXiv 2310.12952.

    Examples
    --------
    >>> round(vendi(["a", "b", "c"], vectors=[[1, 0], [1, 0], [0, 1]]), 4)
    1.8899
    >>> round(vendi(["a", "b"], vectors=[[1, 0], [0, 1]], weights=[0.9, 0.1]), 4)
    1.3841
    """
    checked = as_texts(texts)
    parts = groups(len(checked), prompts)
    shares = _shares(weights, len(checked))
    if not order >= 0:
        raise OptionError(f"order must be 0 or more, not {order!r}")
    if all(len(part) < 2 for part in parts):
        return math.nan
    if similarity is not None:
        if len(parts) > 1:
            raise OptionError("similarity is for the texts of one prompt: leave prompts out")
        return _of_matrix(_similarity(similarity, len(checked)), shares, order)
    rows = unit_rows(checked, embedder, vectors)
    return mean_defined(_of_rows(rows[part], shares[part], order) for part in parts)


def _shares(weights: Iterable[float] | None, count: int) -> Floats:
    shares = np.ones(count) if weights is None else np.asarray(list(weights), dtype=np.float64)
    if len(shares) != count or not (np.isfinite(shares) & (shares >= 0)).all():
        raise OptionError(f"weights must be one number of 0 or more for each of the {count} texts")
    return shares


def _similarity(similarity: ArrayLike, count: int) -> Floats:
    matrix = np.asarray(similarity, dtype=np.float64)
    if matrix.shape != (count, count) or not np.allclose(matrix, matrix.T):
        raise OptionError(
            f"similarity must be a symmetric matrix of {count} by {count}, not {matrix.shape}"
        )
    if not np.allclose(np.diagonal(matrix), 1.0):
        raise OptionError("similarity must be 1 on its diagonal: each text is like itself")
    return matrix


def _of_rows(rows: Floats, shares: Floats, order: float) -> float:
    if len(rows) < 2 or not shares.sum() > 0:
        return math.nan
    scaled = rows * np.sqrt(shares / shares.sum())[:, None]
    small = scaled @ scaled.T if len(rows) <= rows.shape[1] else scaled.T @ scaled
    return _effective(np.linalg.eigvalsh(small), order)


def _of_matrix(matrix: Floats, shares: Floats, order: float) -> float:
    if len(matrix) < 2 or not shares.sum() > 0:
        return math.nan
    root = np.sqrt(shares / shares.sum())
    return _effective(np.linalg.eigvalsh(matrix * np.outer(root, root)), order)


def _effective(eigenvalues: NDArray[np.floating], order: float) -> float:
    """Return Hill's number of that order of the eigenvalues."""
    # Rounding leaves eigenvalues that are 0 a little off it.
    values = eigenvalues[eigenvalues > 1e-12]
    values = values / values.sum()
    if math.isinf(order):
        return float(1.0 / values.max())
    if abs(order - 1.0) < 1e-9:
        return max(float(np.exp(-(values * np.log(values)).sum())), 1.0)
    return float(np.power(values, order).sum() ** (1.0 / (1.0 - order)))
