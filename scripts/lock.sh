#!/bin/sh
# Print the lock file: every installed package with its version, without torch and ourselves.
set -eu
cat <<'HEAD'
# Every package that requirements.txt and requirements-dev.txt pull in, pinned. Made by: make lock
# torch is left out: its build (CPU, CUDA, MPS) is chosen by scripts/install_torch.sh.
HEAD
"$1" freeze --exclude-editable --exclude paser-workbench --exclude torch
