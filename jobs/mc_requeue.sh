#!/bin/bash
# A run that needs more time than a job may have: shortly before the time is up it stops in good order and puts itself into the
# queue again, until it is complete. Submitted once, from the folder of nixe:
#     sbatch jobs/mc_requeue.sh
# The file is then what one undisturbed run would have written. To end it for good: scancel JOB; to go on: submit it again.

#SBATCH --job-name=nixe_mc_long       # the name in the queue, and %x below
#SBATCH --output=%x_%j.log            # what nixe prints; %j is the number of the job, which it keeps when it is requeued ...
#SBATCH --open-mode=append            # ... so its log has to be continued, not begun anew
#SBATCH --nodes=1                     # one node ...
#SBATCH --ntasks-per-node=52          # ... with one rank for each replica (13 stiffnesses x 4); more would have nothing to do
#SBATCH --cpus-per-task=1             # a rank uses one core
#SBATCH --time=12:00:00               # the job is killed after this time ...
#SBATCH --signal=B:USR1@300           # ... and 300 s before, up to a minute earlier still, USR1 comes to this script alone (B)
#SBATCH --requeue                     # the job may be put back into the queue: by itself, after a node failed, by preemption
# Many sites want an account and a partition: #SBATCH --account=... and #SBATCH --partition=...

set -uo pipefail                      # stop at a variable that is not set; errors are looked at below

# The modules that nixe was built with; the names differ from site to site.
# module load gcc openmpi hdf5 petsc slepc fftw

# Each can also come from outside: FILE=long.h5 OPTIONS="-mc_sweeps 1e7" sbatch jobs/mc_requeue.sh
NIXE=${NIXE:-build/nixe}                         # the program; a job starts in the folder where sbatch was called
INPUT=${INPUT:-input/mc_fig5_721.yaml}           # the system
OPTIONS=${OPTIONS:--mc_sweeps 1e6}               # more options, separated by blanks
FILE=${FILE:-mc_long.h5}                         # the results
LAUNCH=${LAUNCH:-mpirun}                         # mpirun takes nodes and ranks from Slurm; or srun, or srun --mpi=pmix
RESTARTS=${RESTARTS:-100}                        # after so many the job gives up, should something be wrong that stays wrong

export OPENBLAS_NUM_THREADS=1                    # no threads: the ranks fill the cores already

asked=no                                         # whether Slurm's signal has come
run=''                                           # the process that USR1 goes to
forward() {                                      # what this script does when USR1 comes:
    asked=yes                                    # remember it,
    [[ -z $run ]] || kill -USR1 "$run"           # and pass it on to the launcher, which passes it on to nixe
}
trap forward USR1                                # from here on

# The launcher runs in the background (&), since a shell answers a signal only once the command in its foreground has ended.
# -resume: begin if there is no file, go on with an unfinished one; nothing to do, and exit 0, if it is complete.
# shellcheck disable=SC2086                      # LAUNCH and OPTIONS are several words
$LAUNCH "$NIXE" mc -input "$INPUT" $OPTIONS -output_file "$FILE" -resume &
run=$!                                           # its number
[[ $asked == no ]] || kill -USR1 "$run"          # in case that the signal came a moment ago
while kill -0 "$run" 2>/dev/null; do             # as long as it lives:
    wait "$run"                                  # wait; the signal ends this wait early, hence the loop
done
wait "$run"                                      # it has ended: this is only to have its exit status
status=$?

# The file says how it stands, better than the launcher, whose exit status can be its own: 0, complete; 3, to be gone on with;
# anything else: there is none, or it is not nixe's.
"$NIXE" status "$FILE" >/dev/null 2>&1
standing=$?

if [[ $standing == 0 ]]; then
    echo "job: $FILE is complete"
    exit 0
fi
# Status 2: nixe refused the options, and will do so again. No file at all is an error too, unless the signal came that early.
if [[ $status == 2 || ($standing != 3 && $asked == no) ]]; then
    echo "job: the run failed with status $status, and is not repeated"
    exit "$status"
fi
if ((${SLURM_RESTART_COUNT:-0} >= RESTARTS)); then
    echo "job: $FILE is not complete after $RESTARTS restarts; submit the job again to go on"
    exit 3
fi
echo "job: stopped with status $status before the end: back into the queue"
scontrol requeue "$SLURM_JOB_ID"                 # the same job, with the same number; it starts again after some minutes
