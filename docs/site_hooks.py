"""What the site has beside the pages in docs/: files of the repository's top, lessons, the flags.

A page links to `../SECURITY.md` or to `../notebooks/….ipynb`, as it must on GitHub. On the site
these files stand below the pages, so their links lose the `../`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from vs_magic.verbalized.options import option_fields

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
    """Point links to where these files stand on the site, and write the table of flags."""
    up = "../" * page.file.src_uri.count("/")
    return UPWARD.sub(rf"]({up}\1)", markdown).replace(FLAGS, table_of_flags())


def table_of_flags() -> str:
    """Return the options of `%%vs` as a table, from where they are declared."""
    rows = ["| flag | keyword | default | what it does |", "|---|---|---|---|"]
    for declared in option_fields():
        flags = ", ".join(f"`{flag}`" for flag in declared.metadata["flags"])
        default = "–" if declared.default is None else f"`{declared.default}`"
        help_ = declared.metadata["help"].replace("|", r"\|")
        rows.append(f"| {flags} | `{declared.name}` | {default} | {help_} |")
    return "\n".join(rows)
