"""What a judge is told to look for, by kind of task."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vs_magic.errors import unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """What a judge is told to look for.

    Parameters
    ----------
    name
        What it is called.
    of
        What is judged: `joke`, `poem` …
    criteria
        What counts, the weightiest first.
    """

    name: str
    of: str
    criteria: tuple[str, ...]


RUBRICS: Mapping[str, Rubric] = MappingProxyType(
    {
        "joke": Rubric(
            name="joke",
            of="a joke",
            criteria=(
                "It is funny: the turn is a surprise, and makes sense at once.",
                "It is about what was asked.",
                "It is well told: no word too many, nothing explained.",
                "It is a whole joke, and harms nobody.",
            ),
        ),
        "poem": Rubric(
            name="poem",
            of="a poem",
            criteria=(
                "Its images and its thought are its own, and hold together.",
                "Sound, rhythm and line serve what it says.",
                "It moves the reader or shows something new.",
                "It keeps to what was asked: subject, form, length.",
            ),
        ),
        "story": Rubric(
            name="story",
            of="a story",
            criteria=(
                "Its plot and its people hold together and are worth following.",
                "Its language is precise and fits.",
                "It has an idea of its own.",
                "It keeps to what was asked, and comes to an end.",
            ),
        ),
        "answer": Rubric(
            name="answer",
            of="a short answer",
            criteria=(
                "It is correct, or one of the answers that are.",
                "It is what was asked for: the right kind of thing, in the right form.",
                "Nothing in it is superfluous.",
            ),
        ),
        "general": Rubric(
            name="general",
            of="a response",
            criteria=(
                "It does what was asked, wholly.",
                "What it says is right and makes sense.",
                "It is well written and clear.",
                "It has something of its own to offer.",
            ),
        ),
    }
)
"""The rubrics that come with the package."""

_WORDS = {
    "joke": r"\b(jokes?|puns?|funny|riddles?|one-liners?)\b",
    "poem": r"\b(poems?|haikus?|sonnets?|limericks?|verses?|odes?)\b",
    "story": r"\b(story|stories|tales?|fables?|fiction|novels?|scenes?)\b",
}


def rubric_for(task: str, kind: str, named: str | None = None) -> Rubric:
    """Return the rubric that is named, or the one that suits a task.

    Parameters
    ----------
    task
        What was asked.
    kind
        `answers` or `texts`: what the responses are.
    named
        A rubric's name, or criteria of one's own (a text of several words).

    Raises
    ------
    OptionError
        No rubric has that name.

    Examples
    --------
    >>> rubric_for("Tell me a joke about coffee.", "texts").name
    'joke'
    >>> rubric_for("Name a US state.", "answers").name
    'answer'
    >>> rubric_for("Tell me a joke.", "texts", "It rhymes.").criteria
    ('It rhymes.',)
    """
    if named is not None:
        return read_rubric(named)
    for name, pattern in _WORDS.items():
        if re.search(pattern, task, re.IGNORECASE):
            return RUBRICS[name]
    return RUBRICS["answer" if kind == "answers" else "general"]


def read_rubric(named: str) -> Rubric:
    """Return a rubric by its name, or one of the criteria in the text.

    Raises
    ------
    OptionError
        It is one word, and no rubric has that name.
    """
    wanted = named.strip()
    if wanted.lower() in RUBRICS:
        return RUBRICS[wanted.lower()]
    lines = tuple(line.strip(" -*\t") for line in wanted.splitlines() if line.strip(" -*\t"))
    if not lines or (len(lines) == 1 and " " not in lines[0]):
        raise unknown("rubric", named, RUBRICS, ", or criteria of your own, one a line")
    return Rubric(name="own", of="a response", criteria=lines)
