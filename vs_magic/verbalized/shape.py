"""The shape that the reply to one request must have, for prompts, schemas and grammars."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from vs_magic.verbalized.method import Format, Method, Wording


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What one reply has to look like.

    Parameters
    ----------
    method
        The method asked for.
    k
        Candidates wanted in this reply; 1 for the methods that ask for one.
    probability
        The wording of the probability field; it decides the field's key and its range.
    format
        How a list is written on the wire.
    """

    method: Method
    k: int = 1
    probability: Wording = Wording.EXPLICIT
    format: Format = Format.JSON

    @property
    def is_json(self) -> bool:
        """Whether the reply is one JSON object; the others are raw text or lines."""
        if self.method in (Method.DIRECT, Method.MULTI_TURN):
            return False
        return self.method.reasons or self.format is Format.JSON


def json_schema(shape: Shape) -> dict[str, Any] | None:
    """Return the JSON schema of a reply of `shape`; None for the methods that reply in raw text.

    It stays inside what strict structured output accepts everywhere: every property required, no
    additional ones, no bounds on lengths or numbers (the prompt states those).
    """
    if not shape.is_json:
        return None
    text = {"type": "string"}
    if shape.method is Method.COT:
        return _object({"reasoning": text, "response": text})
    item: dict[str, Any] = text
    if shape.method.verbalizes:
        item = _object({"text": text, shape.probability.field: {"type": "number"}})
    fields: dict[str, Any] = {"responses": {"type": "array", "items": item}}
    if shape.method is Method.VS_COT:
        fields = {"reasoning": text, **fields}
    return _object(fields)


def written_around(shape: Shape) -> tuple[str, ...]:
    """Return what a reply of `shape` has around its texts, in each way that a model may write it.

    Texts are one character of no alphabet (U+E000), numbers hold every digit. Empty for the methods
    that reply in raw text.
    """
    schema = json_schema(shape)
    if schema is not None:
        example = _example(schema)
        styles: tuple[dict[str, Any], ...] = ({}, {"separators": (",", ":")}, {"indent": 2})
        return tuple(json.dumps(example, ensure_ascii=False, **style) for style in styles)
    if not shape.method.lists:
        return ()
    line = f"{_ANY_TEXT} | {_ANY_NUMBER}" if shape.method.verbalizes else _ANY_TEXT
    return (f"{line}\n{line}",)


_ANY_TEXT, _ANY_NUMBER = "\ue000", 0.123456789


def _example(schema: dict[str, Any]) -> Any:
    """Return a value that fits a schema; lists have two items, so that what parts them is there."""
    if schema["type"] == "object":
        return {name: _example(inner) for name, inner in schema["properties"].items()}
    if schema["type"] == "array":
        return [_example(schema["items"])] * 2
    return _ANY_TEXT if schema["type"] == "string" else _ANY_NUMBER


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
