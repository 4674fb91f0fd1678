"""Nothing that is or looks like a key passes."""

from __future__ import annotations

import base64
import json
import string
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vs_magic.llm.hosted.failures import failure
from vs_magic.llm.trust.scrub import HIDDEN, scrub
from vs_magic.llm.trust.secrets import holds_key

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


@pytest.mark.parametrize("secret", ["pa/ss w+rd", 'pa"ss\\word', "pässword"])
def test_a_secret_is_hidden_as_others_write_it(monkeypatch, secret):
    """In Base64, in an address and in JSON, where it is one token."""
    monkeypatch.setenv("SOMEBODYS_API_KEY", secret)
    packed = base64.b64encode(secret.encode()).decode()
    for written in (
        packed,
        packed.rstrip("="),
        base64.urlsafe_b64encode(secret.encode()).decode(),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    ):
        assert scrub(f"so: {written} !") == f"so: {HIDDEN} !"


@pytest.mark.parametrize(
    "name",
    ["A_KEY_2", "A_TOKEN_OLD", "GITHUB_PAT", "SENTRY_DSN", "DB_PASS", "DB_PWD", "APIKEY2", "DSN"],
)
def test_more_names_that_tell_a_secret(name, monkeypatch):
    """…_KEY_2, …_PAT, …_DSN, …_PASS."""
    monkeypatch.setenv(name, "correct horse battery")
    assert scrub("so: correct horse battery!") == f"so: {HIDDEN}!"


@pytest.mark.parametrize(
    "name", ["PWD", "OLDPWD", "COMPASS", "PATH_INFO", "MAX_TOKENS", "KEYBOARD"]
)
def test_names_that_only_sound_like_it(name, monkeypatch):
    """The folder that one works in is no secret."""
    monkeypatch.setenv(name, "correct horse battery")
    assert scrub("so: correct horse battery!") == "so: correct horse battery!"


def test_a_password_in_an_address_of_the_environment_is_a_secret(monkeypatch):
    """A server may quote it alone."""
    monkeypatch.setenv("SOME_SERVER", "http://ann:hunter22@gate.example/v1")
    assert scrub("no: hunter22") == f"no: {HIDDEN}"


PIECES = [
    "sk-", "sk_", "-sk-a", "eyJ", "-eyJaaaaaaaa", "eyJaaaaaaaa.", "AIza", "AKIA", "://", "://a:",
    "a@", "key", "key=", "key = ", "api_key: ", "Bearer ", "Basic ", "token", "<", "<a", ">", "{",
    "}", "[", '"', "'", "\\", " ", "\n", "\t", "a", "A", "0", "*", ".", "-", "_", "=", ":", "%",
    "Error", "Error: ", "litellm.", "Error code: 1", "é", "&",
]  # fmt: skip
SHORT, LONG = 4_000, 64_000


def said(text):
    """Read a client's exception."""
    return failure(ValueError(text)).said


def seconds(work, text):
    """The processor's time for one look, the best of some."""
    times = []
    for _ in range(3):
        began = time.process_time()
        work(text)
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.untraced
@pytest.mark.parametrize("work", [scrub, holds_key, said])
@settings(max_examples=60, deadline=None)
@example(unit=["sk-"])
@example(unit=["<"])
@given(unit=st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
def test_time_grows_with_a_texts_length_never_with_its_square(work, unit):
    """Sixteen times the text takes some sixteen times as long; a square takes 256 times."""
    text = "".join(unit) * LONG
    assert seconds(work, text[:LONG]) < 80 * max(seconds(work, text[:SHORT]), 0.0002)


@pytest.mark.untraced
def test_of_a_long_message_the_beginning_is_looked_at():
    """What is quoted is 300 characters; the megabytes behind them cost nothing."""
    assert len(said("no " * 5_000_000)) == 300
    assert seconds(said, "no " * 5_000_000) < 20 * max(seconds(said, "no " * 22_000), 0.0002)
