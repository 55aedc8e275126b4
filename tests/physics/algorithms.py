#!/usr/bin/env python3
"""The lazy algorithm beside the eager one, on crystals that both can do: `make test-algorithms`, some 20 minutes.

Of each crystal so many trajectories are run by both, with different random numbers, that a difference of 0.2 % in the mean
number of events would be seen: it is at least three standard errors, and mostly many more. Then events, the logarithm of the
completion time, and composition and phase fractions at seven times, of which the last is beyond the end, are compared: means by their standard errors, and the
logarithms of their variances, for which the kurtosis gives the error. Where both algorithms are right a line fails by chance in
less than 1e-6 of all seeds. Prints a table, and at the end the count of the crystals, "N passed, N failed".
"""
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "helpers"))

from harness import datasets, make  # noqa: E402

LIMIT = 6.0            # standard errors: of 6 x 80 numbers, nearly normal, one is beyond in 1e-6 of all seeds
RESOLUTION = 0.002     # of the number of events
FEWEST = 30            # trajectories in which a fraction is not what it is in most, or its error is not known

TIMES = 7

# Crystal, options, trajectories, first and last of the times.
PAPER_3D = "-model_kT 1.5 -model_dmu -200"
CASES = [
    ("hexagon, 721 sites", "-lattice_edge 16", 8000, 0.1, 1000),
    ("hexagon, 4921 sites, to c = 0.8", "-lattice_edge 41 -model_kT 0.25 -kmc_stop_composition 0.8", 1200, 1e-3, 10),
    ("cube, 12^3 sites", f"-lattice_shape cube -lattice_edge 12 {PAPER_3D}", 4000, 1e-3, 100),
    ("cube, 20^3 sites", f"-lattice_shape cube -lattice_edge 20 {PAPER_3D}", 800, 1e-3, 1000),
    ("octahedron, fcc, 891 sites", "-lattice_type fcc -lattice_shape polyhedron -lattice_faces 111:4.6 -model_kT 0.4 "
     "-model_dmu -30", 3000, 1e-3, 1000),
    ("sphere, 1000 sites, no symmetry", "-lattice_type sc -lattice_shape sphere -lattice_radius 6.2 "
     f"-lattice_center 0.21,0.33,0.12 {PAPER_3D}", 3000, 1e-3, 100),
]


def observables(path):
    """{name: one number a trajectory}"""
    data = datasets(path)
    found = {"events": data["/kmc/events"][:, -1].astype(float), "ln t": np.log(data["/kmc/completion_time"])}
    for k in range(TIMES):
        found[f"c({k + 1})"] = data["/kmc/composition"][:, k]
        for p in range(data["/kmc/f"].shape[2]):
            found[f"f{p + 1}({k + 1})"] = data["/kmc/f"][:, k, p]
    return found


def compared(a, b):
    """Differences of the means and of the log variances of two samples, in standard errors."""
    mean = (a.mean() - b.mean()) / np.hypot(a.std() / len(a) ** 0.5, b.std() / len(b) ** 0.5)

    def log_variance(x):
        s = (x - x.mean()) ** 2
        return np.log(s.mean()), s.std() / s.mean() / len(x) ** 0.5

    (u, du), (v, dv) = log_variance(a), log_variance(b)
    return mean, (u - v) / np.hypot(du, dv)


def rare(a, b):
    """Whether most trajectories have the same number, so that errors mean little."""
    both = np.concatenate([a, b])
    value, count = np.unique(both, return_counts=True)
    return len(both) - count.max() < FEWEST


def compare(folder, name, options, trajectories, first, last):
    run = {}
    for seed, algorithm in enumerate(["eager", "lazy"], 1):
        path = folder / "k.h5"
        command = (f"kmc {options} -kmc_algorithm {algorithm} -ensemble_size {trajectories} -ensemble_seed {seed} "
                   f"-kmc_time_first {first} -kmc_time_last {last} -kmc_time_count {TIMES} -output_overwrite")
        run[algorithm] = observables(make(path, command, ranks=2, timeout=7200))
    eager, lazy = run["eager"], run["lazy"]
    scores = {}
    for key in eager:
        if not rare(eager[key], lazy[key]):
            scores[key], scores[f"spread of {key}"] = compared(eager[key], lazy[key])
    error = [x["events"].std() / len(x["events"]) ** 0.5 for x in (eager, lazy)]
    worst = max(scores, key=lambda key: abs(scores[key]))
    seen = np.hypot(*error) / eager["events"].mean()
    is_right = abs(scores[worst]) < LIMIT and 3 * seen < RESOLUTION and len(scores) > 10
    print(f"| {name} | {trajectories} | " + " | ".join(
        f"{x['events'].mean():.1f} ± {e:.1f}" for x, e in zip((eager, lazy), error)) +
        f" | {100 * seen:.3f} % | {len(scores)} | {np.mean([z * z for z in scores.values()]):.2f} | "
        f"{scores[worst]:+.1f}, {worst} | {'' if is_right else 'FAILED'}", flush=True)
    return is_right


def main():
    print("| crystal | trajectories | events, eager | events, lazy | error of the difference | numbers | mean square | worst |\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        right = [compare(Path(folder), *case) for case in CASES]
    print(f"{sum(right)} passed, {len(right) - sum(right)} failed")
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
