"""`%vs_cache`: what is kept of replies and embeddings, how to forget them, how to pass them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vs_magic.errors import OptionError
from vs_magic.magics.command import Command
from vs_magic.magics.flags import HELP, Flag, model_names
from vs_magic.magics.line import Line
from vs_magic.magics.shell_state import ShellState
from vs_magic.magics.tell import tell
from vs_magic.view.table import Table
from vs_magic.view.words import count

if TYPE_CHECKING:
    from vs_magic.store.store import Store

# The session behind these is imported by the first of them that runs: loading stays quick.


def run(_: ShellState, line: Line) -> Table | None:
    """Show the cache, clear it, or export it."""
    given = line.own
    if "clear" in given and "export" in given:
        raise OptionError("--clear and --export are two things: export first, then clear")
    if "model" in given and "clear" not in given:
        raise OptionError("--model goes with --clear: it names the model whose replies go")
    if "clear" in given:
        tell(_cleared(given.get("model")))
    elif "export" in given:
        tell(_exported(given["export"]))
    else:
        return _table()
    return None


def _table() -> Table:
    """Return where the cache is, and how full."""
    from vs_magic.llm.session import CACHE_LIMIT, current
    from vs_magic.metrics._embed_cache import Cache as Embeddings

    cache = current().cache()
    if cache is None:
        return Table(heads=("cache", ""), rows=(("state", f"off: {CACHE_LIMIT} is 0"),))
    rows = _kept_rows("replies", cache.store)
    limit = _megabytes(cache.store.limit)
    rows.append(("limit", f"{limit} ({CACHE_LIMIT} sets another; 0 switches it off)"))
    rows += _kept_rows("embeddings", Embeddings.of_user().store)
    return Table(heads=("cache", ""), rows=tuple(rows), note="More: %vs_cache --help")


def _kept_rows(what: str, store: Store) -> list[tuple[str, str]]:
    info = store.info()
    rows = [("folder", str(store.folder)), (what, f"{info.entries:,}")]
    rows.append(("size", _megabytes(info.size)))
    return [*rows, ("trouble", info.trouble)] if info.trouble else rows


def _cleared(model: str | None) -> str:
    """Clear the cache; say what was forgotten."""
    from vs_magic.llm.session import current
    from vs_magic.metrics._embed_cache import Cache as Embeddings
    from vs_magic.store.opening import remove_old

    cache = current().cache()
    if cache is None:
        return "the cache is off: nothing to clear"
    embeddings = Embeddings.of_user().store
    try:
        said = f"forgot {count(cache.store.clear(model), 'reply', 'replies')}"
        if model:
            return f"{said} of {model}"
        if vectors := embeddings.clear():
            said += f" and {count(vectors, 'embedding')}"
    except OSError as error:
        raise OptionError(f"the cache could not be cleared: {error}") from None
    old = [store.folder for store in (cache.store, embeddings) if remove_old(store.folder)]
    return said + ("; what an earlier version had kept is removed" if old else "")


def _exported(path: str) -> str:
    """Write the cached calls to a bundle; say how many."""
    from vs_magic.llm.session import current
    from vs_magic.llm.trust import bundle

    cache = current().cache()
    replies = [] if cache is None else cache.replies()
    if not replies:
        raise OptionError("nothing is cached: there is nothing to export")
    written = bundle.write(path, replies)
    left_out = len(replies) - written
    note = f" ({count(left_out, 'call')} left out: a secret stands there)" if left_out else ""
    return f"wrote {count(written, 'call')} to {path}{note}; %%vs --replay {path} answers from it"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


COMMAND = Command(
    name="vs_cache",
    intro="""\
Show the cache of replies and embeddings, clear it, or export the replies.

%vs_cache                           where it is, how much it holds, how large
%vs_cache --clear                   forget it all, and what earlier versions kept
%vs_cache --clear --model NAME      forget one model's
%vs_cache --export FILE             write them to a new bundle, for --replay FILE

The same cell run again is answered from the cache, free and identical; --fresh asks anew. It takes
up to 256 MB in your own cache folder; VS_MAGIC_CACHE_MB sets another limit, and 0 switches it off.
""",
    run=run,
    flags=(
        Flag(name="clear", kind=bool, help="forget what is kept"),
        Flag(
            name="model",
            metavar="NAME",
            help="with --clear: the model whose replies go",
            suggest=model_names,
        ),
        Flag(name="export", metavar="FILE", help="the bundle to write"),
        HELP,
    ),
)
