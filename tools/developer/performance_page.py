"""The words of docs/performance.md, which performance.py fills with what it measures."""

PAGE = """# Performance

`make bench MARKDOWN=1` writes this page, on the machine where it is called; this one was written on {date}, on a virtual machine
with two cores. `make bench` compares with plain ways of doing the same, and `make bench OLD=FOLDER` with another build, pair by pair.

## What events and set-ups cost

One rank, one trajectory of an elastic crystal that begins with a random half of A. An event reads two rows of couplings, 4 bytes
a site each, and adds their difference to the fields; the weights of all sites and sums of rates over those with unlike neighbours
follow ([theory](theory.md#7-how-an-event-is-executed)). The time that the two rows take from memory, at the speed below, is a bound for
crystals whose table no cache holds; below that, instructions decide. Models whose fields may leave the range of single precision, as
those of large hexagons at this temperature, are sampled in doubles.

{sizes}
![Time of an event, time of the set-up and peak memory over the number of sites]({picture})

{fits}

## The machine

Measured in the same run, on one core: {memory:.3g} GB/s from memory, {latency:.3g} ns to the next of scattered numbers, and
{peak:.3g} billion operations a second in single precision, two in each fused multiplication and addition.

The parts of an event of the eager algorithm, in a crystal of which a random half is A: *turn* adds two rows to the fields and computes
all weights, *sum* adds the rates of the bonds in those groups of eight sites that hold an unlike pair, and of the exchanges, *choose* finds the
event. Operations are those on numbers, integers as well. What a part moves is mostly in a cache, so that GB/s may be above those
from memory; the sums of large crystals read their bonds from the second or third.

{parts}
The lazy algorithm does a few candidates an event instead, of one block of 64 sites each, and changes the fields of some hundred
blocks: it touches scattered memory, and is bound by the time to the next number more than by anything in this table.

## Ranks

Trajectories are independent: ranks share the table of a node, and meet to write, every two seconds. The states of a ladder are
exchanged: the ranks that share one wait for each other at every exchange. Efficiency is half of the ratio.

{ranks}
{sections}Next: [What survives](robustness.md).
"""

WHOLE_COMMANDS = """## Whole commands

On one rank, from the start of the program to its end, by the stages that `-log_view` shows. Start and end are those of MPI, of PETSc and of
the libraries that are loaded. Observables are phases, displacements and areas at the recorded times; events are what remains of
sampling. The last two columns tell how fast the command would be if observables cost nothing, and if nothing but its events took
time.

{table}
"""

TRAFFIC = """While they sample, ranks say little. From one meeting to the next, the rank that says most sends (many more ranks than cores,
counted by the monitor of Open MPI):

{table}
Bytes are what trajectories have recorded, on its way to the ranks that write it. On a thousand nodes of 128 ranks, 17 rounds of messages take
the place of those among {most}; with some {each:.0f} messages a round, of two microseconds each on a network, and the {megabytes:.3g} MB above, a meeting costs
well below a hundredth of the two seconds between two. What bounds such a run comes from elsewhere:

- Set-up: columns are dealt out over ranks, but V goes to every node. 1.8 GB for a cube of 97,336 sites take a second in a tree of
  broadcasts at 10 GB/s, a hundred times less than solving for them.
- Output: what trajectories record is written by all ranks at once. 128,000 ranks that finish a trajectory of the 2D crystal with the default times each ten
  milliseconds would write 200 GB/s, more than a file system takes: record fewer times, or take larger crystals.
- The end: a trajectory is not divided. An ensemble needs many trajectories a rank, or the last ones leave ranks idle.

"""

LARGE = """## Large crystals

Whole trajectories of cubes, from all A to all B, `nixe kmc -input input/kmc_3d_large.yaml` with that `-lattice_edge`: one trajectory, which one of
the ranks runs, while all take part in the set-up. Memory is what nixe tells beforehand. The largest was run beside
other work.

{table}
"""

GOALS = {  # of a row: its ratio, and what the new build does
    "KMC hexagon, N = 169": ("1.75", "3.5 M/s"), "KMC hexagon, N = 721": ("2.0", "1.6 M/s"),
    "KMC cube, N = 1728": ("2.9", "0.40 M/s"), "MC N_core = 721, 6 shell layers, informed beside metropolis": ("", "10"),
    "nixe kmc, kmc_2d_elastic.yaml": ("2.0", "1.2 M/s"), "nixe kmc, kmc_3d_elastic.yaml": ("3.0", "0.30 M/s"),
    "nixe kmc, kmc_ising.yaml": ("2.9", "4 M/s"),
    "nixe potential -lattice_shape cube -lattice_edge 20, ranks: 2": ("", "0.6 s"),
}

AGAINST = """## Beside an older build

{pairs} pairs of runs in turn, `make bench MARKDOWN=1 OLD=FOLDER`; the old one is {name}. Ratios above 1 are faster. Goals are
those that were set for this version when the old one had been measured on another machine, on which it was slower.

{table}
Where a goal is missed, this is why:

- Bare events of hexagons have their rates, and less of the ratio: the old build has more of them here than where the goals were set. What
  an event of 721 sites takes are the three parts above; *turn* is at three quarters of the peak, and *sum* is bound by loads: two
  weights and a mask a bond, from the first and second cache.
- Whole commands with all observables: see the stages above. At 12³ sites, without any of them, the goal of 300,000 would be met. They are
  displacements by the blocks of the response and volumes of cells: of 100 parts of the command matrix products take 13, volumes 7,
  gathering and spreading over orbits 10; *turn* takes 28 and *sum* 16, at the rates above.
- The informed sampler beside Metropolis: the baseline makes 50 million attempts a second on this machine, where most are refused after
  a look at two numbers. Of 100 parts of the informed sampler's time *turn* takes 26, the sums among which the next ions are chosen
  23; the rest are draws, logarithms, energies and records.
- The table of 20³ sites on two ranks: 0.45 s of the command are MPI, PETSc and their libraries, which start and end.
- Crystals of 10⁵ sites: a candidate of the lazy algorithm waits for memory, five to ten times at the latency above; goals were 30,000
  events a second for 46³ sites and 12,000 for 64³. Those of 64³ sites have 14 GB: V with 6.3, for
  which alone, with what building it takes, 10 GiB are enough, and 5.8 of factors for displacements.

"""
