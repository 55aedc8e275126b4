#!/bin/bash
# Equilibrium of a core/shell crystal for several stiffnesses of the shell: a job array, a file each. From the folder of nixe:
#     sbatch jobs/mc_scan_array.sh
# The tasks are independent, and start as nodes become free. (One run can also take them all, with -shell_stiffness 2,3,4: do
# that for replica exchange, which needs its states in one run.) All the files make one picture:
#     python3 tools/plot.py mc_stiffness_*.h5 -o scan.png
# or one file of all: tools/merge.py.

#SBATCH --job-name=nixe_mc_scan       # the name in the queue, and %x below
#SBATCH --output=%x_%A_%a.log         # what nixe prints; %A is the number of the array, %a that of the task
#SBATCH --array=0-9                   # as many tasks as there are numbers in STIFFNESSES
#SBATCH --nodes=1                     # of each task: one node ...
#SBATCH --ntasks-per-node=4           # ... with one rank for each replica; more would have nothing to do
#SBATCH --cpus-per-task=1             # a rank uses one core
#SBATCH --time=04:00:00               # a task is killed after this time ...
#SBATCH --signal=B:USR1@60            # ... and 60 s before, at the latest, gets the signal at which nixe stops in good order
# Many sites want an account and a partition: #SBATCH --account=... and #SBATCH --partition=...

set -euo pipefail                     # stop at the first error, and at a variable that is not set

# The modules that nixe was built with; the names differ from site to site.
# module load gcc openmpi hdf5 petsc slepc fftw

# Each can also come from outside: STIFFNESSES="1 2 4" sbatch --array=0-2 jobs/mc_scan_array.sh
NIXE=${NIXE:-build/nixe}                         # the program; a job starts in the folder where sbatch was called
INPUT=${INPUT:-input/mc_fig5_271.yaml}           # the system; what is given below overrides what is in it
OPTIONS=${OPTIONS:--ensemble_size 4}             # more options, separated by blanks: here 4 replicas
STIFFNESSES=${STIFFNESSES:-2 3 4 5 5.5 6 6.5 7 8 10} # the scan, separated by blanks
NAME=${NAME:-mc_stiffness}                       # the results: mc_stiffness_2.h5, mc_stiffness_3.h5, ...
LAUNCH=${LAUNCH:-mpirun}                         # mpirun takes nodes and ranks from Slurm; or srun, or srun --mpi=pmix

export OPENBLAS_NUM_THREADS=1                    # no threads: the ranks fill the cores already

read -ra values <<<"$STIFFNESSES"                # the words of the scan, numbered from 0
task=$SLURM_ARRAY_TASK_ID                        # which task of the array this is
stiffness=${values[task]:?"STIFFNESSES has no number for task $task: make --array shorter"}
seed=$((task + 1))                               # another for each task, so that their errors are independent

# -resume: begin if there is no file, go on with an unfinished one. exec: the launcher takes the place of this script, so that
# Slurm's signal reaches it, and passes it on to nixe, which then exits 3.
# shellcheck disable=SC2086                      # LAUNCH and OPTIONS are several words
exec $LAUNCH "$NIXE" mc -input "$INPUT" $OPTIONS -shell_stiffness "$stiffness" -ensemble_seed "$seed" \
    -output_file "${NAME}_$stiffness.h5" -resume
