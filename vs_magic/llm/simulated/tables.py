"""What the simulated models know: a handful of tasks, each with a made-up table of answers.

No number here was measured. The tables stand for π_ref, the answers as often as a model's training
text might hold them: a little uneven, as such text is, with a favourite each, so that sharpening
has something to sharpen. Weights are in any unit; they are normalised when read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTable:
    """One task that the simulated models know."""

    about: str
    ask: str  # a prompt that is recognised, as an example
    words: tuple[str, ...]  # patterns that must all occur in a prompt for it to be this task
    answers: Mapping[str, float]  # weights in any unit: π_ref before normalising

    def reference(self) -> dict[str, float]:
        """Return π_ref: answer → probability; they sum to 1."""
        total = sum(self.answers.values())
        return {answer: weight / total for answer, weight in self.answers.items()}


# A fair die would be 1/6 each; people and their texts lean to the middle and to four.
DIE = {"1": 14, "2": 15, "3": 18, "4": 21, "5": 17, "6": 15}

COIN = {"Heads": 54, "Tails": 46}

COLOURS = {
    "Blue": 26,
    "Red": 19,
    "Green": 14,
    "Purple": 10,
    "Yellow": 8,
    "Black": 7,
    "Orange": 6,
    "Pink": 5,
    "Teal": 3,
    "Turquoise": 2,
}

NUMBERS = {"7": 20, "3": 14, "4": 12, "8": 11, "5": 10, "6": 10, "2": 8, "9": 7, "1": 4, "10": 4}

FRUITS = {
    "Apple": 28,
    "Banana": 20,
    "Orange": 14,
    "Strawberry": 10,
    "Mango": 9,
    "Grape": 7,
    "Pineapple": 5,
    "Kiwi": 4,
    "Pomegranate": 2,
    "Quince": 1,
}

ANIMALS = {
    "Dog": 22,
    "Cat": 19,
    "Elephant": 13,
    "Lion": 11,
    "Tiger": 8,
    "Dolphin": 7,
    "Fox": 6,
    "Penguin": 5,
    "Octopus": 4,
    "Otter": 3,
    "Pangolin": 1,
    "Axolotl": 1,
}

WEEKDAYS = {
    "Monday": 22,
    "Friday": 19,
    "Sunday": 16,
    "Saturday": 15,
    "Wednesday": 11,
    "Tuesday": 9,
    "Thursday": 8,
}

STATES = {
    state: weight
    for weight, states in (
        (120, "California"),
        (104, "Texas"),
        (88, "New York"),
        (72, "Florida"),
        (38, "Colorado"),
        (36, "Washington"),
        (33, "Illinois"),
        (31, "Ohio"),
        (29, "Oregon"),
        (28, "Georgia"),
        (26, "Michigan, Pennsylvania"),
        (25, "Hawaii"),
        (24, "Alaska"),
        (23, "Arizona"),
        (22, "Massachusetts"),
        (20, "Virginia"),
        (19, "North Carolina"),
        (18, "Nevada"),
        (17, "Montana"),
        (15, "Tennessee, Minnesota"),
        (14, "New Jersey"),
        (13, "Utah"),
        (12, "Louisiana"),
        (11, "Wisconsin"),
        (10, "Maine, Vermont"),
        (9, "Kansas, Missouri"),
        (8, "Indiana, Maryland"),
        (7, "Iowa, Idaho"),
        (6, "Kentucky, South Carolina, Alabama"),
        (5, "New Mexico, Connecticut"),
        (4, "Nebraska, Oklahoma, Wyoming"),
        (3, "New Hampshire, Mississippi, Arkansas"),
        (2, "North Dakota, South Dakota, Rhode Island, West Virginia, Delaware"),
    )
    for state in states.split(", ")
}

COFFEE_JOKES = {
    "Why did the coffee file a police report? It got mugged.": 30,
    "How does a penguin drink its coffee? Iced, on the rocks.": 9,
    "What do you call a sad coffee? A depresso.": 17,
    "My coffee and I have a rule: nobody talks until one of us is empty.": 8,
    "I gave up coffee for a week. It was the longest eleven minutes of my life.": 8,
    "What did the espresso say to the late train? You, too, are under too much pressure.": 5,
    "Decaf is like a hug from your own coat.": 5,
    "Why was the barista never lost? He always knew the grounds.": 7,
    "A latte walks into a bar. The barman says: why the long foam?": 6,
    "The office machine asked for a day off. We all had to face the daily grind without it.": 5,
}

TABLES: Mapping[str, AnswerTable] = {
    "die": AnswerTable(
        about="a roll of a six-sided die",
        ask="Roll a six-sided die.",
        words=(r"\b(die|dice|würfel)\b",),
        answers=DIE,
    ),
    "coin": AnswerTable(
        about="a coin flip",
        ask="Flip a coin.",
        words=(r"\b(coin|heads or tails)\b",),
        answers=COIN,
    ),
    "coffee-joke": AnswerTable(
        about="a joke about coffee",
        ask="Tell me a joke about coffee.",
        words=(r"\bjokes?\b", r"\bcoffee\b"),
        answers=COFFEE_JOKES,
    ),
    "state": AnswerTable(
        about="a US state",
        ask="Name a US state.",
        words=(r"\bstates?\b", r"\b(us|u\.s\.|usa|united states|american?)(\b|\s)"),
        answers=STATES,
    ),
    "number": AnswerTable(
        about="a number from 1 to 10",
        ask="Pick a number from 1 to 10.",
        words=(r"\bnumbers?\b", r"\b(1|one)\b\D{1,9}\b(10|ten)\b"),
        answers=NUMBERS,
    ),
    "colour": AnswerTable(
        about="a colour",
        ask="Name a colour.",
        words=(r"\bcolou?rs?\b",),
        answers=COLOURS,
    ),
    "fruit": AnswerTable(
        about="a fruit",
        ask="Name a fruit.",
        words=(r"\bfruits?\b",),
        answers=FRUITS,
    ),
    "animal": AnswerTable(
        about="an animal",
        ask="Name an animal.",
        words=(r"\banimals?\b",),
        answers=ANIMALS,
    ),
    "weekday": AnswerTable(
        about="a day of the week",
        ask="Name a day of the week.",
        words=(r"\b(weekdays?|days? of the week)\b",),
        answers=WEEKDAYS,
    ),
}


def recognise(prompt: str) -> AnswerTable | None:
    """Return the table of the task that `prompt` asks for, by its words; None: not a known one.

    >>> recognise("Please roll a die!").about
    'a roll of a six-sided die'
    >>> recognise("Write a poem about rain.") is None
    True
    """
    text = prompt.lower()
    for table in TABLES.values():
        if all(re.search(pattern, text) for pattern in table.words):
            return table
    return None
