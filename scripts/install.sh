#!/usr/bin/env bash
# Creates the environment in $1. A CPU build of torch comes first, so that nothing after it pulls
# in gigabytes of CUDA; TORCH=any takes whatever the package index gives.
set -euo pipefail
venv=$1
python=${PYTHON:-python3}
# The pairs of torch and granite-tsfm that constraints.txt holds.
torch_version=$("$python" -c \
  'import sys; print("2.13.0" if sys.version_info < (3, 13) else "2.11.0")')

"$python" - <<'PY'
import sys
if not (3, 11) <= sys.version_info[:2] < (3, 14):
    sys.exit(f"Python 3.11, 3.12 or 3.13 is needed; this is {sys.version.split()[0]}"
             " (make PYTHON=python3.12 ...)")
PY

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
pip=("$venv/bin/python" -m pip install --quiet --disable-pip-version-check)

if [ "${TORCH:-cpu}" = cpu ]; then
  if "$venv/bin/python" -c 'import torch' 2>/dev/null; then
    echo "torch is already there"
  # "+cpu" is the CPU build's own version: this finds it in whatever index pip is configured with
  # and never takes a CUDA build by mistake.
  elif "${pip[@]}" "torch==$torch_version+cpu" 2>/dev/null; then
    echo "torch $torch_version: CPU build"
  else
    # uv knows where the PyTorch project keeps its CPU builds.
    "${pip[@]}" uv
    "$venv/bin/uv" pip install --python "$venv/bin/python" --torch-backend cpu \
      "torch==$torch_version" || {
      echo "No CPU build of torch $torch_version could be had. With TORCH=any the package index's" \
        "own build is taken; on Linux x86-64 that is several GB of CUDA." >&2
      exit 1
    }
  fi
fi
"${pip[@]}" --constraint constraints.txt --editable .
# The network for ONNX Runtime, once (about 15 s); without it forecasts come from torch.
"$venv/bin/granite-ws" export --hub-timeout-s 0 || echo "No graph for ONNX Runtime; torch will do."
echo "granite-ws is installed in $venv"
