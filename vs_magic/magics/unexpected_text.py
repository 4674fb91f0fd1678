"""Words on a `%%vs` line that are no flag: what was probably meant, and what to do."""

from __future__ import annotations

from vs_magic.errors import OptionError
from vs_magic.magics.flags import flags, settable
from vs_magic.magics.line import word_at
from vs_magic.verbalized.method import Method


def refuse(rest: str) -> None:
    """Refuse what is left of a `%%vs` line after its flags, if anything is.

    Raises
    ------
    OptionError
        Always, unless `rest` is empty.
    """
    if not rest:
        return
    word = word_at(rest, 0)
    shown = rest if len(rest) <= 40 else rest[:40] + "…"
    meant = _binding(rest) or _flag(word)
    raise OptionError(
        f"{shown!r} is no flag: {meant}"
        if meant
        else f"{shown!r} is no flag: on %%vs the task goes on the lines below; "
        "to write it on the same line, use %vs"
    )


def _binding(rest: str) -> str:
    """A `NAME <<` whose name cannot be bound, or that comes after the flags."""
    name, arrow, _ = rest.partition("<<")
    name = name.strip()
    if not arrow or " " in name:
        return ""
    if name.isidentifier():
        return f"`{name} <<` goes before the flags, or write --out {name} after them"
    return f"a variable cannot be called {name!r}; `NAME <<` takes letters, digits and _"


def _flag(word: str) -> str:
    """A value without its flag, or a flag without its dashes."""
    name, equals, value = word.partition("=")
    known = {n.replace("_", "-"): f for n, f in flags().items()}
    flag = known.get(name.replace("_", "-"))
    if flag is not None:
        shown = f"{flag.long} {value or flag.metavar}" if flag.takes_value else flag.long
        return f"did you mean {shown}?"
    if equals:
        return ""
    if word in {str(method) for method in Method}:
        return f"did you mean --method {word}?"
    if word.isdigit():
        return f"did you mean {settable()['k'].long} {word}?"
    return f"did you mean --model {word}?" if "/" in word else ""
