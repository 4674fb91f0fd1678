"""What a magic says in words: printed as text, with numbers that read well."""

from __future__ import annotations


def tell(text: str) -> None:
    """Print what a magic has to say, with nothing in it that a terminal would act on."""
    from vs_magic.view.text import printable, visible

    print(printable(visible(text.rstrip("\n"))))  # noqa: T201 - it is what was asked for
