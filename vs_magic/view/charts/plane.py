"""From embeddings to places in a plane: the two directions in which they spread most."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def principal_plane(vectors: ArrayLike) -> tuple[NDArray[np.float64], float]:
    """Return each vector's place in the plane of the first two principal components.

    Of vectors of shape (n, d): the places, shape (n, 2), and the share of the variance that the
    plane holds, 0 to 1 (1 where all vectors are the same). Deterministic: each component points to
    where its largest loading is positive.

    >>> places, share = principal_plane([[0.0, 0, 0], [2, 0, 0], [0, 1, 0], [2, 1, 0]])
    >>> places.round(6).tolist(), round(share, 6)
    ([[-1.0, -0.5], [1.0, -0.5], [-1.0, 0.5], [1.0, 0.5]], 1.0)
    """
    rows = np.asarray(vectors, dtype=np.float64)
    centred = rows - rows.mean(axis=0)
    _, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    places = np.zeros((len(rows), 2))
    for axis, direction in enumerate(directions[:2]):
        sign = np.sign(direction[np.argmax(np.abs(direction))]) or 1.0
        places[:, axis] = centred @ (direction * sign)
    spread = float(np.square(sizes).sum())
    share = float(np.square(sizes[:2]).sum()) / spread if spread > 0 else 1.0
    return places, share
