"""The shape that the reply to one request must have, for prompts, schemas and grammars."""

from __future__ import annotations

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


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
