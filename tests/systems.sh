#!/usr/bin/env bash
# Set-up and all tests in fresh roots of other systems: `make test-systems` calls it. SYSTEM names them, trixie by default:
#     SUITE          a suite of Debian: trixie is Debian 13, bookworm Debian 12
#     SUITE-64       the same with the PETSc and SLEPc whose integers have 64 bits
#     SUITE-mpich    the same with MPICH, for which PETSc and SLEPc are built, once: ten minutes of a core (their sources come
#                    from archives in the folder SOURCES, if that is set, else from Debian)
# It unpacks a bare root with debootstrap into build/systems, once, and for each run a new copy of it, into which the sources go
# as they are now; there, tests/helpers/other_system.sh installs, builds and tests. It needs root, the right to make namespaces
# and devices, 4 GB of disk, and a mirror (MIRROR); without those rights it says so and tests nothing. What it fetches is kept in
# build/systems/packages, what was built for MPICH in build/systems/SUITE-mpich.tar.gz; KEEP=1 keeps the copy as well. The last
# line is always `N passed, N failed`. On a busy machine PATIENCE=120 lets tests of stops wait 120 seconds, instead of 30.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

name=systems folder=$PWD/build/systems
. tests/helpers/roots.sh

finish() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [[ $failed -eq 0 && $passed -gt 0 ]] || exit 1
    exit 0
}

skip() {
    say "skipped: $*"
    printf '0 passed, 0 failed\n'
    exit 0
}

# In a mount and a process namespace of its own: all that it mounts and starts goes with it.
# shellcheck disable=SC2016 # for the inner shell
inside='
    root=$1 packages=$2 kind=$3
    mount --make-rprivate / &&
    mount --bind "$root" "$root" && mount --bind "$packages" "$root/var/cache/apt/archives" &&
    mount -t proc proc "$root/proc" && mount --rbind /sys "$root/sys" && mount --rbind /dev "$root/dev" &&
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm" &&
    exec chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 WERROR=1 \
        http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" ${PATIENCE:+PATIENCE="$PATIENCE"} \
        ${OPENBLAS_CORETYPE:+OPENBLAS_CORETYPE="$OPENBLAS_CORETYPE"} ${OPENBLAS_L2_SIZE:+OPENBLAS_L2_SIZE="$OPENBLAS_L2_SIZE"} \
        sh -c "cd /root/nixe && exec sh tests/helpers/other_system.sh $kind"'

# enter ROOT KIND
enter() {
    unshare --mount --pid --fork --kill-child sh -c "$inside" sh "$1" "$folder/packages" "$2" 2>&1
}

# fresh_copy SUITE ROOT: with the sources, and with what the network needs.
fresh_copy() {
    bare_root "$1" || give_up "$1 could not be unpacked; see above"
    rm -rf --one-file-system "$2" && cp -a "$folder/$1" "$2" && copy_sources "$2/root/nixe" || give_up "$1 could not be copied"
    cp -L /etc/resolv.conf "$2/etc/resolv.conf"
    printf '127.0.0.1 localhost %s\n' "$(hostname)" >"$2/etc/hosts" # without it, Open MPI waits for an answer of DNS
}

# mpich_libraries SUITE ROOT: unpacks them there, from the archive, which is made in another copy if it is not there.
mpich_libraries() {
    local archive=$folder/$1-mpich.tar.gz log=$folder/$1-libraries.log other=$folder/$1-libraries.run
    if [[ ! -f $archive ]]; then
        say "$1: PETSc and SLEPc for MPICH"
        fresh_copy "$1" "$other"
        if [[ -n ${SOURCES:-} ]]; then
            mkdir "$other/root/sources" && cp "$SOURCES"/*.tar.* "$other/root/sources" || give_up "no archives in $SOURCES"
        fi
        enter "$other" libraries >"$log" || {
            tail -n 20 "$log"
            give_up "they could not be built: $log"
        }
        tar --create --gzip --file="$archive.new" --directory="$other" opt/nixe-libraries && mv "$archive.new" "$archive" ||
            give_up "$archive could not be written"
        rm -rf --one-file-system "$other"
    fi
    tar --extract --file="$archive" --directory="$2" || give_up "$archive could not be unpacked"
}

# test_system SUITE[-64|-mpich]
test_system() {
    local suite=${1%%-*} kind=plain root=$folder/$1.run log=$folder/$1.log count='' good bad
    [[ $1 == "$suite" ]] || kind=${1#*-}
    [[ $kind == plain || $kind == 64 || $kind == mpich ]] || give_up "no such system: $1"
    fresh_copy "$suite" "$root"
    [[ $kind != mpich ]] || mpich_libraries "$suite" "$root"
    say "$1: set-up and tests"
    enter "$root" "$kind" | tee "$log"
    count=$(grep -aE '^[0-9]+ passed, [0-9]+ failed$' "$log" | awk '{ good += $1; bad += $3 } END { print good + 0, NR ? bad : 1 }')
    read -r good bad <<<"$count"
    say "$1: $good passed, $bad failed"
    passed=$((passed + good)) failed=$((failed + bad))
    [[ -n ${KEEP:-} ]] || rm -rf --one-file-system "$root"
}

[[ $EUID -eq 0 ]] || skip 'only root can unpack and enter another system'
PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$folder/packages/partial"
# shellcheck disable=SC2016 # for the inner shell
said=$(unshare --mount --pid --fork sh -c 'mount --make-rprivate / && mknod "$1" c 1 3 && rm "$1"' sh "$folder/device" 2>&1) ||
    skip "another system cannot be entered where namespaces and devices are not allowed (${said##*$'\n'})"
if ! command -v debootstrap >/dev/null; then
    command -v apt-get >/dev/null || give_up 'debootstrap is not here'
    say 'installing debootstrap'
    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends debootstrap >/dev/null ||
        give_up 'debootstrap could not be installed'
fi
for system in ${SYSTEM:-trixie}; do
    test_system "$system"
done
finish
