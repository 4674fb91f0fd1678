"""A reply is put in order where it is made, whichever client makes it."""

from __future__ import annotations

import pytest

from vs_magic.llm.request import Reply, Request
from vs_magic.verbalized.method import Method
from vs_magic.verbalized.shape import Shape

REQUEST = Request(model="some/model", messages=(), shape=Shape(method=Method.DIRECT))


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("text", None, ""),
        ("text", [{"type": "text", "text": "Oh"}, {"type": "text", "text": "io"}], "Ohio"),
        ("text", {"responses": ["Ohio"]}, '{"responses": ["Ohio"]}'),
        ("text", "cut \ud83d", "cut \N{REPLACEMENT CHARACTER}"),
        ("model", 7, "7"),
        ("model", None, "some/model"),
        ("finish_reason", "MAX_TOKENS", "length"),
        ("finish_reason", ["stop"], None),
        ("reasoning", [{"type": "text", "text": "hm"}], "hm"),
        ("reasoning", "", None),
        ("prompt_tokens", 10**30, None),
        ("prompt_tokens", "20", 20),
        ("completion_tokens", -1, None),
        ("completion_tokens", float("nan"), None),
        ("completion_tokens", 0, 0),
    ],
)
def test_every_field_is_of_its_kind(field, given, kept):
    """A text is a text that can be written out, a count is a count or unknown."""
    reply = Reply(**{"text": "Ohio", "request": REQUEST, "model": "m", field: given})
    assert getattr(reply, field) == kept
