"""Words of a text in any script, for the metrics that count or align them.

One pass of `str.translate` does it: letters, digits and marks stay, an ideograph, kana, Thai or
Khmer character becomes a word of its own (those scripts put no spaces between words), so does a
symbol outside ASCII (an emoji may be a whole answer), everything else becomes a space. On ASCII
text this is what `rouge-score` does: lower case, and whatever is no letter or digit separates.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from vs_magic.errors import OptionError

Tokenize: TypeAlias = "str | Callable[[str], Sequence[str]]"
"""`words`, `paper`, `characters`, or a function from a text to its tokens."""

# Scripts written without spaces between words: first and last code point of each run.
_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),  # ideographic iteration mark, closing mark, zero
    (0x3021, 0x3029),  # Hangzhou numerals
    (0x3041, 0x30FF),  # Hiragana, Katakana
    (0x3100, 0x312F),  # Bopomofo
    (0x31A0, 0x31BF),  # Bopomofo, extended
    (0x31F0, 0x31FF),  # Katakana, extended
    (0x3400, 0x4DBF),  # ideographs, extension A
    (0x4E00, 0x9FFF),  # ideographs
    (0xA9E0, 0xA9FF),  # Myanmar, extended
    (0xAA60, 0xAA7F),  # Myanmar, extended
    (0xF900, 0xFAFF),  # compatibility ideographs
    (0x1AFF0, 0x1B16F),  # kana, supplements
    (0x20000, 0x323AF),  # ideographs, extensions B to H
)
_STARTS = [first for first, _ in _UNSPACED]
_ZERO_WIDTH_SPACE = 0x200B


class _Translation(dict[int, str]):
    """What becomes of each code point; each is classified once, when it is first met."""

    def __missing__(self, code: int) -> str:
        self[code] = value = _translate(code)
        return value


def _translate(code: int) -> str:
    char = chr(code)
    kind = unicodedata.category(char)
    if kind == "Cf" or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
        # Joiners, soft hyphens, variation selectors: they show nothing.
        return " " if code == _ZERO_WIDTH_SPACE else ""
    if kind[0] in "LNM":
        run = bisect_right(_STARTS, code) - 1
        unspaced = run >= 0 and code <= _UNSPACED[run][1]
        return f" {char} " if unspaced else char
    if kind[0] == "S" and code > 0x7F:
        return f" {char} "
    return " "


_TRANSLATION = _Translation()


def words(text: str) -> list[str]:
    """Return the words of a text, case folded, without punctuation.

    A text that is nothing but punctuation has its characters as words, so that two different
    ones do not look alike.

    >>> words("Don't panic: 2 cafés, naïve…")
    ['don', 't', 'panic', '2', 'cafés', 'naïve']
    >>> words("東京タワー 🙂"), words("नमस्ते दुनिया"), words("?!")
    (['東', '京', 'タ', 'ワ', 'ー', '🙂'], ['नमस्ते', 'दुनिया'], ['?', '!'])
    """
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()
    return folded.translate(_TRANSLATION).split() or characters(folded)


def spaces(text: str) -> list[str]:
    """Return what stands between white space, as it is: the paper's tokens.

    >>> spaces("A cat. a cat")
    ['A', 'cat.', 'a', 'cat']
    """
    return text.split()


def characters(text: str) -> list[str]:
    """Return the characters that are not white space, as they are.

    >>> characters("a b!")
    ['a', 'b', '!']
    """
    return list("".join(text.split()))


TOKENIZERS: dict[str, Callable[[str], list[str]]] = {
    "words": words,
    "paper": spaces,
    "characters": characters,
}


def tokenizer(tokenize: Tokenize) -> Callable[[str], Sequence[str]]:
    """Return the function that a name stands for.

    Raises
    ------
    OptionError
        No tokenizer has that name.
    """
    if callable(tokenize):
        return tokenize
    try:
        return TOKENIZERS[tokenize]
    except (KeyError, TypeError):
        raise OptionError(
            f"unknown tokenize {tokenize!r}: one of {', '.join(TOKENIZERS)}, or a function"
        ) from None


def encode(
    token_lists: Iterable[Sequence[str]], limit: int = 0x110000
) -> list[str] | list[list[int]]:
    r"""Write each list of tokens as a string with one character for each different token.

    Alignment is quickest on strings, and the quicker the lower their code points: the commonest
    tokens get the lowest. More different tokens than `limit` become lists of numbers.

    >>> encode([["the", "cat"], ["the", "hat", "the"]])
    ['\x00\x01', '\x00\x02\x00']
    """
    lists = list(token_lists)
    counts = Counter(token for tokens in lists for token in tokens)
    codes = {token: code for code, (token, _) in enumerate(counts.most_common())}
    if len(codes) > limit:
        return [[codes[token] for token in tokens] for tokens in lists]
    letters = {token: chr(code) for token, code in codes.items()}
    return ["".join([letters[token] for token in tokens]) for tokens in lists]
