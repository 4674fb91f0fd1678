#!/usr/bin/env bash
# What the tests need beside Python packages: the light local model's weights, and a Chromium.
set -euo pipefail

"$PYTHON" -m vs_magic fetch local/qwen2.5-coder-0.5b
"$PYTHON" -m vs_magic fetch minilm

for browser in chromium chromium-browser google-chrome; do
    if command -v "$browser" >/dev/null; then
        exit 0
    fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends chromium fonts-dejavu fonts-noto-color-emoji
else
    "$PYTHON" -m playwright install chromium
fi
