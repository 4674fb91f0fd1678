"""The site builds from how-tos and docstrings, without a warning and without the network."""

from __future__ import annotations

import html
import importlib.util
import inspect
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from vs_magic.magics.commands import COMMANDS

TOP = Path(__file__).parents[1]
DOCS = TOP / "docs"
BUILT = pytest.mark.skipif(
    not os.environ.get("CI") and importlib.util.find_spec("mkdocs") is None,
    reason='the site needs MkDocs: pip install "vs_magic[docs]"',
)
SNIPPET = re.compile(r"^```(?:python|ipython)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)


def navigation() -> list[str]:
    """The pages that the navigation names."""
    config = yaml.load((TOP / "mkdocs.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    pages: list[str] = []
    rest = [config["nav"]]
    while rest:
        item = rest.pop()
        if isinstance(item, str):
            pages.append(item)
        else:
            rest.extend(item.values() if isinstance(item, dict) else item)
    return pages


def test_every_page_is_in_the_navigation():
    """A how-to or a design note that is written can be found, and nothing is named in vain."""
    written = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    named = navigation()
    assert len(named) == len(set(named))
    assert written | {"SECURITY.md", "CHANGELOG.md"} == set(named)


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda p: p.stem)
def test_a_page_names_no_machine(page):
    """No path of somebody's machine stands in a page."""
    found = re.search(r"/home/(?!jovyan)\w|/root/|/Users/", page.read_text(encoding="utf-8"))
    assert not found, found


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The site, built as CI builds it: a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder)],
        cwd=TOP,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert "WARNING" not in done.stderr
    return folder


class _Loaded(HTMLParser):
    """What a page loads, and what it shows."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the addresses of what is fetched to show the page; links are not."""
        said = dict(attrs)
        if tag in ("script", "img", "iframe", "source"):
            self.addresses.append(said.get("src") or "")
        elif tag == "link" and said.get("rel") in ("stylesheet", "icon", "preconnect", "preload"):
            self.addresses.append(said.get("href") or "")


@BUILT
def test_pages_load_nothing_from_elsewhere(site):
    """The site reads offline: no font, script or picture comes from another place."""
    pages = sorted(site.rglob("*.html"))
    assert len(pages) >= len(navigation())
    for page in pages:
        loaded = _Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert loaded.addresses
        outside = [a for a in loaded.addresses if re.match(r"(https?:)?//", a)]
        assert not outside, (page.name, outside)
        for address in (a.split("?")[0].split("#")[0] for a in loaded.addresses if a):
            assert address.startswith(("/", "data:")) or (page.parent / address).is_file(), address


@BUILT
def test_the_reference_tells_what_docstrings_tell(site):
    """Public names have their entries, with parameters, errors and examples."""
    asking = (site / "reference" / "asking.html").read_text(encoding="utf-8")
    for name in ("sampling.api.sample", "sampling.distribution.Distribution.draw"):
        assert f'id="vs_magic.{name}"' in asking
    assert "OptionError" in asking
    metrics = (site / "reference" / "metrics.html").read_text(encoding="utf-8")
    assert 'id="vs_magic.metrics.calibration.brier"' in metrics
    assert "Verification of Forecasts" in metrics


@BUILT
def test_the_reference_has_every_public_name(site):
    """Whoever adds a public name, a metric, a theory function or an error adds it to the reference.

    `Observer`, `Complete` and `OnText` are types of functions and stand where they are taken.
    """
    import vs_magic as vs

    pages = sorted((site / "reference").glob("*.html"))
    told = "".join(page.read_text(encoding="utf-8") for page in pages)
    for module in (vs, vs.metrics, vs.theory):
        named = {name: getattr(module, name) for name in module.__all__}
        for name, value in named.items():
            if name.endswith("_ipython_extension"):
                continue  # IPython calls these, people do not
            if isinstance(value, type) or inspect.isfunction(value):
                assert f'id="{value.__module__}.{name}"' in told, name


@BUILT
def test_the_page_of_flags_is_complete(site):
    """Every flag of every magic stands on the page of flags, by each spelling, with its help."""
    page = (site / "reference" / "flags.html").read_text(encoding="utf-8")
    assert "<!-- flags -->" not in page
    sections = re.split(r"<h2", page)[1:]
    assert len(sections) == len(COMMANDS)
    for command, section in zip(COMMANDS, sections, strict=True):
        text = html.unescape(section)
        assert f"<code>%{command.name}</code>" in text
        assert command.summary in re.sub(r"</?code>", "", text)
        rows = re.findall(r"<tr>\s*<td>(.*?)</td>(.*?)</tr>", text, re.DOTALL)
        for (spellings, told), flag in zip(rows, command.flags, strict=True):
            assert re.findall(r"<code>(.*?)</code>", spellings) == list(flag.spellings)
            assert flag.help.replace("`", "") in re.sub(r"<[^<>]*>", "", told).replace("’", "'")


@BUILT
def test_links_to_the_repository_lead_somewhere(site):
    """A link that leaves docs/ on GitHub finds its file on the site."""
    assert (site / "notebooks" / "00_quickstart.ipynb").is_file()
    assert 'href="notebooks/00_quickstart.ipynb"' in (site / "index.html").read_text(
        encoding="utf-8"
    )
    assert 'href="SECURITY.html"' in (site / "trust.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.stem)
def test_no_page_waits_for_its_figures(page):
    """A name in capitals, alone on a line, is where somebody meant to put a table."""
    assert not re.search(r"^[A-Z]+(_[A-Z]+)*$", page.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_first_page_runs(reader):
    """The cells of the start page end without an error, in their order."""
    snippets = SNIPPET.findall((DOCS / "index.md").read_text(encoding="utf-8"))
    assert len(snippets) >= 5
    for snippet in snippets:
        assert reader.run_cell(snippet).success, snippet
