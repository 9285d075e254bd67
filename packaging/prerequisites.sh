# What the build needs, for ./run to source: Debian packages, LibTorch, room on the disk. Each function says what it
# is about to download, or ends the run with one line that names the cause and the remedy.

PACKAGES=(g++ cmake ninja-build ccache pkg-config python3 python3-venv zlib1g-dev libzmq3-dev cppzmq-dev
          libmsgpack-cxx-dev libtomlplusplus-dev nlohmann-json3-dev libcli11-dev libseccomp-dev libsqlite3-dev libssl-dev libxxhash-dev
          libutf8proc-dev libopencv-core-dev libopencv-imgproc-dev libopencv-imgcodecs-dev catch2)
# torch is LibTorch; numpy silences its warning; the others are what the Python client needs.
WHEELS=(torch==2.13.0 numpy==2.4.6 pyzmq==27.3.0 msgpack==1.2.4)
# What Souvenir's models and pictures are compared with.
TEST_WHEELS=(diffusers==0.42.1 transformers==5.23.0 safetensors==0.8.0)

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

# What pip would fetch for WHEEL..., one "name version" a line; nothing when it cannot say.
wheels_to_get() {
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 --dry-run \
    --report - "$@" 2>.venv/pip.log |
    .venv/bin/python -c '
import json, sys
for package in json.load(sys.stdin)["install"]:
    print(package["metadata"]["name"].lower(), package["metadata"]["version"])' 2>/dev/null
}

# install_wheels STAMP WHEEL...
install_wheels() {
  local stamp=.venv/$1 wanted
  shift
  [ "$(cat "$stamp" 2>/dev/null || true)" = "$*" ] && return
  check_python
  check_room $WHEELS_MB "LibTorch and the Python of the tests"
  [ -x .venv/bin/python ] || python3 -m venv .venv || die "python3 makes no .venv; is python3-venv installed?"
  wanted=$(wheels_to_get "$@") ||
    die "pip cannot get $*: $(grep -m 1 ERROR .venv/pip.log || tail -n 1 .venv/pip.log); is there a network?"
  if grep -q '^nvidia-' <<<"$wanted"; then
    echo "run: this wheel of torch is for CUDA: about 3 GB to download; pip takes one for CPUs (200 MB) where its index has it"
    check_room $CUDA_WHEELS_MB "LibTorch with CUDA"
  fi
  echo "run: installing into .venv: $*"
  .venv/bin/python -m pip install --disable-pip-version-check "$@" 2>.venv/pip.log |
    sed -unE '/^ *(Downloading|Installing)/p' ||
    die "pip could not install $*: $(grep -m 1 ERROR .venv/pip.log); is there a network?"
  echo "$*" >"$stamp"
}
