#!/bin/sh
# Install the CPU build of torch with the given pip, and never the CUDA build by accident. What torch
# itself needs is in constraints.txt and is there already.
# Have a GPU? Install the torch build of your choice (same version) into .venv first; it is kept.
set -eu
pip=$1
version=$(sed -n 's/^torch==\([0-9.]*\).*/\1/p' requirements.txt)

if "$pip" show torch 2>/dev/null | grep -q "^Version: $version\(+.*\)\{0,1\}$"; then
    exit 0
fi
case $(uname -s) in
Linux)
    # '+cpu' names the CPU build: found in a local wheelhouse (find-links) where one is configured,
    # else on PyTorch's own index.
    "$pip" install --disable-pip-version-check -q --no-deps "torch==$version+cpu" 2>/dev/null ||
        "$pip" install --disable-pip-version-check -q --no-deps "torch==$version+cpu" \
            --extra-index-url https://download.pytorch.org/whl/cpu || {
        echo "torch $version (CPU build) could not be installed: no wheelhouse has it and" \
            "download.pytorch.org is out of reach. Install torch $version into .venv by hand and" \
            "run make again." >&2
        exit 1
    }
    ;;
*)
    "$pip" install --disable-pip-version-check -q --no-deps "torch==$version"
    ;;
esac
