#!/usr/bin/env bash
# Souvenir's figures, one JSON line each, and those of other programs where they are installed, turn
# by turn in one run, so that a figure is always a ratio taken on one machine at one time. The ratios
# of the medians follow.
#
#   peers.sh build/release/bin/souvenir [PEERS_FOLDER]
#
# PEERS_FOLDER (or $SOUVENIR_PEERS) holds jina_flow.py, diffusers_train.py, diffusers_generate.py;
# $SOUVENIR_PEERS_PYTHON is a python that has what they import, $SOUVENIR_PEERS_JINA_PYTHON one for
# Jina, which wants a virtual environment of its own. $ROUNDS: turns of each (3).
# $ONLY: one of transport, train, generate.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
souvenir=$1
peers=${2:-${SOUVENIR_PEERS:-/nonexistent}}
python=${SOUVENIR_PEERS_PYTHON:-python3}
jina_python=${SOUVENIR_PEERS_JINA_PYTHON:-$python}
model=${SOUVENIR_PEERS_MODEL:-$here/../../examples/base-model}
figures=$(mktemp)
trap 'rm -f "$figures"' EXIT

# show NAME COMMAND...: the command's last line, which is one JSON object.
show() {
  local name=$1 line
  shift
  line=$("$@" 2>/dev/null | tail -n 1) && [ "${line:0:1}" = "{" ] || line='(not available)'
  printf '%-20s %s\n' "$name" "$line" | tee -a "$figures"
}

# turn WHAT PEER SOUVENIR_ARGUMENTS... -- PEER_COMMAND...: both, one after the other, $ROUNDS times.
turn() {
  local what=$1 peer=$2 ours=()
  shift 2
  [ "${ONLY:-$what}" = "$what" ] || return 0
  while [ "$1" != -- ]; do ours+=("$1"); shift; done
  shift
  for _ in $(seq "${ROUNDS:-3}"); do
    show "souvenir $what" "$souvenir" bench "$what" "${ours[@]}" --json
    if [ -d "$peers" ]; then show "$peer $what" "$@"; fi
  done
}

echo "load $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores"
turn transport jina --n 2000 -- "$jina_python" "$peers/jina_flow.py" --n 300
turn train diffusers --model "$model" --n 2 --size 64 --steps 10 -- \
  "$python" "$peers/diffusers_train.py" --model "$model" --n 2 --size 64 --steps 10 --cached
turn generate diffusers --model "$model" --size 64 --steps 20 --images 4 -- \
  "$python" "$peers/diffusers_generate.py" --model "$model" --size 64 --steps 20 --images 4
echo "load $(cut -d' ' -f1-3 /proc/loadavg)"
python3 "$here/ratios.py" <"$figures"
