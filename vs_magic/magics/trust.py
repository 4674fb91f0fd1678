"""`%vs_cache`, `%vs_record`, `%vs_cost`: what is kept, what is recorded, what was spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand

from vs_magic.errors import OptionError
from vs_magic.magics.few_flags import CLEAR, EXPORT, HELP, MODEL, STOP, Asked, read_line
from vs_magic.magics.flags import Flag
from vs_magic.magics.interpolate import interpolate
from vs_magic.magics.usage_errors import errors_in_one_line
from vs_magic.view import words
from vs_magic.view.table import Table

if TYPE_CHECKING:
    from vs_magic.llm.trust.ledger import Spent

# The session behind these is imported by the first of them that runs: loading stays quick.

CACHE_USAGE = """\
Show the cache of replies, clear it, or export it.

%vs_cache                           where it is, how many replies, how large
%vs_cache --clear                   forget them all
%vs_cache --clear --model NAME      forget one model's
%vs_cache --export FILE             write them to a bundle, for --replay FILE

The same cell run again is answered from the cache, free and identical; --fresh asks anew. It takes
up to 256 MB in your own cache folder; VS_MAGIC_CACHE_MB sets another limit, and 0 switches it off.
"""

RECORD_USAGE = """\
Record the calls of the cells that follow to a bundle: JSON lines, without keys.

%vs_record FILE                     begin; a bundle that is there is continued
%vs_record                          what is recorded, and where
%vs_record --stop                   end

%%vs --replay FILE answers from a bundle; nothing is sent then, and no key is needed.
"""

COST_USAGE = "Show what was asked and spent in this session, by model.\n"


@magics_class
class VSTrustMagics(Magics):
    """What is kept, recorded and spent: `%vs_cache`, `%vs_record`, `%vs_cost`."""

    @no_var_expand
    @line_magic
    def vs_cache(self, line: str) -> Table | None:
        """Show the cache, clear it, or export it."""
        with errors_in_one_line(self.shell):
            asked = self._read(line, "%vs_cache", (CLEAR, MODEL, EXPORT), words=0)
            _check_together(asked.flags)
            if "help" in asked.flags:
                _say(CACHE_USAGE)
            elif "clear" in asked.flags:
                _say(cleared(asked.flags.get("model")))
            elif "export" in asked.flags:
                _say(exported(asked.flags["export"]))
            else:
                return cache_table()
            return None

    @no_var_expand
    @line_magic
    def vs_record(self, line: str) -> None:
        """Record calls to a bundle, or end that."""
        from vs_magic.llm.session import current

        with errors_in_one_line(self.shell):
            asked = self._read(line, "%vs_record", (STOP,), words=1)
            if "help" in asked.flags:
                _say(RECORD_USAGE)
            elif asked.words and "stop" in asked.flags:
                raise OptionError("--stop ends a recording and a file begins one: leave one out")
            elif asked.words:
                calls = current().record(asked.words[0]).calls
                held = f"; it holds {words.count(calls, 'call')} already" if calls else ""
                _say(f"calls are recorded to {asked.words[0]} from now on{held}")
            else:
                _say(_recording(stop="stop" in asked.flags))

    @no_var_expand
    @line_magic
    def vs_cost(self, line: str) -> Table | None:
        """Show what was spent, by model."""
        with errors_in_one_line(self.shell):
            asked = self._read(line, "%vs_cost", (), words=0)
            if "help" not in asked.flags:
                from vs_magic.magics.session_scope import hold_to
                from vs_magic.magics.study_run import settings_of

                hold_to(settings_of(self.shell))
                return cost_table()
            _say(COST_USAGE)
            return None

    def _read(self, line: str, magic: str, known: Sequence[Flag], *, words: int) -> Asked:
        """Read a line, and put variables into its values."""
        asked = read_line(line, magic, (*known, HELP))
        if len(asked.words) > words:
            surplus = asked.words[words]
            takes = "one file" if words else "flags only"
            raise OptionError(f"{magic} takes {takes}, and {surplus[:40]!r} is one word too many")
        names = self.shell.user_ns  # type: ignore[union-attr]
        values = {
            n: interpolate(v, names) if isinstance(v, str) else v for n, v in asked.flags.items()
        }
        return Asked(values, tuple(interpolate(word, names) for word in asked.words))

    vs_cache.__doc__ = CACHE_USAGE
    vs_record.__doc__ = RECORD_USAGE
    vs_cost.__doc__ = COST_USAGE


def cache_table() -> Table:
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


def cleared(model: str | None) -> str:
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
    return f"forgot {words.count(count, 'reply', 'replies')}" + (f" of {model}" if model else "")


def exported(path: str) -> str:
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
    note = f" ({words.count(left_out, 'call')} left out: a secret stands there)" if left_out else ""
    return (
        f"wrote {words.count(count, 'call')} to {path}{note}; %%vs --replay {path} answers from it"
    )


def cost_table() -> Table:
    """Return what was spent, a line a model and one for all."""
    from vs_magic.llm.session import current

    session = current()
    lines = session.ledger.lines()
    if not lines:
        return Table(heads=("model", "calls"), rows=(), note="Nothing was asked in this session.")
    total = session.ledger.total
    notes = []
    if total.unknown:
        replies = words.count(total.unknown, "reply", "replies")
        notes.append(f"No price is known for {replies}: the sum is short of that.")
    if (limit := session.budget.limit_usd) is not None:
        spent = words.usd(session.budget.spent_usd)
        notes.append(f"The session's budget is {words.usd(limit)}; {spent} of it is spent.")
    heads = ("model", "calls", "cached", "failed", "tokens in", "tokens out", "cost", "saved")
    shown = [*lines, total] if len(lines) > 1 else lines
    return Table(heads=heads, rows=tuple(_cost_row(line) for line in shown), note=" ".join(notes))


def _cost_row(line: Spent) -> tuple[str, ...]:
    answered = line.calls - line.cached - line.failed
    cost = words.usd(line.cost_usd)
    if line.unknown:
        cost = "unknown" if line.unknown == answered else f"{cost} + unknown"
    counts = (line.calls, line.cached, line.failed, line.prompt_tokens, line.completion_tokens)
    return (line.model, *(f"{count:,}" for count in counts), cost, words.usd(line.saved_usd))


def _recording(*, stop: bool) -> str:
    """Say what is recorded, after ending it if so asked."""
    from vs_magic.llm.session import current

    session = current()
    recorder = session.stop_recording() if stop else session.recorder
    if recorder is None:
        return "nothing is recorded; %vs_record FILE begins"
    state = "holds" if stop else "is being written, and holds"
    trouble = f" ({recorder.trouble})" if recorder.trouble and not stop else ""
    return f"{recorder.path} {state} {words.count(recorder.calls, 'call')}{trouble}"


def _check_together(given: Mapping[str, Any]) -> None:
    if "clear" in given and "export" in given:
        raise OptionError("--clear and --export are two things: export first, then clear")
    if "model" in given and "clear" not in given:
        raise OptionError("--model goes with --clear: it names the model whose replies go")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def _say(text: str) -> None:
    """Print what a magic has to say, with nothing in it that a terminal would act on."""
    from vs_magic.view.text import visible

    print(visible(text.rstrip("\n")))  # noqa: T201 - it is what was asked for
