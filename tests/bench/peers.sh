#!/usr/bin/env bash
# Souvenir's figures, one JSON line each, and those of other programs in the same run where they are
# installed, so that a figure is always a ratio taken on one machine at one time.
#
#   peers.sh build/release/bin/souvenir [PEERS_FOLDER]
#
# PEERS_FOLDER (or $SOUVENIR_PEERS) holds jina_flow.py, diffusers_train.py, diffusers_generate.py;
# $SOUVENIR_PEERS_PYTHON is a python that has what they import.
set -euo pipefail
souvenir=$1
peers=${2:-${SOUVENIR_PEERS:-}}
python=${SOUVENIR_PEERS_PYTHON:-python3}
model=$(cd "$(dirname "$0")/../.." && pwd)/examples/base-model

show() {
  printf '%-22s ' "$1"
  shift
  "$@" 2>/dev/null | tail -n 1 || echo '(not available)'
}

show "souvenir transport" "$souvenir" bench transport --n 2000 --json
show "souvenir train" "$souvenir" bench train --model "$model" --n 2 --size 64 --steps 10 --json
show "souvenir generate" "$souvenir" bench generate --model "$model" --size 64 --steps 20 --images 4 --json
[ -d "${peers:-/nonexistent}" ] || exit 0
show "jina transport" "$python" "$peers/jina_flow.py" --n 300
show "diffusers train" "$python" "$peers/diffusers_train.py" --model "$model" --n 2 --size 64 --steps 10 --cached
show "diffusers generate" "$python" "$peers/diffusers_generate.py" --model "$model" --size 64 --steps 20 --images 4
