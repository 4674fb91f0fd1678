#!/usr/bin/env bash
# The kernel tests on the oldest ipykernel that is supported, on the installed one, and with every
# warning an error: PYTHON=.venv/bin/python tests/reliability/two_kernels.sh [pytest's arguments]
# The old ipykernel goes into a folder of the user's cache, before the environment's own on the path.
set -euo pipefail

cd "$(dirname "$0")/../.."
PYTHON="${PYTHON:-python3}"
OLDEST="${OLDEST:-6.29.5}"
FOLDER="${XDG_CACHE_HOME:-$HOME/.cache}/vs_magic-tests/ipykernel-$OLDEST"

if [ ! -f "$FOLDER/.ready" ]; then
    "$PYTHON" -m pip install --quiet --no-deps --target "$FOLDER" "ipykernel==$OLDEST" nest-asyncio
    touch "$FOLDER/.ready"
fi

version() { "$PYTHON" -c 'import ipykernel; print("ipykernel", ipykernel.__version__)'; }
run() { "$PYTHON" -m pytest -q tests/kernel "$@"; }

echo "== $(PYTHONPATH="$FOLDER" version)"
PYTHONPATH="$FOLDER" run "$@"
echo "== $(version)"
run "$@"
# A plain shell, for ipykernel's own imports warn: the extension is loaded, and a cell run.
echo "== python -W error"
VS_MAGIC_CACHE_MB=0 "$PYTHON" -W error - <<'CODE'
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.extension_manager.load_extension("vs_magic")
for flags in ("", "--display static", "--method vs-cot -n 10", "--dry-run"):
    line = f"--model simulated/aligned --k 3 {flags}"
    shell.run_cell_magic("vs", line, "Roll a six-sided die.")
shell.run_line_magic("vs_models", "")
shell.extension_manager.unload_extension("vs_magic")

from vs_magic.testing import FaultyEndpoint
import os, vs_magic

with FaultyEndpoint(share=0, retry_after=0.1) as endpoint:
    os.environ.update(endpoint.env())
    endpoint.fail_next("429-wait", "503", "duplicate")
    assert len(vs_magic.sample("Name a colour.", k=3, model="openai/loopback")) == 3
print("no warning")
CODE
