#!/bin/bash
# One ensemble of exchange trajectories, split among the tasks of a job array, one file each. From the folder of nixe:
#     sbatch jobs/kmc_array.sh
# Task 0 computes trajectories 0 to 9999, task 1 trajectories 10000 to 19999, and so on: together exactly those that one run
# with -ensemble_size 1e5 would compute. tools/merge.py makes one file of the parts.
# Did some tasks fail? Submit the same line again, or only those: sbatch --array=3,7 jobs/kmc_array.sh

#SBATCH --job-name=nixe_kmc_array     # the name in the queue, and %x below
#SBATCH --output=%x_%A_%a.log         # what nixe prints; %A is the number of the array, %a that of the task
#SBATCH --array=0-9                   # ten tasks, 0 to 9, which run as nodes become free; 0-9%4: at most four at once
#SBATCH --nodes=1                     # of each task: one node ...
#SBATCH --ntasks-per-node=16          # ... with 16 ranks, one a core
#SBATCH --cpus-per-task=1             # a rank uses one core
#SBATCH --time=00:30:00               # a task is killed after this time ...
#SBATCH --signal=B:USR1@60            # ... and 60 s before, at the latest, gets the signal at which nixe stops in good order
# Many sites want an account and a partition: #SBATCH --account=... and #SBATCH --partition=...

set -euo pipefail                     # stop at the first error, and at a variable that is not set

# The modules that nixe was built with; the names differ from site to site.
# module load gcc openmpi hdf5 petsc slepc fftw

# Each can also come from outside: NAME=warm OPTIONS="-model_kT 0.3" sbatch jobs/kmc_array.sh
NIXE=${NIXE:-build/nixe}                         # the program; a job starts in the folder where sbatch was called
INPUT=${INPUT:-input/kmc_2d_elastic.yaml}        # the system
OPTIONS=${OPTIONS:-}                             # more options, separated by blanks; the seed has to be that of all tasks
SIZE=${SIZE:-10000}                              # trajectories of each task
NAME=${NAME:-kmc}                                # the results: kmc_0.h5, kmc_1.h5, ...
LAUNCH=${LAUNCH:-mpirun}                         # mpirun takes nodes and ranks from Slurm; or srun, or srun --mpi=pmix

export OPENBLAS_NUM_THREADS=1                    # no threads: the ranks fill the cores already

task=$SLURM_ARRAY_TASK_ID                        # which task of the array this is
first=$((task * SIZE))                           # its first trajectory

# -resume: begin if there is no file, go on with an unfinished one. exec: the launcher takes the place of this script, so that
# Slurm's signal reaches it, and passes it on to nixe, which then exits 3.
# shellcheck disable=SC2086                      # LAUNCH and OPTIONS are several words
exec $LAUNCH "$NIXE" kmc -input "$INPUT" $OPTIONS -ensemble_first "$first" -ensemble_size "$SIZE" \
    -output_file "${NAME}_$task.h5" -resume
