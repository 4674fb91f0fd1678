"""The edge to IPython: what `%load_ext vs_magic` adds, and `%unload_ext vs_magic` takes back.

Each magic is a file, `vs_….py`, with its description (`Command`) and what it runs. `reader` reads a
line by that description, `config` says whose defaults hold, `interpolate` puts `{{name}}` in, and
`extension` hands the magics to IPython. Everything here stays quick to import: whatever is heavy
waits for the first cell.
"""

from __future__ import annotations

import sys
from typing import Any

from vs_magic.magics.commands import COMMANDS
from vs_magic.magics.complete import IDENTIFIER, matcher
from vs_magic.magics.extension import VSMagics
from vs_magic.magics.question import QuestionLine
from vs_magic.magics.usage_errors import errors_in_one_line

__all__ = ["VSMagics", "load", "unload"]

_WITH_BODY = [f"%%{command.name}" for command in COMMANDS if command.kind == "line_cell"]


def load(shell: Any) -> None:
    """Register magics, settings and completion with a shell; once, however often it is called."""
    if _registered(shell) is not None:
        return
    with errors_in_one_line(shell):
        magics = VSMagics(shell)
    shell.register_magics(magics)
    shell.events.register("post_execute", magics.state.memory.end_cell)
    shell.Completer.custom_matchers.append(matcher(shell.user_ns))
    shell.input_transformers_cleanup.append(keep_body)
    shell.input_transformer_manager.token_transformers.append(QuestionLine)
    magics.state.tell_of_project()


def unload(shell: Any) -> None:
    """Take everything back that `load` added, and what the cells left in the user's namespace."""
    magics = _registered(shell)
    if magics is None:
        return
    memory = magics.state.memory
    shell.events.unregister("post_execute", memory.end_cell)
    memory.end_cell()
    memory.forget(shell)
    if (session := sys.modules.get("vs_magic.llm.session")) is not None:
        session.current().close()
    _unregister(shell, magics)
    matchers = shell.Completer.custom_matchers
    matchers[:] = [m for m in matchers if getattr(m, "matcher_identifier", "") != IDENTIFIER]
    transformers = shell.input_transformers_cleanup
    transformers[:] = [t for t in transformers if t is not keep_body]
    shell.input_transformer_manager.token_transformers.remove(QuestionLine)


def keep_body(lines: list[str]) -> list[str]:
    r"""Give a `%%` line of ours without a body an empty one, so that the magic itself answers.

    IPython refuses such a cell before any magic sees it, `%%vs --help` among them.

    >>> keep_body(["%%vs --help\n"])
    ['%%vs --help\n', '\n']
    """
    is_ours = len(lines) == 1 and "".join(lines[0].split()[:1]) in _WITH_BODY
    return [*lines, "\n"] if is_ours else lines


def _registered(shell: Any) -> Any:
    return shell.magics_manager.registry.get(VSMagics.__name__)


def _unregister(shell: Any, magics: Any) -> None:
    """Take the magics back; a name that someone else has taken since stays theirs."""
    manager = shell.magics_manager
    for kind, table in magics.magics.items():
        for name, function in table.items():
            if manager.magics[kind].get(name) == function:
                del manager.magics[kind][name]
    del manager.registry[type(magics).__name__]
    shell.configurables.remove(magics)
