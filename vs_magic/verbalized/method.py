"""The seven methods of the paper, and the seven wordings of its probability field."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from vs_magic.errors import unknown

if TYPE_CHECKING:
    from typing import Self


class _Named(StrEnum):
    """An enumeration that finds its members by a person's spelling of their names."""

    @classmethod
    def of(cls, name: str) -> Self:
        """Find a member by name, with `-` or `_`, in any case, with the listed short forms.

        Raises
        ------
        OptionError
            No member has that name; the nearest ones are named.
        """
        wanted = str(name).strip().lower().replace("_", "-").replace(" ", "-")
        wanted = cls.aliases().get(wanted, wanted)
        for member in cls:
            if member.value == wanted:
                return member
        raise unknown(cls.label(), name, [m.value for m in cls])

    @classmethod
    def aliases(cls) -> dict[str, str]:
        """Short forms that stay unambiguous."""
        return {}

    @classmethod
    def label(cls) -> str:
        """What a person calls one of these."""
        return cls.__name__.lower()


class Method(_Named):
    """How responses are asked for (paper, section 4; the baselines first).

    >>> Method.of("VS_Standard"), Method.of("multi").value
    (<Method.VS_STANDARD: 'vs-standard'>, 'vs-multi')
    """

    DIRECT = "direct"
    COT = "cot"
    SEQUENCE = "sequence"
    MULTI_TURN = "multi-turn"
    VS_STANDARD = "vs-standard"
    VS_COT = "vs-cot"
    VS_MULTI = "vs-multi"

    @classmethod
    def aliases(cls) -> dict[str, str]:
        """`standard` and `multi` are VS variants; `cot` stays the baseline, as in the paper."""
        return {"standard": "vs-standard", "vs": "vs-standard", "multi": "vs-multi"}

    @property
    def verbalizes(self) -> bool:
        """Whether the reply states a probability for each candidate."""
        return self in (Method.VS_STANDARD, Method.VS_COT, Method.VS_MULTI)

    @property
    def lists(self) -> bool:
        """Whether one call asks for k candidates; the others ask for one."""
        return self.verbalizes or self is Method.SEQUENCE

    @property
    def converses(self) -> bool:
        """Whether the calls are turns of conversations; the others are independent."""
        return self in (Method.MULTI_TURN, Method.VS_MULTI)

    @property
    def reasons(self) -> bool:
        """Whether the reply has a reasoning field before its candidates."""
        return self in (Method.COT, Method.VS_COT)


class Wording(_Named):
    """What the prompt says a stated probability is (paper, the ablation of the field's wording).

    `implicit`, `explicit` and `relative` are on a 0-1 scale, `percentage` on 0-100, `confidence`
    asks how typical a response is; `perplexity` and `nll` fall as a response gets likelier.
    """

    IMPLICIT = "implicit"
    EXPLICIT = "explicit"
    RELATIVE = "relative"
    PERCENTAGE = "percentage"
    CONFIDENCE = "confidence"
    PERPLEXITY = "perplexity"
    NLL = "nll"

    @classmethod
    def label(cls) -> str:
        """The flag that takes one is called --probability."""
        return "probability wording"

    @classmethod
    def best(cls, method: Method) -> Wording:
        """The wording that the paper found best for a method."""
        return cls.CONFIDENCE if method is Method.VS_MULTI else cls.EXPLICIT

    @property
    def field(self) -> str:
        """The key that carries the value in a reply."""
        if self in (Wording.CONFIDENCE, Wording.PERPLEXITY, Wording.NLL):
            return str(self.value)
        return "probability"


class Format(_Named):
    """How a list of candidates is written on the wire.

    `json` is asked of every endpoint; `lines` (text | probability, a line each) is quicker for
    small local models whose decoding a grammar holds to it, and carries no newlines.
    """

    JSON = "json"
    LINES = "lines"

    @classmethod
    def label(cls) -> str:
        """The flag that takes one is called --format."""
        return "reply format"


class TextPart(_Named):
    """Which part of an answer is its text, where a reply gives it a title and a body.

    Form cannot tell which of the two is the answer: `**The Mugging**: Why did the coffee …` has the
    shape of `**Tea**: A hot drink.` An answer without a title is whole in any case.
    """

    WHOLE = "whole"
    TITLE = "title"
    BODY = "body"

    @classmethod
    def label(cls) -> str:
        """The flag that takes one is called --text."""
        return "part of the text"
