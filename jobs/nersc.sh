#!/bin/bash
# One large ensemble on a machine of NERSC's kind (here Perlmutter: Cray, Slurm, 128 cores a node). From the folder of nixe:
#     sbatch -A PROJECT jobs/nersc.sh
# nixe was built there with the same modules, and: make CC=cc BLAS=
# Was the time too short, or did a node fail? Submit the same line again: it goes on where it was.

#SBATCH -J nixe_kmc                   # the name in the queue, and %x below
#SBATCH -o %x_%j.log                  # what nixe prints; %j is the number of the job
#SBATCH -q regular                    # the queue: debug (30 minutes at most), regular, preempt, ...
#SBATCH --constraint=cpu              # nodes without GPUs, which nixe does not use
#SBATCH -N 4                          # nodes, each used by this job alone
#SBATCH --ntasks-per-node=128         # one rank a core
#SBATCH --cpus-per-task=2             # Slurm counts the two hardware threads of a core
#SBATCH -t 00:30:00                   # hours:minutes:seconds, after which the job is killed ...
#SBATCH --signal=B:USR1@120           # ... and 120 s before, at the latest, gets the signal at which nixe stops in good order

set -euo pipefail                     # stop at the first error, and at a variable that is not set

# The modules that nixe was built with: compiler and MPI are there from the start, and PETSC_DIR and SLEPC_DIR were your own.
# shellcheck disable=SC2086                      # MODULES is several words
module load ${MODULES:-PrgEnv-gnu cray-hdf5-parallel cray-fftw}

# Each can also come from outside: OPTIONS="-model_kT 0.3" sbatch -A PROJECT -N 8 jobs/nersc.sh
NIXE=${NIXE:-build/nixe}                         # the program; a job starts in the folder where sbatch was called
INPUT=${INPUT:-input/kmc_2d_elastic.yaml}        # the system
OPTIONS=${OPTIONS:--ensemble_size 1e6}           # more options, separated by blanks
FILE=${FILE:-${SCRATCH:-.}/kmc.h5}               # the results: $SCRATCH is the fast file system, and is cleaned now and then
LAUNCH=${LAUNCH:-srun --cpu-bind=cores}          # a rank stays on its core

export OPENBLAS_NUM_THREADS=1                    # no threads: the ranks fill the cores already ...
export OMP_NUM_THREADS=1                         # ... nor in Cray's libraries

# -resume: begin if there is no file, go on with an unfinished one. exec: srun takes the place of this script, so that Slurm's
# signal reaches it, and passes it on to nixe, which then exits 3.
# shellcheck disable=SC2086                      # LAUNCH and OPTIONS are several words
exec $LAUNCH "$NIXE" kmc -input "$INPUT" $OPTIONS -output_file "$FILE" -resume
