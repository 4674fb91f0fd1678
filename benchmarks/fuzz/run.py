"""Coverage-guided fuzzing of what reads other people's text, by atheris.

    python -m venv .venv-fuzz && .venv-fuzz/bin/pip install atheris -e .
    .venv-fuzz/bin/python benchmarks/fuzz/run.py parser --seconds 600

Stops at the first finding: its input is kept beside the corpus, and
`python benchmarks/fuzz/targets.py parser FILE` shows what is wrong with it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def main() -> None:
    """Fuzz one target for so many seconds."""
    args = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    args.add_argument("target", choices=("parser", "line", "replay"))
    args.add_argument("--seconds", type=int, default=600)
    args.add_argument("--longest", type=int, default=4096, help="bytes of one input")
    args.add_argument("--corpus", type=Path, default=Path(".fuzz"))
    given = args.parse_args()

    import atheris

    with atheris.instrument_imports(include=["vs_magic", "json_repair"]):
        import targets

    corpus = given.corpus / given.target
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(targets.seeds(given.target)):
        (corpus / f"seed-{number}").write_bytes(seed)
    dictionary = given.corpus / f"{given.target}.dict"
    dictionary.write_text("".join(_entry(word) for word in targets.words(given.target)))
    flags = [
        f"-max_total_time={given.seconds}",
        f"-max_len={given.longest}",
        f"-dict={dictionary}",
        f"-artifact_prefix={given.corpus}/{given.target}-",
        "-timeout=20",
        "-rss_limit_mb=4096",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], targets.TARGETS[given.target])
    atheris.Fuzz()


def _entry(word: str) -> str:
    """One line of a dictionary."""
    escaped = "".join(c if c.isalnum() else f"\\x{ord(c):02x}" for c in word)
    return f'"{escaped}"\n'


if __name__ == "__main__":
    main()
