"""What the site has beside the pages in docs/: files of the repository's top, lessons, the flags.

A page links to `../SECURITY.md` or to `../notebooks/….ipynb`, as it must on GitHub. On the site
these files stand below the pages, so their links lose the `../`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from vs_magic.magics.command import Command
from vs_magic.magics.commands import COMMANDS
from vs_magic.magics.flags import Flag

TOP = Path(__file__).parents[1]
PAGES = ("SECURITY.md", "CHANGELOG.md")
UPWARD = re.compile(r"\]\((?:\.\./)+((?:SECURITY\.md|CHANGELOG\.md|notebooks/[\w.-]+\.ipynb))\)")
FLAGS = "<!-- flags -->"


def on_files(files: Files, config: Any) -> Files:
    """Add the pages from the repository's top and the lessons."""
    lessons = sorted(TOP.glob("notebooks/*.ipynb"))
    for path in (*(TOP / name for name in PAGES), *lessons):
        name = path.relative_to(TOP).as_posix()
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Point links to where these files stand on the site, and write the tables of flags."""
    up = "../" * page.file.src_uri.count("/")
    return UPWARD.sub(rf"]({up}\1)", markdown).replace(FLAGS, tables_of_flags())


def tables_of_flags() -> str:
    """Return a section for each magic, with a table of its flags."""
    parts = []
    for command in COMMANDS:
        names = [f"`%{command.name}`"]
        names += [f"`%%{command.name}`"] if command.kind == "line_cell" else []
        parts += [f"## {', '.join(names)}", command.summary, table_of_flags(command)]
    return "\n\n".join(parts)


def table_of_flags(command: Command) -> str:
    """Return the flags of a magic as a table, from where they are declared."""
    rows = ["| flag | takes | default | what it does |", "|---|---|---|---|"]
    for flag in command.flags:
        takes = f"{flag.kind_name}, `{flag.metavar}`" if flag.takes_value else "–"
        default = "–" if flag.default in (None, False) else f"`{flag.default}`"
        help_ = flag.help.replace("|", r"\|")
        rows.append(f"| {_spellings(flag)} | {takes} | {default} | {help_} |")
    return "\n".join(rows)


def short_table_of_flags(command: Command) -> str:
    """Return the same without what the flags take, as the README has it."""
    rows = (f"| {_spellings(flag)} | {flag.help} |" for flag in command.flags)
    return "\n".join(["| flag | what it does |", "|---|---|", *rows])


def _spellings(flag: Flag) -> str:
    return ", ".join(f"`{spelling}`" for spelling in flag.spellings)
