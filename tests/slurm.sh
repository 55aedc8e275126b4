#!/usr/bin/env bash
# The scripts of jobs/ on a real Slurm: `make test-slurm` calls it and sets BUILD and PYTHON. It installs slurm-wlm and munge
# where they are missing (Debian and Ubuntu, as root), starts a Slurm of its own on the loopback interface, with two emulated
# nodes, submits each script unchanged with small parameters, waits, and compares the files with those of undisturbed runs. All
# that it starts, it stops; a Slurm that the machine runs already has other ports and another configuration, and is left alone.
# Everything is over in less than six minutes, in one as a rule; KEEP=1 keeps its folder. The last line is always
# `N passed, N failed`.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

root=$PWD
build=${BUILD:-build}
[[ $build == /* ]] || build=$root/build
python=${PYTHON:-python3}
limit=300 # seconds, from now, for all jobs to end
passed=0 failed=0 jobs=() munge_pid='' controller_pid='' plain_pid='' node_pids=()
folder=$(mktemp -d /tmp/nixe-slurm.XXXXXX) || exit 1 # short: it holds sockets, whose paths must be

say() {
    printf 'slurm: %s\n' "$*"
}

# ended PID: waits up to 5 s for a process to end.
ended() {
    for ((try = 0; try < 50; try++)); do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    return 1
}

# stop_process PID: ends one that this script has started.
stop_process() {
    [[ -n $1 ]] || return 0
    kill "$1" 2>/dev/null
    ended "$1" || kill -9 "$1" 2>/dev/null
}

stop() {
    trap - EXIT
    if [[ ${#jobs[@]} -gt 0 ]]; then # what still runs
        timeout 10 scancel "${jobs[@]}" 2>/dev/null
        for ((try = 0; try < 20; try++)); do
            [[ -n $(squeue -h -o %i 2>/dev/null) ]] || break
            sleep 0.5
        done
    fi
    for pid in "$plain_pid" "${node_pids[@]}" "$controller_pid" "$munge_pid"; do
        stop_process "$pid"
    done
    if [[ $failed -gt 0 || -n ${KEEP:-} ]]; then
        say "logs and files are in $folder"
    else
        rm -rf "$folder"
    fi
    printf '%d passed, %d failed\n' "$passed" "$failed"
    [[ $failed -eq 0 && $passed -gt 0 ]] || exit 1
    exit 0
}

give_up() {
    say "$*"
    failed=$((failed + 1))
    exit 1
}

trap stop EXIT
trap 'give_up interrupted' INT TERM HUP

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
        sed 's/^/    /' "$folder/check.log"
    fi
}

# Packages.
PATH=$PATH:/usr/sbin:/sbin
if ! command -v slurmctld slurmd munged sbatch >/dev/null; then
    if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
        give_up 'Slurm and munge are not here, and only root can install them: apt-get install slurm-wlm munge'
    fi
    say 'installing slurm-wlm and munge'
    export DEBIAN_FRONTEND=noninteractive
    if ! apt-get -qq update || ! apt-get -qq install --no-install-recommends slurm-wlm munge >/dev/null; then
        give_up 'they could not be installed'
    fi
fi
[[ -x $build/nixe ]] || give_up "$build/nixe is not there: run make first"
"$python" -c 'import h5py, numpy, yaml' || give_up "$python has no h5py, numpy and yaml"

# A configuration: one controller, and two nodes that are this machine.
read -r -a port < <("$python" -c '
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
print(*(one.getsockname()[1] for one in sockets))')
[[ ${#port[@]} -eq 3 ]] || give_up 'there are no free ports'
host=$(hostname -s)
user=$(id -un)
for name in "${!SLURM_@}" "${!SBATCH_@}"; do # should this run inside of a job
    unset "$name"
done
export SLURM_CONF=$folder/slurm.conf TMPDIR=$folder/tmp
mkdir -p "$folder"/{munge,state,run,tmp,spool_n1,spool_n2}
chmod 755 "$folder" "$folder/run"
chmod 700 "$folder/munge"
# cred_expire: what is requeued begins again so many seconds later, two minutes by default.
cat >"$SLURM_CONF" <<CONF
ClusterName=nixe
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${port[0]}
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdPidFile=$folder/run/slurmd_%n.pid
SlurmdLogFile=$folder/slurmd_%n.log
SlurmdSpoolDir=$folder/spool_%n
TmpFS=$folder/spool_%n
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=pmix
ReturnToService=2
KillWait=5
SchedulerParameters=sched_interval=2,bf_interval=2
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=${port[1]} CPUs=2 RealMemory=1000 Feature=cpu
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=${port[2]} CPUs=2 RealMemory=1000 Feature=cpu
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
CONF

# Start it. All stay in the foreground of this script's children, so that it knows their numbers.
head -c 1024 /dev/urandom >"$folder/munge/key"
chmod 400 "$folder/munge/key"
munged --foreground --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" --pid-file="$folder/munge/pid" \
    --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" >"$folder/munge.log" 2>&1 &
munge_pid=$!
for ((try = 0; try < 50; try++)); do
    [[ -S $folder/munge/socket ]] && break
    sleep 0.1
done
slurmctld -D -c >"$folder/slurmctld.out" 2>&1 &
controller_pid=$!
# Each node with a host name and shared memory of its own, else MPI takes them for one; where that is not allowed, MPI has to do
# without its own use of shared memory.
# shellcheck disable=SC2016 # for the inner shell
as_host='hostname "$1" && mount -t tmpfs tmpfs /dev/shm && shift && exec "$@"'
unset OMPI_MCA_btl
if unshare --uts --mount sh -c "$as_host" sh n1 true 2>/dev/null; then
    own_host() { exec unshare --uts --mount sh -c "$as_host" sh "$@"; }
else
    own_host() { shift && exec "$@"; }
    export OMPI_MCA_btl=self,tcp
fi
for node in n1 n2; do
    own_host "$node" slurmd -D -c -N "$node" >"$folder/slurmd_$node.out" 2>&1 &
    node_pids+=($!)
done
ready() {
    [[ $(sinfo -h -N -t idle -o %N 2>/dev/null | wc -l) -eq 2 ]]
}
for ((try = 0; try < 100; try++)); do
    ready && break
    sleep 0.2
done
ready || {
    tail -n 20 "$folder"/*.log
    give_up 'Slurm did not start'
}
say "$(sinfo --version) runs, with two nodes"

# What every job gets. As root, Open MPI wants to be told twice; the nodes share the cores of one machine and its loopback
# interface.
export NIXE=$build/nixe OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_btl_tcp_if_include=lo OMPI_MCA_oob_tcp_if_include=lo
unset PETSC_OPTIONS INPUT OPTIONS FILE LAUNCH NAME SIZE STIFFNESSES RESTARTS MODULES SCRATCH
kmc_input=$root/input/kmc_2d_elastic.yaml
mc_input=$root/input/mc_fig5_271.yaml
kmc_small='-lattice_edge 8 -kmc_snapshots 3 -ensemble_seed 5'
scan_small='-lattice_edge 6 -ensemble_size 2 -mc_equilibration 200 -mc_sweeps 400 -mc_snapshot_every 200'
# About 10 s on two cores; it is stopped as soon as it has a checkpoint.
long='-shell_stiffness 3,6 -ensemble_size 2 -mc_equilibration 1e4 -mc_sweeps 1e6 -mc_record_every 50 -checkpoint_every 1'
cd "$folder" || give_up "$folder has gone"

# submit NAME [options of sbatch] SCRIPT: submits a job, and keeps its number.
declare -A number=()
submit() {
    local name=$1 job
    shift
    job=$(sbatch --parsable "$@" 2>"$folder/sbatch.log") || {
        failed=$((failed + 1))
        say "FAILED: sbatch refuses ${*: -1}"
        sed 's/^/    /' "$folder/sbatch.log"
        return 1
    }
    number[$name]=$job
    jobs+=("$job")
}

# is_over JOB: has it, with all tasks of an array, left the queue?
is_over() {
    [[ -z $(squeue -h -j "$1" -o %i 2>/dev/null) ]]
}

# wait_for JOB...: until they are over, or the time is up.
wait_for() {
    for job in "$@"; do
        until is_over "$job"; do
            ((SECONDS < limit)) || return 1
            sleep 0.5
        done
    done
}

# has_ended JOB STATE: scontrol knows for some minutes how jobs ended; of an array, all tasks have to have ended so.
has_ended() {
    local states
    states=$(scontrol -o show job "$1" | grep -o 'JobState=[A-Z_]*' | sort -u)
    [[ $states == "JobState=$2" ]] && return
    echo "$states" && tail -n 20 "$folder"/*"_$1"*.log
    return 1
}

# is_complete FILE: nixe's own word for it.
is_complete() {
    "$NIXE" status "$1"
}

# was_stopped JOB FILE: a run that Slurm's signal has ended: it exits 3, and leaves a file to go on with.
was_stopped() {
    local status=0
    scontrol -o show job "$1" | grep -o 'ExitCode=3:0' || scontrol show job "$1"
    grep -h 'stopped early by SIGUSR1' "$folder"/*_"$1".log || status=1
    "$NIXE" status "$2"
    [[ $? -eq 3 && $status -eq 0 ]] && scontrol -o show job "$1" | grep -q 'ExitCode=3:0'
}

# was_requeued JOB: at least once, by its own script.
was_requeued() {
    scontrol -o show job "$1" | grep -o 'Restarts=[1-9][0-9]*' && grep -h 'back into the queue' "$folder"/*_"$1".log
}

# Compare with undisturbed runs: compare.py ensemble ONE PART... | same ONE OTHER
cat >"$folder/compare.py" <<'PYTHON'
import os
import sys

os.environ["HDF5_USE_FILE_LOCKING"] = "FALSE"
import h5py
import numpy as np


def datasets(path):
    found = {}
    with h5py.File(path, "r") as file:
        assert file.attrs["complete"] == 1, f"{path} is not complete"
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def same(one, other):
    """Bit for bit, NaNs included."""
    if one.dtype.hasobject or other.dtype.hasobject:
        return one.shape == other.shape and np.array_equal(one, other)
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


how, path, *others = sys.argv[1:]
one, parts = datasets(path), [datasets(other) for other in others]
assert parts and all(part.keys() == one.keys() for part in parts), "they have other datasets"
compared = 0
for name, whole in one.items():
    by_row = name == "trajectory" or name.startswith("kmc/")
    if how == "ensemble" and by_row:
        assert same(whole, np.concatenate([part[name] for part in parts])), name
        compared += 1
    else:
        assert all(same(np.asarray(whole), np.asarray(part[name])) for part in parts), name
assert how == "same" or compared >= 5, f"only {compared} datasets have a row for each trajectory"
print(f"{len(one)} datasets agree")
PYTHON
compare() {
    "$python" -B "$folder/compare.py" "$@"
}

# read_together: what jobs/README.md tells to do, on the parts of the array.
read_together() {
    mkdir -p together && cp part_0.h5 together/kmc_0.h5 && cp part_1.h5 together/kmc_1.h5 && cp part_2.h5 together/kmc_2.h5
    (cd together && "$python" -B "$root/tools/merge.py" kmc_*.h5 -o kmc.h5) | grep ': 12 trajectories of 3 files'
}

# from_python: nixe.run() with srun as its launcher, as from a notebook on the machine where jobs are submitted.
from_python() {
    PYTHONPATH=$root/tools timeout 60 "$python" -B -c '
import sys

import nixe

with nixe.run("kmc", launcher="srun", ranks=2, input=sys.argv[1], lattice_edge=8, kmc_snapshots=3, ensemble_seed=5, ensemble_size=12,
              output_file="python.h5") as run:
    assert run.complete and run.done.all()' "$kmc_input" | tee /dev/stderr | grep '^ranks     2 on'
}

# The runs with which the jobs are compared; without Slurm, while it starts the first jobs.
undisturbed() {
    OPENBLAS_NUM_THREADS=1 timeout "$((limit - SECONDS))" "$NIXE" "$@" -quiet >"$folder/undisturbed.log" 2>&1 &
    plain_pid=$! # in the background, so that this script can be interrupted
    wait "$plain_pid"
    plain_pid=''
}

INPUT=$mc_input OPTIONS=$long FILE=long.h5 \
    submit requeue --nodes=1 --ntasks-per-node=2 "$root/jobs/mc_requeue.sh"
until [[ -e long.h5.checkpoint ]] || ((SECONDS > 60)); do
    sleep 0.2
done
# The signal that the script asks Slurm for in its lines #SBATCH; Slurm looks at the time every 30 s only, too seldom for this.
scancel --batch --signal=USR1 "${number[requeue]:-0}"

INPUT=$kmc_input OPTIONS="$kmc_small -ensemble_size 12" FILE=one.h5 \
    submit one --ntasks-per-node=2 "$root/jobs/kmc_one_node.sh"
INPUT=$kmc_input OPTIONS="$kmc_small -ensemble_size 12" FILE=nodes.h5 \
    submit nodes --nodes=2 --ntasks-per-node=2 "$root/jobs/kmc_many_nodes.sh"
INPUT=$kmc_input OPTIONS=$kmc_small SIZE=4 NAME=part \
    submit array --array=0-2 --ntasks-per-node=1 "$root/jobs/kmc_array.sh"
INPUT=$mc_input OPTIONS=$scan_small STIFFNESSES='2 5.5' NAME=scan \
    submit scan --array=0-1 --ntasks-per-node=1 "$root/jobs/mc_scan_array.sh"
module() { # such as it is on this machine: it only has to be called
    echo "module $*"
}
export -f module
INPUT=$kmc_input OPTIONS="$kmc_small -ensemble_size 12" FILE=nersc.h5 \
    submit nersc -N 2 --ntasks-per-node=1 --cpus-per-task=1 "$root/jobs/nersc.sh"
# Runs that have not ended when their time is nearly up: Slurm itself sends the signal.
INPUT=$kmc_input OPTIONS='-ensemble_size 1e4 -kmc_snapshots 2 -kmc_time_count 8' FILE=stopped.h5 \
    submit stopped --ntasks-per-node=1 --time=1 --signal=B:USR1@50 "$root/jobs/kmc_one_node.sh"
INPUT=$mc_input OPTIONS='-mc_sweeps 1e7 -mc_record_every 1000' FILE=stopped_mc.h5 RESTARTS=0 \
    submit stopped_mc --nodes=1 --ntasks-per-node=1 --time=1 --signal=B:USR1@50 "$root/jobs/mc_requeue.sh"
# Options that nixe refuses are not tried again.
INPUT=$mc_input OPTIONS='-mc_sweeps 0' FILE=refused.h5 \
    submit refused --nodes=1 --ntasks-per-node=1 "$root/jobs/mc_requeue.sh"

# The runs that the jobs' files are compared with.
# shellcheck disable=SC2086 # options are several words
{
    undisturbed kmc -input "$kmc_input" $kmc_small -ensemble_size 12 -output_file undisturbed_kmc.h5
    undisturbed mc -input "$mc_input" $long -output_file undisturbed_mc.h5
}

check 'all jobs end in time' wait_for "${jobs[@]}"
check 'kmc_one_node.sh ends well' has_ended "${number[one]:-0}" COMPLETED
check 'kmc_one_node.sh: the file is complete' is_complete one.h5
check 'kmc_one_node.sh: and is that of an undisturbed run' compare same undisturbed_kmc.h5 one.h5
check 'kmc_one_node.sh: stopped before its time is up' was_stopped "${number[stopped]:-0}" stopped.h5
check 'kmc_many_nodes.sh ends well' has_ended "${number[nodes]:-0}" COMPLETED
check 'kmc_many_nodes.sh: on two nodes' grep 'on 2 nodes' "$folder/nixe_kmc_nodes_${number[nodes]:-0}.log"
check 'kmc_many_nodes.sh: the file is that of an undisturbed run' compare same undisturbed_kmc.h5 nodes.h5
check 'kmc_array.sh ends well' has_ended "${number[array]:-0}" COMPLETED
check 'kmc_array.sh: the parts are the rows of the one run' compare ensemble undisturbed_kmc.h5 part_{0,1,2}.h5
check 'mc_scan_array.sh ends well' has_ended "${number[scan]:-0}" COMPLETED
check 'mc_scan_array.sh: the file of the first stiffness' is_complete scan_2.h5
check 'mc_scan_array.sh: the file of the second' is_complete scan_5.5.h5
check 'mc_requeue.sh ends well' has_ended "${number[requeue]:-0}" COMPLETED
check 'mc_requeue.sh: it was requeued' was_requeued "${number[requeue]:-0}"
check 'mc_requeue.sh: the file is that of an undisturbed run' compare same undisturbed_mc.h5 long.h5
check 'mc_requeue.sh: stopped before its time is up' was_stopped "${number[stopped_mc]:-0}" stopped_mc.h5
check 'mc_requeue.sh: what is refused is not tried again' has_ended "${number[refused]:-0}" FAILED
check 'nersc.sh ends well' has_ended "${number[nersc]:-0}" COMPLETED
check 'nersc.sh: the file is that of an undisturbed run' compare same undisturbed_kmc.h5 nersc.h5
check 'nixe.run(..., launcher="srun"): two ranks' from_python
check 'nixe.run(..., launcher="srun"): the file is that of an undisturbed run' compare same undisturbed_kmc.h5 python.h5
check 'jobs/README.md: parts are read together' read_together
