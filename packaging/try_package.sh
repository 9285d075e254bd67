#!/usr/bin/env bash
# Tries a package as a stranger would: a fresh Debian root by debootstrap, the package by apt-get, a training and a
# drawing with the shipped base model, the removal; then nothing of it may be left.
#   packaging/try_package.sh souvenir_0.2.0_amd64.deb [SUITE]    as root; SUITE is bookworm unless named
# The root lies in a folder of its own under TMPDIR (3 GB) and goes away at the end; SOUVENIR_TRY_ROOT keeps one.
set -euo pipefail

die() {
  echo "try_package: $*" >&2
  exit 1
}

[ $# -ge 1 ] || die "which package? packaging/try_package.sh FILE.deb [SUITE]"
package=$(realpath "$1")
suite=${2:-bookworm}
pictures=$(realpath "$(dirname "$0")/../examples/05_personalize/dog-a")
[ "$(id -u)" -eq 0 ] || die "a root file system needs root: run it with sudo"
command -v debootstrap >/dev/null || die "debootstrap is missing: apt-get install debootstrap"
with_libtorch=$(dpkg-deb -c "$package" | grep -c 'lib/souvenir/libtorch_cpu.so$' || true)

root=${SOUVENIR_TRY_ROOT:-$(mktemp -d)}
clean_up() {
  umount -q "$root/proc" "$root/dev/shm" 2>/dev/null || true
  rm -f "$root.log"
  [ -n "${SOUVENIR_TRY_ROOT:-}" ] || rm -rf --one-file-system "$root"
}
trap clean_up EXIT
chmod 755 "$root"  # apt-get downloads as a user of its own

# Where this machine has its packages from, so that a mirror nearby is used.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null | head -n 1)

inside() {
  chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive "$@"
}

# Files that are not those of the moment before the installation; what apt-get keeps for itself does not count.
files() {
  (cd "$root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./tmp -o -path ./var/cache -o -path ./var/log \
    -o -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./etc/ld.so.cache \) -prune -o -print | sort)
}

if [ ! -x "$root/usr/bin/apt-get" ]; then
  echo "== a fresh $suite from $mirror"
  debootstrap --variant=minbase "$suite" "$root" ${mirror:+"$mirror"} >"$root.log" 2>&1 ||
    die "debootstrap failed: $(tail -n 1 "$root.log")"
fi
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
mkdir -p "$root/dev/shm"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev/shm"
cp "$package" "$root/tmp/"
cp -r "$pictures" "$root/tmp/dog"
inside apt-get -o Dpkg::Use-Pty=0 update -qq

echo "== what it needs, so that only the package itself is counted below"
needed=$(dpkg-deb -f "$package" Depends | tr ',' '\n' | sed -E 's/\([^)]*\)//; s/\|.*//; s/ //g')
# shellcheck disable=SC2086
inside apt-get -o Dpkg::Use-Pty=0 install -y -qq --no-install-recommends $needed >/dev/null
files >"$root/tmp/before"

echo "== install"
inside apt-get -o Dpkg::Use-Pty=0 install -y -qq --no-install-recommends "/tmp/$(basename "$package")" >/dev/null
inside souvenir version

if [ "$with_libtorch" -gt 0 ]; then
  echo "== teach it a dog, draw it"
  inside env SOUVENIR_HOME=/tmp/home souvenir finetune /tmp/dog --category dog --json | tail -n 1 | tee "$root/tmp/taught"
  identifier=$(sed -E 's/.*"identifier": *"([^"]*)".*/\1/' "$root/tmp/taught")
  inside env SOUVENIR_HOME=/tmp/home souvenir generate "a $identifier dog" -n 2 --output-dir /tmp/drawn --json | tail -n 1
  [ "$(find "$root/tmp/drawn" -name '*.png' | wc -l)" -eq 2 ] || die "two pictures were asked for"
else
  echo "== without LibTorch: what the registry says, and a flow that runs"
  inside souvenir describe registry
  cat >"$root/tmp/flow.toml" <<'TOML'
flow = "tried"
[route]
"/pass" = "pass"
[[executor]]
name = "pass"
TOML
  inside env SOUVENIR_HOME=/tmp/home souvenir up /tmp/flow.toml
  inside env SOUVENIR_HOME=/tmp/home souvenir call /pass --type text.v1 --json-body '{"text": "hello"}' | grep hello
  inside env SOUVENIR_HOME=/tmp/home souvenir down
fi

echo "== remove"
inside apt-get -o Dpkg::Use-Pty=0 purge -y -qq souvenir >/dev/null
files >"$root/tmp/after"
left=$(comm -13 "$root/tmp/before" "$root/tmp/after")
[ -z "$left" ] || die "left after the removal:
$left"
echo "try_package: installed, used and removed; nothing is left"
