"""Read the HDF5 files that nixe writes, also while they are still growing.

Needs h5py, numpy and PyYAML. Install it (pip install ./tools), have the folder tools/ on the path, or copy this one
folder, which needs nothing else of nixe, beside a script or a notebook under the name nixe_file.

    from nixe_file import File

    with File("run.h5") as run:
        f, error = run.mean_and_error("f")      # time x phase, over the trajectories done so far
        u2 = run.phases.index("U2")
        print(run.options["model_kT"], run.time[f[:, u2] > 0.5][0])

    with File("equilibrium.h5") as run:
        f, error = run.mean_and_error("f")      # state x phase, over sweeps and replicas
        variance, error = run.unstructured_variance()
        print(run.shell_stiffness[variance.argmax()])

    with File("run.h5") as run:
        sigma = run.snapshots(0)[8]             # a configuration: +1 = A, -1 = B
        s2 = run.sites_by_phase(sigma)["S2"]    # the mask of the sites in S2
        print(run.local_area(sigma)[s2].mean()) # needs scipy, as does run.displacement(sigma)

    with File("v.h5") as run:
        v = run.interactions(0)                 # V of site 0 with all, of a crystal of any size
        print(np.abs(v[run.distances(0) > 5]).max())

Any dataset is had by its path: run["/lattice/bonds"] as it stands in the file, run.array("/kmc/f")
with its axes and units. One open File shows one moment of a growing file, the moment of opening;
open it again for later.

What is damaged is told in one sentence (NixeFileError); rows that are flagged but not whole are left
out, with a warning. `nixe status --verify` finds more: any byte that is not as it was written.

Files of format versions 1 and 2 are read alike: a dataset is had by its path in either of them, and
its axes have the names of version 2.
"""

from __future__ import annotations

import numpy as np

from .averages import LEAST_BLOCKS, LEAST_RECORDS, autocorrelation_time, average, blocking_error, squared_deviation
from .crystal import ORDER, warren_cowley
from .labelled import Labelled
from .lattices import COORDINATION, LATTICES, Lattice
from .potential import Potential
from .stored import Array
from .texts import NixeFileError, parse_options

__all__ = [
    "COORDINATION", "LATTICES", "LEAST_BLOCKS", "LEAST_RECORDS", "ORDER", "Array", "File", "Lattice",
    "NixeFileError", "autocorrelation_time", "average", "blocking_error", "parse_options", "squared_deviation",
    "warren_cowley",
]


class File(Labelled, Potential):
    """A nixe file, open for reading.

    `command` ("kmc", "mc", "potential" or "spectrum") demands a file with the results of that one.
    """

    def mean_and_error(self, dataset: str) -> tuple[np.ndarray, np.ndarray]:
        """The mean of a dataset such as "f" and its standard error, over what is in the file.

        Of nixe kmc: at each time, over the trajectories done. The error of a single trajectory is
        NaN, and so are both without any. Of nixe mc: in each state, over sweeps and replicas.
        """
        if self.has("mc"):
            return self._of_states(lambda state: average(self.replicas(dataset, state)))
        rows = self.trajectories(dataset)
        count = len(rows)
        nothing = np.full(rows.shape[1:], np.nan)
        mean = rows.mean(axis=0) if count > 0 else nothing
        error = rows.std(axis=0, ddof=1) / np.sqrt(count) if count > 1 else nothing
        return mean, error
