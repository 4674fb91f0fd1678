"""What Binder builds from: files that parse, pins that hold, a session at the quickstart."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from vs_magic.llm.fetch import catalogue

TOP = Path(__file__).parents[1]
BINDER = TOP / "binder"
NAME = re.compile(r"^([A-Za-z0-9._-]+)")
LIGHT = "local/qwen2.5-coder-0.5b"


def canonical(name: str) -> str:
    """A package's name as an index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    """The pinned versions by name."""
    lines = (TOP / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line.split("==") for line in lines if "==" in line and not line.startswith("#")]
    return {canonical(name): version for name, version in pinned}


def extras() -> dict[str, list[str]]:
    """The extras by name."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": project["dependencies"], **project["optional-dependencies"]}


def requirements() -> list[str]:
    """The lines of Binder's requirements."""
    lines = (BINDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def installed() -> list[str]:
    """The extras that a session has."""
    (editable,) = [line for line in requirements() if line.startswith("-e ")]
    found = re.fullmatch(r"-e \.\[([\w,]+)\]", editable)
    assert found, editable
    return found[1].split(",")


def test_the_package_is_installed_at_the_tested_versions():
    """Binder takes the same pins as `make demo`, and extras that exist."""
    assert f"-c {os.path.relpath(TOP / 'constraints.txt', BINDER)}" in requirements()
    assert installed() == ["light", "local", "notebook"]
    needed = [name for extra in ("", *installed()) for name in extras()[extra]]
    for requirement in needed:
        name = NAME.match(requirement)[1]
        assert canonical(name) in pins(), name


def test_python_is_the_one_that_the_pins_are_for():
    """runtime.txt names the version that constraints.txt was resolved for."""
    runtime = (BINDER / "runtime.txt").read_text(encoding="utf-8").strip()
    said = (TOP / "constraints.txt").read_text(encoding="utf-8").splitlines()[0]
    version = re.fullmatch(r"python-(3\.\d+)", runtime)
    assert version
    assert f"Python {version[1]}:" in said


def test_no_torch_reaches_a_session():
    """Two GB do not hold torch: no extra of Binder's asks for it."""
    text = " ".join(name for extra in ("", *installed()) for name in extras()[extra])
    assert not re.search(r"\btorch|sentence-transformers|\[semantic|\[all", text)


@pytest.mark.parametrize("name", ["postBuild", "start"])
def test_a_script_can_run_and_stops_at_the_first_error(name):
    """It is executable, also in git, parses, and begins with `set -e`."""
    path = BINDER / name
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/bin/bash"
    first = next(line for line in lines[1:] if line.strip() and not line.startswith("#"))
    assert first == "set -e"
    assert os.access(path, os.X_OK)
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0
    if (TOP / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-s", f"binder/{name}"],
            cwd=TOP, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        assert listed.startswith("100755"), listed


def test_what_is_fetched_is_what_a_session_asks():
    """The image holds the weights of the model that `start` names, and the light embedder's."""
    built = (BINDER / "postBuild").read_text(encoding="utf-8")
    fetched = re.findall(r"^vs-magic fetch --quiet (\S+)$", built, flags=re.MULTILINE)
    assert fetched == [LIGHT, "minilm-onnx"]
    assert all(catalogue.find(name).name == name for name in fetched)


def test_a_session_asks_the_light_model(tmp_path):
    """`start` hands its command on, with the model set, whatever was set before."""
    done = subprocess.run(
        [BINDER / "start", sys.executable, "-c", "import os; print(os.environ['VS_MAGIC_MODEL'])"],
        env={**os.environ, "VS_MAGIC_MODEL": "gpt-4.1"},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.strip() == LIGHT


def test_the_check_inside_post_build_is_python():
    """The lines that ask the model before anybody sees the image compile."""
    built = (BINDER / "postBuild").read_text(encoding="utf-8")
    body = re.search(r"<<'PYTHON'\n(.*?)^PYTHON$", built, flags=re.MULTILINE | re.DOTALL)
    assert body
    compile(body[1], "postBuild", "exec")


@pytest.mark.parametrize("page", ["README.md", "docs/binder.md"])
def test_badges_open_notebooks_that_exist(page):
    """A badge leads into JupyterLab, to a lesson that exists; the first to the quickstart."""
    text = (TOP / page).read_text(encoding="utf-8")
    addresses = [
        a for a in re.findall(r"https?://[^)\s\"`]+", text) if "mybinder" in a and "urlpath" in a
    ]
    opened = [parse_qs(urlsplit(address).query)["urlpath"][0] for address in addresses]
    for path in opened:
        assert path.startswith("lab/tree/notebooks/")
        assert (TOP / path.removeprefix("lab/tree/")).is_file(), path
    if page == "README.md" and opened:
        assert opened[0] == "lab/tree/notebooks/00_quickstart.ipynb"
    if page == "docs/binder.md":
        lessons = {f"lab/tree/notebooks/{p.name}" for p in TOP.glob("notebooks/*.ipynb")}
        assert set(opened) == lessons
