"""The README is run: its snippets work as they stand, and its table of flags is the real one."""

import re
from pathlib import Path

from vs_magic.magics import vs
from vs_magic.magics.commands import COMMANDS
from vs_magic.verbalized.method import Method

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def test_every_snippet_runs(reader):
    """The cells, in the order in which a newcomer would run them, end without an error."""
    assert len(SNIPPETS) >= 5
    for snippet in SNIPPETS:
        result = reader.run_cell(snippet)
        assert result.success, snippet


def test_the_table_of_flags_is_complete():
    """Every flag of %%vs stands in the table, in order, with the words of its own help."""
    rows = []
    for flag in vs.COMMAND.flags:
        spellings = ", ".join(f"`{spelling}`" for spelling in flag.spellings)
        rows.append(f"| {spellings} | {flag.help} |")
    missing = [row for row in rows if row not in README]
    assert not missing, "README.md, Flags of %%vs: " + "\n".join(missing)
    assert "| flag | what it does |\n|---|---|\n" + "\n".join(rows) + "\n\n" in README


def test_the_table_of_methods_is_complete():
    """Every method has its row, in the order of `Method`."""
    table = README.split("## The methods\n", 1)[1].split("\n## ", 1)[0]
    named = re.findall(r"^\| `([^`]+)` \|", table, flags=re.MULTILINE)
    assert named == list(Method), "README.md, The methods"


def test_every_magic_is_named():
    """Whoever reads the README knows what there is."""
    for command in COMMANDS:
        assert f"`%{command.name}`" in README


def test_the_pictures_are_there():
    """Every picture that the README shows is in the repository, but for the launch badges."""
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    local = [picture for picture in pictures if not picture.startswith("https://mybinder.org/")]
    assert len(local) >= 2
    for picture in local:
        assert (ROOT / picture).is_file(), picture


def test_every_link_into_the_repository_leads_somewhere():
    """Pages and lessons, those that the launch badges open among them."""
    linked = re.findall(r"\]\(((?!https?://)[^)#]+)[^)]*\)", README)
    opened = re.findall(r"urlpath=lab%2Ftree%2F([^)]+)\)", README)
    assert len(opened) == 8
    for path in (*linked, *(path.replace("%2F", "/") for path in opened)):
        assert (ROOT / path).is_file(), path
