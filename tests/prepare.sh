#!/usr/bin/env bash
# What the tests need beside Python packages: the small models' weights, and some Chromium.
set -euo pipefail

"$PYTHON" -m vs_magic fetch local/qwen2.5-coder-0.5b
"$PYTHON" -m vs_magic fetch minilm
"$PYTHON" -m vs_magic fetch minilm-onnx

if ! command -v chromium chromium-browser google-chrome >/dev/null; then
    "$PYTHON" -m playwright install chromium
fi
