"""What surrounds the calls of a cell: the session's budget, what it has to say, the timeline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from vs_magic.llm import session
from vs_magic.llm.trust import log
from vs_magic.magics.config import Settings
from vs_magic.magics.show import say


def hold_to(settings: Settings) -> None:
    """Limit what the session may spend to what the settings say."""
    session.current().budget.limit_usd = settings.resolve()["budget"].value


@contextmanager
def surroundings(shell: Any, settings: Settings, *, debug: bool = False) -> Iterator[None]:
    """Hold the block's calls to the session's budget; afterwards show what was noticed.

    With `debug`, each call's timeline, too.
    """
    around = session.current()
    hold_to(settings)
    watch: AbstractContextManager[list[str]] = log.timeline() if debug else nullcontext([])
    with watch as lines:
        try:
            yield
        finally:
            for line in around.notices.take():
                say(shell, line)
            if lines:
                print("\n".join(lines))  # noqa: T201 - it is what was asked for
