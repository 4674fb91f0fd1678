"""The README is run: its snippets work as they stand, and its table of flags is the real one."""

import re
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from vs_magic.verbalized.options import option_fields

README = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


@pytest.fixture
def shell(workdir, monkeypatch):
    """A real IPython shell in an empty folder, that asks the simulated model."""
    monkeypatch.setenv("IPYTHONDIR", str(workdir / "ipython"))
    monkeypatch.setenv("VS_MAGIC_MODEL", "simulated/aligned")
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    yield shell
    shell.run_line_magic("unload_ext", "vs_magic")
    InteractiveShell.clear_instance()


def test_every_snippet_runs(shell):
    """The cells, in the order in which a newcomer would run them, end without an error."""
    assert len(SNIPPETS) >= 5
    for snippet in SNIPPETS:
        result = shell.run_cell(snippet)
        assert result.success, snippet


def test_the_table_of_flags_is_complete():
    """Every option of %%vs stands in the table, with the words of its own help."""
    for declared in option_fields():
        flags = ", ".join(f"`{flag}`" for flag in declared.metadata["flags"])
        row = f"| {flags} | {declared.metadata['help']} |"
        assert row in README, row


def test_the_pictures_are_there():
    """Every picture that the README shows is in the repository."""
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert pictures
    for picture in pictures:
        assert Path(__file__).parents[1].joinpath(picture).is_file(), picture
