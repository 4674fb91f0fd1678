"""What a magic says in words: printed as text, with numbers that read well."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "reply", "replies"), counted(1200, "call")
    ('1 reply', '1,200 calls')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def tell(text: str) -> None:
    """Print what a magic has to say, with nothing in it that a terminal would act on."""
    from vs_magic.view.text import visible

    print(visible(text.rstrip("\n")))  # noqa: T201 - it is what was asked for
