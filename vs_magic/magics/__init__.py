"""The edge to IPython: what `%load_ext vs_magic` adds, and `%unload_ext vs_magic` takes back.

A line goes through `arguments` (flags → values), `config` (whose defaults hold), `interpolate`
(`{{name}}`), then `run` asks and `show` shows. Everything here stays quick to import: whatever is
heavy waits for the first cell.
"""

from __future__ import annotations

import sys
from typing import Any

from vs_magic.magics.complete import IDENTIFIER, matcher
from vs_magic.magics.study import VSStudyMagics
from vs_magic.magics.theory import VSTheoryMagics
from vs_magic.magics.trust import VSTrustMagics
from vs_magic.magics.usage_errors import errors_in_one_line
from vs_magic.magics.vs import VSMagics

__all__ = ["VSMagics", "VSStudyMagics", "VSTheoryMagics", "VSTrustMagics", "load", "unload"]

CLASSES = (VSMagics, VSStudyMagics, VSTheoryMagics, VSTrustMagics)
"""The classes whose magics the extension brings."""

_WITH_BODY = (["%%vs"], ["%%vs_compare"], ["%%vs_sweep"])


def load(shell: Any) -> None:
    """Register magics, settings and completion with a shell; once, however often it is called.

    Raises
    ------
    UsageError
        IPython's configuration of `VSMagics` holds a value that cannot be.
    """
    if _registered(shell, VSMagics) is not None:
        return
    with errors_in_one_line(shell):
        magics = VSMagics(shell)
    shell.register_magics(magics, *(kind(shell) for kind in CLASSES if kind is not VSMagics))
    shell.events.register("post_execute", magics.memory.end_cell)
    shell.Completer.custom_matchers.append(matcher(shell.user_ns))
    shell.input_transformers_cleanup.append(keep_body)


def unload(shell: Any) -> None:
    """Take everything back that `load` added, and what the cells left in the user's namespace."""
    magics = _registered(shell, VSMagics)
    if magics is None:
        return
    shell.events.unregister("post_execute", magics.memory.end_cell)
    magics.memory.end_cell()
    magics.memory.forget(shell)
    if (session := sys.modules.get("vs_magic.llm.session")) is not None:
        session.current().close()
    for kind in CLASSES:
        _unregister(shell, _registered(shell, kind))
    matchers = shell.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "matcher_identifier", "") != IDENTIFIER]
    transformers = shell.input_transformers_cleanup
    transformers[:] = [t for t in transformers if t is not keep_body]


def keep_body(lines: list[str]) -> list[str]:
    r"""Give a `%%` line of ours without a body an empty one, so that the magic itself answers.

    IPython refuses such a cell before any magic sees it, `%%vs --help` among them.

    Examples
    --------
    >>> keep_body(["%%vs --help\n"])
    ['%%vs --help\n', '\n']
    """
    is_ours = len(lines) == 1 and lines[0].split()[:1] in _WITH_BODY
    return [*lines, "\n"] if is_ours else lines


def _registered(shell: Any, kind: type[Any]) -> Any:
    return shell.magics_manager.registry.get(kind.__name__)


def _unregister(shell: Any, magics: Any) -> None:
    """Take one class's magics back; a name that someone else has taken since stays theirs."""
    manager = shell.magics_manager
    for kind, table in magics.magics.items():
        for name, function in table.items():
            if manager.magics[kind].get(name) == function:
                del manager.magics[kind][name]
    del manager.registry[type(magics).__name__]
    shell.configurables.remove(magics)
