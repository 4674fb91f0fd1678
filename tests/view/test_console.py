"""What is printed fits the console, whatever its code page lacks."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PRELUDE = """
import vs_magic as vs
m = "simulated/aligned"
d = vs.sample("A colour.", model=m, k=3, seed=1)
"""


@pytest.mark.parametrize(
    "code",
    [
        "print(d)",
        "print(d.frame)",
        "from vs_magic.view.table import Table; print(Table(heads=('Σ',), rows=()))",
        "from vs_magic import theory; print(theory.explorer('coin'))",
        "print(vs.compare('A colour. Σ', methods='direct,cot', model=m, metrics='unique-share'))",
    ],
    ids=["distribution", "frame", "table", "theory", "comparison"],
)
def test_what_a_code_page_lacks_is_replaced(code):
    """The text is printed with `?` in its place, and no traceback ends the script."""
    env = {**os.environ, "PYTHONIOENCODING": "cp1252", "VS_MAGIC_CACHE_MB": "0"}
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + code], capture_output=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr.decode("cp1252")
    assert "?" in done.stdout.decode("cp1252")
