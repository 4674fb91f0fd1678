"""Nothing that is or looks like a key passes."""

from __future__ import annotations

import string
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vs_magic.llm.trust.scrub import HIDDEN, scrub

KEYS = st.text(alphabet=string.ascii_letters + string.digits + "-_./+=", min_size=8, max_size=60)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("key sk-proj-abcdef123456 refused", f"key {HIDDEN} refused"),
        ("provided: sk-abc1****wxyz.", f"provided: {HIDDEN}"),
        ("gsk_0123456789abcdef", HIDDEN),
        ("hf_0123456789abcdef", HIDDEN),
        ("AIzaSyA0123456789abcdefghij", HIDDEN),
        ("AKIAIOSFODNN7EXAMPLE", HIDDEN),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {HIDDEN}"),
        ("POST /v1?key=AbCd1234&alt=sse", f"POST /v1?key={HIDDEN}&alt=sse"),
        ('{"api_key": "abcdefgh"}', f'{{"api_key": "{HIDDEN}"}}'),
        ("https://ann:secret@host/v1", f"https://{HIDDEN}@host/v1"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", HIDDEN),
    ],
)
def test_what_has_the_form_of_a_key_is_hidden(text, clean):
    """Common forms of keys, headers, addresses and tokens."""
    assert scrub(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens: 100 is too many tokens",
        "the model gpt-4.1-mini does not exist",
        "context length 8192, key idea: shorten it",
        "rate limit of 60 tokens per minute",
        "risk-averse task-based desk-side",
        "http://127.0.0.1:8000/v1",
        "hf-internal-testing is no model, pk_columns is no column",
    ],
)
def test_plain_words_stay(text):
    """A message must stay readable."""
    assert scrub(text) == text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=KEYS, before=st.text(max_size=20), after=st.text(max_size=20))
def test_a_secret_of_the_environment_never_shows(monkeypatch, key, before, after):
    """Whatever surrounds it, and also as it is written inside an address."""
    monkeypatch.setenv("SOMEBODYS_API_KEY", key)
    for text in (f"{before}{key}{after}", f"{before}{quote(key, safe='')}{after}"):
        clean = scrub(text)
        assert key not in clean
        assert quote(key, safe="") not in clean


@pytest.mark.parametrize("name", ["MY_KEY", "my_token", "DB_PASSWORD", "X_SECRET", "A_KEY_ID"])
def test_secrets_are_told_by_the_variables_name(name, monkeypatch):
    """…_KEY, …_TOKEN, …_SECRET, …_PASSWORD, in any case."""
    monkeypatch.setenv(name, "correct horse battery")
    assert scrub("so: correct horse battery!") == f"so: {HIDDEN}!"


def test_a_dummy_key_does_not_garble_the_message(monkeypatch):
    """People set OPENAI_API_KEY=x for their own server; every x would vanish."""
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    assert scrub("an extra box") == "an extra box"
