"""Telling a secret of the environment from ordinary text."""

from __future__ import annotations

import pytest

from vs_magic.llm.trust.secrets import holds_key, secrets_in


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("ACME_API_KEY", "correct-horse", "please use correct-horse now"),
        ("HF_TOKEN", "abcdef", "token abcdef"),
        ("DB_PASSWORD", "s3cret word", "it is s3cret word, ok?"),
        ("ACME_SECRET", "a+b/c=d", "https://host/?key=a%2Bb%2Fc%3Dd"),
        ("DATABASE_URL", "postgres://me:hunter22@db/x", "see postgres://me:hunter22@db/x"),
        ("LOOSE", "sk-proj-abcdefgh1", "my key: sk-proj-abcdefgh1"),
    ],
)
def test_a_secret_value_is_found_and_its_variable_named(monkeypatch, name, value, text):
    """The value of a secret variable is found, as it is or as an address writes it."""
    monkeypatch.setenv(name, value)
    assert secrets_in(text) == [name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EDITOR", "emacs-nox"),
        ("ACME_API_KEY", "none"),
        ("ACME_API_KEY", ""),
        ("LOGNAME", "somebody"),
    ],
)
def test_an_ordinary_value_is_no_secret(monkeypatch, name, value):
    """What is no secret, or a dummy too short to be one, is not found in a text that holds it."""
    monkeypatch.setenv(name, value)
    assert name not in secrets_in(f"the text holds {value} here")


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-a1b2c3d4e5f6g7h8i9j0",
        "AIza" + "Sy0123456789" * 3,
        "AKIAIOSFODNN7EXAMPLE",
        "hf_AbCdEfGhIjKlMnOpQrStUv0123",
        "gho_" + "a1" * 18,
        "eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJSMeKKF2QT",
    ],
)
def test_a_key_is_known_by_its_form(text):
    """A provider's key is one, whatever stands around it and wherever it came from."""
    assert holds_key(f"before {text} after")


@pytest.mark.parametrize(
    "text",
    [
        "sk-learn, hf_hub and pk_column_name",
        "sk-" + "a" * 40,
        "pk_" + "1" * 30,
        "the password is a secret, the key is a token",
        "https://example.org/?key=value",
        "AKIA was a band",
    ],
)
def test_prose_is_no_key(text):
    """Words that only begin like a key are none: such a call is cached and recorded."""
    assert not holds_key(text)
