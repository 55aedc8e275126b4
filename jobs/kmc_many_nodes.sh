#!/bin/bash
# One large ensemble of exchange trajectories on many nodes. From the folder of nixe:
#     sbatch jobs/kmc_many_nodes.sh
# Was the time too short, or did a node fail? Submit the same line again: it goes on where it was, on any number of nodes.

#SBATCH --job-name=nixe_kmc_nodes     # the name in the queue, and %x below
#SBATCH --output=%x_%j.log            # what nixe prints; %j is the number of the job
#SBATCH --nodes=4                     # nodes
#SBATCH --ntasks-per-node=64          # one rank a core: put here the cores that your nodes have
#SBATCH --cpus-per-task=1             # a rank uses one core
#SBATCH --exclusive                   # no other job beside this one: the ranks advance evenly
#SBATCH --time=02:00:00               # the job is killed after this time ...
#SBATCH --signal=B:USR1@120           # ... and 120 s before, at the latest, gets the signal at which nixe stops in good order
# Many sites want an account and a partition: #SBATCH --account=... and #SBATCH --partition=...

set -euo pipefail                     # stop at the first error, and at a variable that is not set

# The modules that nixe was built with; the names differ from site to site.
# module load gcc openmpi hdf5 petsc slepc fftw

# Each can also come from outside: FILE=$SCRATCH/warm.h5 OPTIONS="-model_kT 0.3" sbatch jobs/kmc_many_nodes.sh
NIXE=${NIXE:-build/nixe}                         # the program; a job starts in the folder where sbatch was called
INPUT=${INPUT:-input/kmc_2d_elastic.yaml}        # the system
OPTIONS=${OPTIONS:--ensemble_size 1e6}           # more options, separated by blanks
FILE=${FILE:-${SCRATCH:-.}/kmc_nodes.h5}         # the results, in a file system that all nodes share and that is fast
LAUNCH=${LAUNCH:-mpirun}                         # mpirun takes nodes and ranks from Slurm; or srun, or srun --mpi=pmix

export OPENBLAS_NUM_THREADS=1                    # no threads: the ranks fill the cores already

# -resume: begin if there is no file, go on with an unfinished one. exec: the launcher takes the place of this script, so that
# Slurm's signal reaches it, and passes it on to the ranks of all nodes; nixe then exits 3.
# shellcheck disable=SC2086                      # LAUNCH and OPTIONS are several words
exec $LAUNCH "$NIXE" kmc -input "$INPUT" $OPTIONS -output_file "$FILE" -resume
