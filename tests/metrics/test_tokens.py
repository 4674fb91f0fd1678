"""Words in any script."""

from __future__ import annotations

import pytest

from vs_magic.errors import OptionError
from vs_magic.metrics import _tokens
from vs_magic.metrics._tokens import encode, tokenizer, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World!", ["hello", "world"]),
        ("it's 3.14", ["it", "s", "3", "14"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("cafe\u0301 caf\u00e9", ["café", "café"]),
        ("ＡＢＣ", ["abc"]),
        ("你好，世界", ["你", "好", "世", "界"]),
        ("東京タワーへ行く", list("東京タワーへ行く")),
        ("안녕 세계", ["안녕", "세계"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("สวัสดี", list("สวัสดี")),
        ("مرحبا بالعالم", ["مرحبا", "بالعالم"]),
        ("می\u200cخواهم", ["میخواهم"]),
        ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zero", "width"]),
        ("I ❤\ufe0f🙂🙂", ["i", "❤", "🙂", "🙂"]),
        ("Tokyo東京2024年", ["tokyo", "東", "京", "2024", "年"]),
        ("!?", ["!", "?"]),
        ("", []),
        (" \n\t", []),
    ],
)
def test_words_of_a_text(text: str, expected: list[str]):
    """Each script is split the way it is read; what shows nothing is nothing."""
    assert words(text) == expected


def test_ascii_words_are_those_of_rouge_score():
    """On ASCII: lower case, and runs of what is no letter or digit separate (rouge-score 0.1.2)."""
    text = "The C++ committee's 2nd (draft) -- e-mail: a_b@c.org, 50%!"
    theirs = ["the", "c", "committee", "s", "2nd", "draft", "e", "mail", "a", "b", "c", "org", "50"]
    assert words(text) == theirs


@pytest.mark.parametrize("start", [0x0E00, 0x1000, 0x1780, 0x3041, 0x4E00, 0x20000])
def test_unspaced_scripts_split_at_their_first_letters(start: int):
    """The first letters of each run of unspaced scripts are words of their own."""
    letters = [chr(code) for code in range(start, start + 40) if chr(code).isalpha()][:2]
    assert len(letters) == 2
    assert words("".join(letters)) == letters


def test_named_tokenizers():
    """`paper` splits on white space and keeps case; `characters` splits into them."""
    assert tokenizer("paper")("A cat. a") == ["A", "cat.", "a"]
    assert tokenizer("characters")("A b") == ["A", "b"]
    assert tokenizer(str.split)("a b") == ["a", "b"]
    with pytest.raises(OptionError, match="unknown tokenize 'word': one of words, paper, char"):
        tokenizer("word")


def test_codes_keep_what_is_equal():
    """Equal tokens have equal codes, different ones different codes, beyond any limit too."""
    lists = [["a", "b", "a"], ["c"], []]
    for limit in (0x110000, 2):
        coded = [list(codes) for codes in encode(lists, limit=limit)]
        assert [len(codes) for codes in coded] == [3, 1, 0]
        assert coded[0][0] == coded[0][2] != coded[0][1]
        assert coded[1][0] not in coded[0]
    assert isinstance(encode(lists, limit=2)[0], list)
    assert _tokens.encode([]) == []
