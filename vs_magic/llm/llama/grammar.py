"""A reply's shape as a GBNF grammar, for llama.cpp to hold a model's decoding to.

The form is the one that the prompts ask for: one line of JSON with exactly k items, or k lines
`text | probability`. A grammar leaves the content free and has no place for endless white space;
how long a text may become is a matter of tokens, so that a cut is seen in `finish_reason`. Only
reasoning is bounded here.
"""

from __future__ import annotations

import json

from vs_magic.verbalized.method import Method, Wording
from vs_magic.verbalized.shape import Shape

# A JSON string that starts with something to read. Between two words: up to two spaces, or up to
# three line breaks (written \n) with what indents the next line. No \u: a model writes the
# character itself, and half a surrogate pair would be no text.
_STRING = r"""
string ::= "\"" word (gap word)* "\""
word ::= char+
char ::= [^"\\\x00-\x20\x7F] | "\\" ["\\/t]
gap ::= " " " "? | " "? break break? break? " "{0,8}
break ::= "\\n"
"""

# Reasoning that comes to an end: at most 8 sentences of at most 61 words. A small model may reason
# in circles for minutes otherwise, and the candidates come after it.
_REASONING = r"""
reasoning ::= "\"" (sentence gap){0,7} last "\""
sentence ::= (open gap){0,60} ended
last ::= (open gap){0,60} (open | ended)
open ::= char* unmarked
ended ::= char* mark
unmarked ::= [^"\\\x00-\x20\x7F.!?] | "\\" ["\\/t]
mark ::= [.!?]
"""

# One line of text: no line break, and no "|", which parts it from its probability.
_LINE = r"""
line ::= plain+ (" " plain+)*
plain ::= [^|\x00-\x20\x7F]
"""

_UNIT = r"""
number ::= "0." digit digit? digit? digit? | "1.0"
digit ::= [0-9]
"""
_NUMBER = {
    Wording.PERCENTAGE: r"""
number ::= "100" | [1-9]? digit ("." digit digit?)?
digit ::= [0-9]
""",
    Wording.PERPLEXITY: r"""
number ::= [1-9] digit{0,3} ("." digit digit?)?
digit ::= [0-9]
""",
    Wording.NLL: r"""
number ::= ("0" | [1-9] digit? digit?) ("." digit digit?)?
digit ::= [0-9]
""",
}


def grammar(shape: Shape) -> str | None:
    r"""Return the GBNF grammar of a reply of `shape`; None for the methods that reply in raw text.

    >>> print(grammar(Shape(method=Method.SEQUENCE, k=3)).splitlines()[0])
    root ::= "{\"responses\": [" item (", " item){2} "]}"
    """
    if shape.method in (Method.DIRECT, Method.MULTI_TURN):
        return None
    if shape.method is Method.COT:
        root = _row('{"reasoning": ', _REASONING_, ', "response": ', _STRING_, "}")
        return f"root ::= {root}{_REASONING}{_STRING}"
    if shape.is_json:
        reasons = shape.method.reasons
        reasoning = ('"reasoning": ', _REASONING_, ", ") if reasons else ()
        root = _row("{", *reasoning, '"responses": [', *_items(", ", shape.k), "]}")
        return f"root ::= {root}\nitem ::= {_json_item(shape)}{_REASONING * reasons}{_STRING}"
    root = _row(*_items("\n", shape.k))
    item = _row(_LINE_, " | ", _NUMBER_) if shape.method.verbalizes else "line"
    return f"root ::= {root}\nitem ::= {item}{_number(shape)}{_LINE}"


class _Rule(str):
    """The name of a rule, or an expression of rules; a plain str is literal text."""

    __slots__ = ()


_STRING_ = _Rule("string")
_REASONING_ = _Rule("reasoning")
_NUMBER_ = _Rule("number")
_LINE_ = _Rule("line")
_ITEM_ = _Rule("item")


def _json_item(shape: Shape) -> str:
    if not shape.method.verbalizes:
        return "string"
    item = _row('{"text": ', _STRING_, f', "{shape.probability.field}": ', _NUMBER_, "}")
    return item + _number(shape)


def _number(shape: Shape) -> str:
    return _NUMBER.get(shape.probability, _UNIT) if shape.method.verbalizes else ""


def _items(separator: str, k: int) -> tuple[str, ...]:
    """Exactly k items with a separator between."""
    if k == 1:
        return (_ITEM_,)
    return (_ITEM_, _Rule(f"({_row(separator, _ITEM_)}){{{k - 1}}}"))


def _row(*parts: str) -> str:
    """One thing after the other; neighbouring literals are joined."""
    out: list[str] = []
    literal = ""
    for part in (*parts, _Rule("")):
        if not isinstance(part, _Rule):
            literal += part
            continue
        if literal:
            out.append(json.dumps(literal))
            literal = ""
        out.append(part)
    return " ".join(p for p in out if p)
