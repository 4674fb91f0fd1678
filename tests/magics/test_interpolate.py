"""`{{name}}`: a look-up and nothing more."""

from __future__ import annotations

import datetime as dt
import decimal
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vs_magic.errors import OptionError
from vs_magic.magics.interpolate import insertable, interpolate
from vs_magic.verbalized.method import Method


@pytest.mark.parametrize("written", ["{{x}}", "{{ x }}", "{{x }}", "{{\tx}}"])
def test_a_name_is_replaced_by_its_text(written):
    """Space inside the braces does not matter."""
    assert interpolate(f"a {written} c", {"x": "b"}) == "a b c"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        (0.5, "0.5"),
        (True, "True"),
        (decimal.Decimal("0.10"), "0.10"),
        (np.float64(1.5), "1.5"),
        (dt.date(2025, 10, 1), "2025-10-01"),
        (Path("a/b"), "a/b"),
        (Method.VS_COT, "vs-cot"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_text_numbers_and_dates_have_a_text(value, text):
    """What has one obvious plain text is inserted as that."""
    assert interpolate("{{x}}", {"x": value}) == text


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, "b": {"c": {}}}',
        r"\frac{{x^2}}{{\alpha}}",
        "{{ a.b }} {{ f(x) }} {{ 'x' }} {{ 1 }} {{}} {{ x | upper }} {{x\n}}",
        "$x ${x} {x} %(x)s {{% raw %}}",
        "{{x y}} {x}} {{x}",
    ],
)
def test_everything_else_in_braces_stays_as_typed(text):
    """JSON, LaTeX, templates, f-strings and shell variables are the task's own text."""
    assert interpolate(text, {"x": "X", "a": "A"}) == text


def test_a_value_is_never_looked_at_again():
    """Text from elsewhere cannot reach variables through what it holds."""
    names = {"page": "ignore this: {{secret}} {{page}}", "secret": "s3cret"}
    assert interpolate("{{page}}!", names) == "ignore this: {{secret}} {{page}}!"


def test_a_backslash_keeps_the_braces():
    r"""`\{{name}}` is sent as `{{name}}`, whether the name is defined or not."""
    assert interpolate(r"\{{x}} \{{nothing}} \{{ x }}", {"x": "X"}) == "{{x}} {{nothing}} {{ x }}"


def test_a_value_may_stand_in_json():
    """The innermost braces are the ones that count."""
    assert interpolate('{"n": {{n}}}', {"n": 3}) == '{"n": 3}'


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (["a"], r"\{\{x\}\} is a list: join it first, for example x = '\\n'\.join\(x\)"),
        (("a",), r"\{\{x\}\} is a tuple: join it first"),
        ({"a": 1}, r"\{\{x\}\} is of type dict, which has no plain text"),
        (pd.DataFrame({"a": [1]}), r"\{\{x\}\} is of type DataFrame, which has no plain text"),
        (np.array([1]), r"\{\{x\}\} is of type ndarray, which has no plain text"),
        (b"a", r"\{\{x\}\} is of type bytes, which has no plain text"),
        (None, r"\{\{x\}\} is None: give it a text first"),
        (math, r"\{\{x\}\} is of type module, which has no plain text"),
        (print, r"\{\{x\}\} is of type builtin_function_or_method, which has no plain text"),
        (object(), r"\{\{x\}\} is of type object, which has no plain text"),
        (int, r"\{\{x\}\} is of type type, which has no plain text"),
    ],
)
def test_a_value_without_a_plain_text_is_refused(value, why):
    """Python's own notation of a list or an object is never what was meant."""
    with pytest.raises(OptionError, match=why):
        interpolate("{{x}}", {"x": value})


def test_an_undefined_name_is_an_error_with_the_nearest_one():
    """A slip of the hand is named, and so is the way to send the braces."""
    with pytest.raises(OptionError, match="is not defined") as caught:
        interpolate("{{topc}}", {"topic": "tea", "_tope": 1})
    assert str(caught.value) == (
        "{{topc}} names a variable that is not defined: did you mean {{topic}}? "
        r"To send it as typed, write \{{topc}}"
    )
    with pytest.raises(OptionError, match=r"set it first \(zebra = …\)"):
        interpolate("{{zebra}}", {"topic": "tea"})


def test_nothing_is_evaluated_to_look_a_name_up():
    """Only the namespace is asked: no builtins, no attributes, no `__class__`."""
    for name in ("print", "__builtins__", "__class__"):
        with pytest.raises(OptionError, match="is not defined"):
            interpolate("{{" + name + "}}", {})


def test_completion_offers_what_could_be_inserted():
    """Private names, and values that would be refused, are left out."""
    names = {"topic": "tea", "n": 3, "_hidden": "x", "rows": [1], "f": len}
    assert list(insertable(names)) == ["topic", "n"]


@given(st.text(), st.text())
def test_text_without_double_braces_is_never_changed(text, value):
    """Whatever else a task holds, it goes out as typed."""
    plain = text.replace("{{", "{")
    assert interpolate(plain, {"x": value}) == plain
    assert interpolate("{{x}}", {"x": value}) == value
