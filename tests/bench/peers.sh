#!/usr/bin/env bash
# Souvenir's figures, one JSON line each, and those of other programs where they are installed, turn
# by turn in one run, so that a figure is always a ratio taken on one machine at one time. The ratios
# of the medians follow, and the table of the figures to reach.
#
#   peers.sh build/release/bin/souvenir [PEERS_FOLDER]
#
# PEERS_FOLDER (or $SOUVENIR_PEERS) holds jina_flow.py, diffusers_train.py, diffusers_generate.py;
# $SOUVENIR_PEERS_PYTHON is a python that has what they import, $SOUVENIR_PEERS_JINA_PYTHON one for
# Jina, which wants a virtual environment of its own. $SOUVENIR_PEERS_LARGE is a folder of Stable
# Diffusion 1.5's size; without it make_model.py makes one of random weights where there is a peer.
# $ROUNDS: turns of each (3). $ONLY: some of transport train train-large generate whole gpu-train
# gpu-generate, in quotes. $STEPS: steps counted on the base model (10), $LARGE_STEPS on the large (3).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
souvenir=$1
peers=${2:-${SOUVENIR_PEERS:-/nonexistent}}
python=${SOUVENIR_PEERS_PYTHON:-python3}
jina_python=${SOUVENIR_PEERS_JINA_PYTHON:-$python}
model=${SOUVENIR_PEERS_MODEL:-$here/../../examples/base-model}
rounds=${ROUNDS:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
figures=$work/figures
: >"$figures"

# wanted BENCH: whether it is to be run.
wanted() { [[ " ${ONLY:-$1} " == *" $1 "* ]]; }

# show PROGRAM BENCH COMMAND...: the command's last line, which is one JSON object.
show() {
  local name="$1 $2" line
  shift 2
  line=$("$@" 2>/dev/null | tail -n 1) && [ "${line:0:1}" = "{" ] || line='(not available)'
  printf '%-28s %s\n' "$name" "$line" | tee -a "$figures"
}

# peer NAME BENCH COMMAND...: one turn of another program.
peer() { if [ -d "$peers" ]; then show "$@"; fi; }

# whole COMMAND...: seconds from exec to exit.
whole() {
  local start end
  start=$(date +%s%N)
  "$@" >&2
  end=$(date +%s%N)
  awk -v ns=$((end - start)) 'BEGIN { printf "{\"whole_s\": %.3f}\n", ns / 1e9 }'
}

on_cpu() { CUDA_VISIBLE_DEVICES='' "$@"; }
train() { "$python" "$peers/diffusers_train.py" "$@"; }
draw() { "$python" "$peers/diffusers_generate.py" "$@"; }

transport() {
  show souvenir transport "$souvenir" bench transport --n 2000 --json
  peer jina transport "$jina_python" "$peers/jina_flow.py" --n 300
}

train_base() {
  local what=(--n 2 --size 64 --steps "${STEPS:-10}" --model)
  show souvenir train on_cpu "$souvenir" bench train "${what[@]}" "$model" --json
  peer diffusers-cached train on_cpu train "${what[@]}" "$float32" --cached
  peer diffusers-shipped train on_cpu train "${what[@]}" "$float32"
}

train_large() {
  local what=(--model "$large" --n 1 --size 256 --steps "${LARGE_STEPS:-3}")
  show souvenir train-large on_cpu "$souvenir" bench train "${what[@]}" --json
  peer diffusers-cached train-large on_cpu train "${what[@]}" --cached
}

generate_base() {
  local what=(--model "$model" --size 64 --steps 20 --images 4)
  show souvenir generate on_cpu "$souvenir" bench generate "${what[@]}" --json
  peer diffusers generate on_cpu draw "${what[@]}"
}

whole_base() {
  show souvenir whole on_cpu whole env SOUVENIR_HOME="$work/home" SOUVENIR_MODEL="$model" \
    "$souvenir" generate "a dog" -n 4 --steps 20 --guidance-scale 7.5 --scheduler ddim --seed 1
  peer diffusers whole on_cpu draw --model "$model" --size 64 --steps 20 --images 4 --repeat 1
}

gpu_train() {
  local what=(--model "$large" --n 4 --size 512 --steps 20 --dtype bf16)
  show souvenir gpu-train "$souvenir" bench train "${what[@]}" --json
  peer diffusers-cached gpu-train train "${what[@]}" --cached
  peer diffusers-compiled gpu-train train "${what[@]}" --cached --compile
}

gpu_generate() {
  local what=(--model "$large" --size 512 --steps 50 --images 1)
  show souvenir gpu-generate "$souvenir" bench generate "${what[@]}" --dtype bf16 --graphs --json
  peer diffusers gpu-generate draw "${what[@]}" --dtype bf16
}

# turns BENCH FUNCTION: $ROUNDS times, when it is wanted.
turns() {
  wanted "$1" || return 0
  for _ in $(seq "$rounds"); do "$2"; done
}

large=${SOUVENIR_PEERS_LARGE:-}
if [ -z "$large" ] && [ -d "$peers" ] && { wanted train-large || wanted gpu-train || wanted gpu-generate; }; then
  large=$work/large
  "$python" "$here/make_model.py" "$large" "$model" 2>/dev/null || large=
fi

float32=$work/float32
if [ -d "$peers" ] && wanted train; then
  "$python" "$here/float32_copy.py" "$model" "$float32" 2>/dev/null || float32=
fi

echo "load $(cut -d' ' -f1-3 /proc/loadavg), $(nproc) cores"
turns transport transport
turns train train_base
turns generate generate_base
turns whole whole_base
if [ -n "$large" ]; then turns train-large train_large; fi
if [ -n "$large" ] && nvidia-smi >/dev/null 2>&1; then
  turns gpu-train gpu_train
  turns gpu-generate gpu_generate
fi
echo "load $(cut -d' ' -f1-3 /proc/loadavg)"
python3 "$here/ratios.py" <"$figures"
