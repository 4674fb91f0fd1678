"""Redundancy: how much smaller the responses get when they are compressed together."""

from __future__ import annotations

import gzip
import lzma
import math
import zlib
from collections.abc import Iterable

from vs_magic.errors import OptionError
from vs_magic.metrics._registry import metric
from vs_magic.metrics._texts import Prompts, over_prompts


@metric("compression-ratio", higher_is="less diverse", unit="ratio")
def compression_ratio(
    texts: Iterable[str], *, prompts: Prompts = None, algorithm: str = "deflate"
) -> float:
    """Bytes of the responses to one prompt divided by their bytes when compressed.

    Range above 0, in practice 0.5 to 30; lower is more diverse. Unit: ratio. Undefined (NaN) for
    fewer than two texts, and where all are empty. It rises with the number and the length of
    the texts: compare equal numbers of texts of like length; on short answers it says little.

    Texts are sorted first, so that their order does not matter.

    Parameters
    ----------
    texts
        The responses.
    prompts
        The prompt of each text; the mean is over prompts.
    algorithm
        `deflate` is gzip without its envelope of 18 bytes, which would make short texts look
        diverse; `gzip` has it, as published. Both see a repetition within 32 kB; `xz` within all.

    Returns
    -------
    float
        The ratio.

    Raises
    ------
    OptionError
        Texts are no strings, or the algorithm is another.

    References
    ----------
    Shaib et al., "Standardizing the Measurement of Text Diversity", arXiv 2403.00553.

    Examples
    --------
    >>> same = compression_ratio(["the cat sat on the mat"] * 20)
    >>> same > compression_ratio([f"{i} cats sat on mat {i * i}" for i in range(20)])
    True
    """
    compress = {"deflate": _deflate, "gzip": _gzip, "xz": lzma.compress}.get(algorithm)
    if compress is None:
        raise OptionError(f"unknown algorithm {algorithm!r}: deflate, gzip or xz")

    def score(group: list[str]) -> float:
        if len(group) < 2 or not any(group):
            return math.nan
        data = "\n".join(sorted(group)).encode("utf-8", errors="surrogatepass")
        return len(data) / len(compress(data))

    return over_prompts(texts, prompts, score)


def _deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=9, mtime=0)
