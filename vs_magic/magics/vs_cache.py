"""`%vs_cache`: the replies that are kept, how to forget them, how to pass them on."""

from __future__ import annotations

from vs_magic.errors import OptionError
from vs_magic.magics.command import Command
from vs_magic.magics.flags import HELP, Flag, model_names
from vs_magic.magics.line import Line
from vs_magic.magics.shell_state import ShellState
from vs_magic.magics.table import Table
from vs_magic.magics.tell import counted, tell

# The session behind these is imported by the first of them that runs: loading stays quick.


def run(_: ShellState, line: Line) -> Table | None:
    """Show the cache, clear it, or export it.

    Raises
    ------
    OptionError
        Its flags do not go together, or the cache cannot be cleared or written.
    """
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

    cache = current().cache()
    if cache is None:
        return Table(heads=("cache", ""), rows=(("state", f"off: {CACHE_LIMIT} is 0"),))
    info = cache.store.info()
    rows = [
        ("folder", str(info.folder)),
        ("replies", f"{info.entries:,}"),
        ("size", _megabytes(info.size)),
        ("limit", f"{_megabytes(info.limit)} ({CACHE_LIMIT} sets another; 0 switches it off)"),
    ]
    if info.trouble:
        rows.append(("trouble", f"{info.trouble}; %vs_cache --clear makes a new one"))
    return Table(heads=("cache", ""), rows=tuple(rows), note="More: %vs_cache --help")


def _cleared(model: str | None) -> str:
    """Clear the cache; say what was forgotten.

    Raises
    ------
    OptionError
        The cache cannot be cleared.
    """
    from vs_magic.llm.session import current

    cache = current().cache()
    if cache is None:
        return "the cache is off: nothing to clear"
    count = cache.store.clear(model)
    if trouble := cache.store.info().trouble:
        raise OptionError(f"the cache in {cache.store.folder} could not be cleared: {trouble}")
    return f"forgot {counted(count, 'reply', 'replies')}" + (f" of {model}" if model else "")


def _exported(path: str) -> str:
    """Write the cached calls to a bundle; say how many.

    Raises
    ------
    OptionError
        The file cannot be written.
    """
    from vs_magic.llm.session import current
    from vs_magic.llm.trust import bundle

    cache = current().cache()
    replies = [] if cache is None else cache.store.replies()
    if not replies:
        raise OptionError("nothing is cached: there is nothing to export")
    count = bundle.write(path, replies)
    left_out = len(replies) - count
    note = f" ({counted(left_out, 'call')} left out: a secret stands there)" if left_out else ""
    return f"wrote {counted(count, 'call')} to {path}{note}; %%vs --replay {path} answers from it"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


COMMAND = Command(
    name="vs_cache",
    intro="""\
Show the cache of replies, clear it, or export it.

%vs_cache                           where it is, how many replies, how large
%vs_cache --clear                   forget them all
%vs_cache --clear --model NAME      forget one model's
%vs_cache --export FILE             write them to a bundle, for --replay FILE

The same cell run again is answered from the cache, free and identical; --fresh asks anew. It takes
up to 256 MB in your own cache folder; VS_MAGIC_CACHE_MB sets another limit, and 0 switches it off.
""",
    run=run,
    flags=(
        Flag(name="clear", kind=bool, help="forget replies"),
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
