"""Tab completion: flags, their values, option names, and `{{names}}`.

`suggest` is the whole of it, on plain strings; `matcher` hands it to IPython, in the form that
serves the terminal and every kernel, with or without jedi.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vs_magic.errors import VSError
from vs_magic.magics.few_flags import CLEAR, EXPORT, HELP, MODEL, STOP
from vs_magic.magics.flags import Flag, flags, settable
from vs_magic.magics.interpolate import insertable
from vs_magic.magics.study_line import COMPARE, SWEEP, known
from vs_magic.magics.theory_line import FLAGS, OUT
from vs_magic.verbalized.method import Method

IDENTIFIER = "vs_magic.completer"
_CELLS = ("vs", "vs_compare", "vs_sweep")
_LINES = (*_CELLS, "vs_config", "vs_cache", "vs_record", "vs_cost", "vs_theory")
_LINE_MAGIC = re.compile(rf"(?:[^%'\"]*=)?\s*%({'|'.join(_LINES)})(?=\s)")
_CELL_MAGIC = re.compile(rf"%%({'|'.join(_CELLS)})(?=\s|$)")
_BRACES = re.compile(r"\{\{[ \t]*(\w*)$")
_WORDS = re.compile(r"\"(?:\\\"|[^\"])*\"?|'(?:\\'|[^'])*'?|\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """What could stand in place of `typed`, the end of the text before the cursor."""

    typed: str
    texts: tuple[str, ...]


def suggest(before: Iterable[str], names: Mapping[str, Any]) -> Suggestions | None:
    """Return what could be typed next.

    Parameters
    ----------
    before
        The lines of the cell up to the cursor, the last one cut there.
    names
        The user's namespace.

    Returns
    -------
    Suggestions or None
        None where the line is not ours, or its task has begun.
    """
    lines = list(before)
    line = lines[-1]
    cell = _CELL_MAGIC.match(lines[0])
    magic = _LINE_MAGIC.match(line) or (cell if len(lines) == 1 else None)
    if not (cell or magic) or (magic is not None and line[magic.end() : magic.end() + 1] == ""):
        return None
    braces = _BRACES.search(line)
    if braces:
        return _fitting(braces[1], sorted(insertable(names)))
    if magic is None:
        return None
    arguments = line[magic.end() :]
    typed = re.split(r"\s", arguments)[-1]
    earlier = arguments[: len(arguments) - len(typed)]
    if magic[1] == "vs_config":
        return _of_config(earlier, typed)
    return _of_flags(earlier, typed, flags_of(magic[1]))


def flags_of(magic: str) -> tuple[Flag, ...]:
    """Return the flags of a magic, by its name."""
    return {
        "vs": tuple(flags().values()),
        "vs_compare": known(COMPARE),
        "vs_sweep": known(SWEEP),
        "vs_cache": (CLEAR, MODEL, EXPORT, HELP),
        "vs_record": (STOP, HELP),
        "vs_theory": (*FLAGS, OUT, HELP),
    }.get(magic, (HELP,))


def _of_flags(earlier: str, typed: str, some: Sequence[Flag]) -> Suggestions | None:
    """Complete a flag, or the value of the flag before; nothing once the task has begun."""
    spelled = {spelling: flag for flag in some for spelling in flag.spellings}
    waiting: Flag | None = None
    used = set()
    words = _WORDS.findall(re.sub(r"^\s*\w+\s*<<", "", earlier))
    for word in words:
        if waiting is not None:
            waiting = None
            continue
        flag = _flag_of(word, spelled)
        if flag is None:
            return None
        used.add(flag.name)
        whole = word in flag.spellings
        waiting = flag if whole and flag.takes_value else None
    if waiting is not None:
        return _fitting(typed, values_of(waiting, typed))
    spelling, equals, value = typed.partition("=")
    if equals and spelling in spelled:
        return _fitting(value, values_of(spelled[spelling], value))
    unused = [f for f in some if f.name not in used]
    texts = [f.long for f in unused]
    if typed.startswith("-") and not typed.startswith("--"):
        texts = [s for f in unused for s in f.spellings]
    return _fitting(typed, texts)


def _of_config(earlier: str, typed: str) -> Suggestions | None:
    """Complete an option's name, as `k=` and as `--k`, or its value."""
    last = ["", *_WORDS.findall(earlier)][-1]
    spelled = {spelling: flag for flag in settable().values() for spelling in flag.spellings}
    waiting = _flag_of(last, spelled)
    if waiting is not None and last in waiting.spellings and waiting.takes_value:
        return _fitting(typed, values_of(waiting, typed))
    name, equals, value = typed.partition("=")
    if equals:
        flag = settable().get(name.lstrip("-").replace("-", "_"))
        return None if flag is None else _fitting(value, values_of(flag, value))
    if typed.startswith("-"):
        longs = [f.long for f in settable().values()]
        return _fitting(typed, [*longs, "--reset", "--help"])
    texts = list(settable()) if "--reset" in earlier else [f"{name}=" for name in settable()]
    return _fitting(typed, texts)


def values_of(flag: Flag, typed: str = "") -> tuple[str, ...]:
    """Return the values that a flag can be completed to; the models' names begin with `typed`.

    Of a list with commas between, the last item is completed.
    """
    if flag.metavar == "A,B" or flag.name == "methods":
        before, comma, last = typed.rpartition(",")
        return tuple(before + comma + value for value in _items_of(flag, last))
    return _items_of(flag, typed)


def _items_of(flag: Flag, typed: str) -> tuple[str, ...]:
    """Return the values of a flag that takes one, or the items of one that takes several."""
    if flag.name == "methods":
        return (*(str(method) for method in Method), "all")
    if flag.name in _STUDIED:
        return _STUDIED[flag.name]()
    if flag.name not in ("model", "judge"):
        return flag.choices
    from vs_magic.llm.models import complete_name

    try:
        return tuple(complete_name(typed))
    except VSError:
        # Completion never fails a keystroke; %vs_models says what is wrong.
        return ()


def _metrics() -> tuple[str, ...]:
    from vs_magic import metrics

    return tuple(metrics.names())


def _rubrics() -> tuple[str, ...]:
    from vs_magic.study.rubrics import RUBRICS

    return tuple(RUBRICS)


def _parameters() -> tuple[str, ...]:
    from vs_magic.study.parameter import PARAMETERS

    return tuple(PARAMETERS)


_STUDIED: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "metrics": _metrics,
    "rubric": _rubrics,
    "vary": _parameters,
}
"""What studies know by name; imported by the first Tab that asks for it."""


def _flag_of(word: str, known: Mapping[str, Flag]) -> Flag | None:
    """Return the flag that a finished word writes, with or without its value."""
    name = word.partition("=")[0]
    if name in known:
        return known[name]
    return known.get(word[:2]) if re.match(r"-[A-Za-z]\S", word) else None


def _fitting(typed: str, texts: Iterable[str]) -> Suggestions:
    fits = tuple(text for text in texts if text.lower().startswith(typed.lower()))
    return Suggestions(typed=typed, texts=fits)


def matcher(names: Mapping[str, Any]) -> Any:
    """Return the matcher for `Completer.custom_matchers`.

    What we suggest stands alone: file names and Python names would only be in the way.
    """
    from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

    @context_matcher(identifier=IDENTIFIER)  # type: ignore[untyped-decorator, unused-ignore]
    def vs_magic_matcher(context: CompletionContext) -> Any:
        lines = context.full_text.split("\n")[: context.cursor_line + 1]
        lines[-1] = lines[-1][: context.cursor_position]
        found = suggest(lines, names)
        if found is None or not found.texts:
            return {"completions": []}
        return {
            "completions": [SimpleCompletion(text=text, type="magic") for text in found.texts],
            "matched_fragment": found.typed,
            "suppress": True,
            "ordered": True,
        }

    return vs_magic_matcher
