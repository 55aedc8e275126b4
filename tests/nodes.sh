#!/usr/bin/env bash
# Two nodes on one machine: `make test-nodes` calls it and sets BUILD and PYTHON. Two network namespaces, joined by a cable of
# their own, with a name and shared memory each, a launcher in place of ssh, and Open MPI over them: over tcp, and over UCX as
# on InfiniBand (here UCX speaks tcp as well). What it runs writes the file of one rank. All lives in namespaces that end with
# this script. It needs root and iproute2; where namespaces are not allowed, or the MPI is not Open MPI, it says so and tests
# nothing. The last line is always `N passed, N failed`.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

root=$PWD
build=${BUILD:-build}
[[ $build == /* ]] || build=$root/build
python=${PYTHON:-python3}
passed=0 failed=0

say() {
    printf 'nodes: %s\n' "$*"
}

finish() {
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [[ $failed -eq 0 ]] || exit 1
    exit 0
}

# First as called: into namespaces of its own, in which it is called once more.
if [[ ${1:-} != inside ]]; then
    PATH=$PATH:/usr/sbin:/sbin
    if ! command -v ip >/dev/null && [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
        say 'installing iproute2'
        apt-get -qq update
        DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends iproute2 >/dev/null
    fi
    may='ip link add nixe1 type veth peer name nixe2 && unshare --net --mount --uts true'
    if ! said=$(unshare --net --mount --uts --pid --fork sh -c "$may" 2>&1); then
        say "skipped: two nodes cannot be emulated where network namespaces are not allowed (${said##*$'\n'})"
        finish
    fi
    if ! mpirun --version 2>/dev/null | grep -q 'Open MPI'; then
        say 'skipped: mpirun is not that of Open MPI'
        finish
    fi
    [[ -x $build/nixe ]] || {
        say "$build/nixe is not there: run make first"
        failed=1
        finish
    }
    exec unshare --net --mount --uts --pid --fork --kill-child --mount-proc bash "tests/nodes.sh" inside
fi

folder=$(mktemp -d /tmp/nixe-nodes.XXXXXX) || exit 1
trap 'rm -rf "$folder"' EXIT

# Node n1 is where this script runs now; n2 is where this process sleeps.
mount --make-rprivate /
printf '127.0.0.1 localhost\n10.77.0.1 n1\n10.77.0.2 n2\n' >"$folder/hosts"
mount --bind "$folder/hosts" /etc/hosts
mount -t tmpfs tmpfs /dev/shm
mount -t sysfs sysfs /sys # in which UCX looks for the interfaces of its namespace
hostname n1
ip link add nixe1 type veth peer name nixe2
# shellcheck disable=SC2016 # for the inner shell
unshare --net --mount --uts sh -c \
    'hostname n2 && mount -t tmpfs tmpfs /dev/shm && mount -t sysfs sysfs /sys && touch "$1/n2" && exec sleep 3600' \
    sh "$folder" &
other=$!
for ((try = 0; try < 100; try++)); do
    [[ ! -e $folder/n2 ]] || break
    sleep 0.1
done
in_other() {
    nsenter --target "$other" --net --mount --uts "$@"
}
join() {
    ip link set nixe2 netns "$other" && ip address add 10.77.0.1/24 dev nixe1 && ip link set lo up && ip link set nixe1 up &&
        in_other ip address add 10.77.0.2/24 dev nixe2 && in_other ip link set lo up && in_other ip link set nixe2 up
}
join || {
    say 'the nodes could not be joined'
    failed=1
    finish
}

# In place of ssh: AGENT HOST WORD...
cat >"$folder/agent" <<AGENT
#!/bin/sh
shift
exec nsenter --target $other --net --mount --uts sh -c "cd '$folder' && \$*"
AGENT
chmod 755 "$folder/agent"

for name in "${!OMPI_@}" "${!PRTE_@}" "${!UCX_@}" PETSC_OPTIONS; do
    unset "$name"
done
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OPENBLAS_NUM_THREADS=1
export PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_plm_rsh_agent=$folder/agent PRTE_MCA_plm_ssh_agent=$folder/agent
export OMPI_MCA_hwloc_base_binding_policy=none PRTE_MCA_hwloc_default_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
export HDF5_USE_FILE_LOCKING=FALSE PYTHONDONTWRITEBYTECODE=1
# shellcheck disable=SC2034,SC2054 # by reference below; and commas belong to words
{
    over_tcp=(OMPI_MCA_pml=ob1)
    over_ucx=(OMPI_MCA_pml=ucx OMPI_MCA_opal_common_ucx_tls=any OMPI_MCA_opal_common_ucx_devices=any UCX_TLS=tcp,self)
}

# check NAME COMMAND...: one test.
check() {
    local name=$1
    shift
    if "$@" >"$folder/check.log" 2>&1; then
        passed=$((passed + 1))
        say "passed: $name"
    else
        failed=$((failed + 1))
        say "FAILED: $name"
        tail -n 40 "$folder/check.log" | sed 's/^/    /'
    fi
}

# on_nodes VARIABLE=VALUE... -- WORD...: nixe on two ranks of each node, whose network the variables choose.
on_nodes() {
    local words=()
    while [[ $1 != -- ]]; do
        words+=(-x "$1")
        shift
    done
    shift
    timeout -k 5 120 mpirun --host n1:2,n2:2 -n 4 "${words[@]}" -x OPENBLAS_NUM_THREADS -x HDF5_USE_FILE_LOCKING \
        "$build/nixe" "$@" 2>&1 | tee said.log
}

same() {
    PYTHONPATH=$root/tests/helpers "$python" -c 'import sys
from harness import assert_same_bits
assert_same_bits(*sys.argv[1:])' "$@"
}

says_two_nodes() {
    grep 'ranks     4 on 2 nodes' "$1"
}

cd "$folder" || exit 1
kmc=(kmc -lattice_edge 6 -ensemble_size 40 -output_file)
# shellcheck disable=SC2054
ladders=(mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3 -model_kT 0.3,0.5 -ensemble_size 6 -mc_equilibration 100
    -mc_sweeps 600 -mc_record_every 10 -mc_area_every 100 -mc_snapshot_every 100 -mc_replica_exchange_every 7 -output_file)
one_rank() {
    "$build/nixe" "${kmc[@]}" kmc.h5 -quiet && "$build/nixe" "${ladders[@]}" ladders.h5 -quiet
}
check 'one rank, to compare with' one_rank
for network in tcp ucx; do
    declare -n variables=over_$network
    check "kmc over $network" on_nodes "${variables[@]}" -- "${kmc[@]}" "kmc_$network.h5"
    check "kmc over $network: on two nodes" says_two_nodes said.log
    check "kmc over $network: the file is that of one rank" same kmc.h5 "kmc_$network.h5"
    check "replica exchange over $network" on_nodes "${variables[@]}" -- "${ladders[@]}" "ladders_$network.h5"
    check "replica exchange over $network: the file is that of one rank" same ladders.h5 "ladders_$network.h5"
done
kill "$other"
finish
