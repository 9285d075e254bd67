# What the build needs, for ./run to source: Debian packages, LibTorch, room on the disk. Each function says what it
# is about to download, or ends the run with one line that names the cause and the remedy.

PACKAGES=(g++ cmake ninja-build ccache pkg-config python3 python3-venv zlib1g-dev libzmq3-dev cppzmq-dev
          libmsgpack-cxx-dev libtomlplusplus-dev nlohmann-json3-dev libcli11-dev libseccomp-dev libsqlite3-dev libssl-dev libxxhash-dev
          libutf8proc-dev libyaml-cpp-dev libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev
          libjpeg-dev libpng-dev libwebp-dev liblcms2-dev catch2)
# Written by packaging/lock_wheels.py: each wheel with its version and hashes. torch is LibTorch; numpy silences its
# warning; the others are what the Python client needs, and what Souvenir's models and pictures are compared with.
WHEELS=packaging/wheels.txt
CPU_WHEELS=packaging/wheels-for-cpu.txt
CUDA_WHEELS=packaging/wheels-for-cuda.txt
TEST_WHEELS=packaging/wheels-for-tests.txt

PACKAGES_MB=600     # on disk, from a bare Debian 12
WHEELS_MB=1100      # .venv and pip's copy, with a wheel of torch for CPUs
CUDA_WHEELS_MB=9000 # the same with one for CUDA
BUILD_MB=600        # build/release, all of it

die() {
  echo "run: $*" >&2
  exit 1
}

check_system() {
  command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
    die "this system has no apt-get; install what packaging/prerequisites.sh lists, then: cmake --workflow --preset dev"
  case "$(uname -m)" in
    x86_64 | aarch64) ;;
    *) die "there is no LibTorch wheel for $(uname -m); without it: cmake --workflow --preset no-torch" ;;
  esac
}

check_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
    die "needs Python 3.11 or later, but python3 is $(python3 --version 2>&1 || true); put a newer one first in PATH"
}

# check_room MB WHAT: of the disk that holds this folder.
check_room() {
  local free_mb
  free_mb=$(df -Pm . | awk 'NR == 2 {print $4}')
  [ "$free_mb" -ge "$1" ] ||
    die "$2 needs $1 MB in $PWD, where $free_mb MB are free; free $(($1 - free_mb)) MB more"
}

# as_root COMMAND...
as_root() {
  local sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"
}

install_packages() {
  check_system
  local package missing=() log size
  for package in "${PACKAGES[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  check_room $PACKAGES_MB "installing ${#missing[@]} packages"
  log=$(mktemp)
  as_root apt-get update -qq >"$log" 2>&1 || true
  size=$(as_root apt-get install --assume-no --no-install-recommends "${missing[@]}" 2>>"$log" |
         sed -n 's/^Need to get \(.*\) of archives.*/\1/p' || true)
  echo "run: installing by apt-get (${size:-unknown size} to download): ${missing[*]}"
  as_root apt-get install -y -q --no-install-recommends "${missing[@]}" 2>>"$log" | sed -un '/^Get:/p' ||
    die "apt-get could not install the packages: $(grep -m 1 '^E:' "$log"); is there a network?"
}

# The torch of the lists: "torch==2.13.0".
listed_torch() {
  sed -n 's/^\(torch==[^ +]*\).*/\1/p' $CPU_WHEELS
}

# The version of torch that pip takes: with "+cpu" in it, or for CUDA; nothing when it cannot say.
version_of_torch() {
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 --dry-run \
    --no-deps --ignore-installed --report - "$(listed_torch)" 2>.venv/pip.log |
    .venv/bin/python -c '
import json, sys
print(json.load(sys.stdin)["install"][0]["metadata"]["version"])' 2>/dev/null
}

# install_wheels STAMP LIST...: nothing but the very wheels that the lists name, by their hashes.
install_wheels() {
  local stamp=.venv/$1 lists=() list torch
  shift
  [ "$(cat "$stamp" 2>/dev/null || true)" = "$(cat "$@")" ] && return
  check_python
  check_room $WHEELS_MB "LibTorch and the Python of the tests"
  [ -x .venv/bin/python ] || python3 -m venv .venv || die "python3 makes no .venv; is python3-venv installed?"
  for list in "$@"; do lists+=(-r "$list"); done
  torch=$(version_of_torch) ||
    die "pip cannot get $(listed_torch) with what it needs: $(grep -m 1 ERROR .venv/pip.log || tail -n 1 .venv/pip.log); is there a network?"
  if [[ $torch == *+cpu ]]; then
    lists+=(-r $CPU_WHEELS)
  else
    echo "run: this wheel of torch is for CUDA: about 3 GB to download; pip takes one for CPUs (200 MB) where its index has it"
    check_room $CUDA_WHEELS_MB "LibTorch with CUDA"
    lists+=(-r $CUDA_WHEELS)
  fi
  echo "run: installing into .venv what $* list"
  .venv/bin/python -m pip install --disable-pip-version-check --only-binary :all: --require-hashes "${lists[@]}" \
    2>.venv/pip.log | sed -unE '/^ *(Downloading|Installing)/p' ||
    die "pip could not install what $* list: $(grep -m 1 ERROR .venv/pip.log); is there a network? Another file under a listed name is refused"
  cat "$@" >"$stamp"
}
