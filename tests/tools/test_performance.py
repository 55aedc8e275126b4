"""tools/performance.py measures a build and writes a page with its picture; here a build that always says the same."""
import os

import pytest
from tooling import tool

from performance import Cost, exponent

NIXE = """#!/bin/sh
while [ $# -gt 0 ]; do case $1 in -lattice_edge) edge=$2;; -lattice_shape) cube=1;; esac; shift; done
sites=$((3 * ${edge:-8} * (${edge:-8} - 1) + 1))
[ -z "$cube" ] || sites=$((edge * edge * edge))
echo "lattice   some crystal, $sites sites ($sites core, 1 averaged), 1 bonds"
echo "set-up    V and tables built in 0.5 s; rates in fixed point"
echo "events a trajectory  1000"
echo "speed                2.5e+05 events/s, 2.5e+05 events/s on each rank"
echo "seconds              0.5 set-up, 4 sampling (1 % of it displacements), 0.1 output"
echo " 0:      Main Stage: 9.0000e-09   0.0%  0.0000e+00   0.0%"
echo " 1:          set-up: 1.0000e-09   0.0%  0.0000e+00   0.0%"
echo " 2:           solve: 2.0000e-09   0.0%  0.0000e+00   0.0%"
echo " 3:        sampling: 2.0000e-03  80.0%  0.0000e+00   0.0%"
echo " 4:     observables: 5.0000e-09   0.0%  0.0000e+00   0.0%"
echo " 5:          output: 6.0000e-09   0.0%  0.0000e+00   0.0%"
"""
BENCH = """#!/bin/sh
echo 'machine    memory 20 GB/s   latency 100 ns   peak 30 Gflop/s'
echo '  turn    N = 169       50 ns     1000 operations     400 bytes'
"""


@pytest.fixture
def build(tmp_path):
    for name, said in (("nixe", NIXE), ("bench", BENCH)):
        (tmp_path / name).write_text(said)
        os.chmod(tmp_path / name, 0o755)
    return tmp_path


def test_page(build):
    """Every crystal has its row, and the bounds follow from the machine."""
    (build / "log").write_text("lattice   cube, 64 sites (64 core, 8 averaged)\nranks     2 on 1 node\n"
                               "memory    tables 1 GB a node, 2 MB a rank\n"
                               "set-up    V and tables built in 72.3 s;\nevents a trajectory  3.2e+06\n"
                               "seconds              72.3 set-up, 200 sampling (1 % of it displacements), 0.1 output\n")
    result = tool("performance", build, "-o", build / "page.md", "--quick", "--large", build / "log")
    assert result.returncode == 0, result.stderr
    page = (build / "page.md").read_text()
    for row in ("| hexagon | 91 | eager | 4 | 250,000 | 0.036 | 0.5 |", "| hexagon | 721 | eager | 4 | 250,000 | 0.29 | 0.5 |",
                "| cube | 125 | eager |", "| cube | 1728 | eager |", "| kmc_2d_elastic, events | 250,000 | 250,000 | 50 % |",
                "| turn | 169 | 0.05 | 20 | 67 % | 8 |", "| 64 | 2 | 72 | 3,200,000 | 200 | 16,000 | 1 GB | 2 MB |"):
        assert row in page, page
    (whole,) = [line for line in page.splitlines() if line.startswith("| kmc_2d_elastic | ")]
    assert whole.split(" | ")[1] == "20,000" and whole.endswith(" | 10,000,000 |"), whole      # 20 trajectories in 2 ms
    assert "the rank that says most" not in page        # no MPI, no monitor
    assert "20 GB/s" in page and "(page.png)" in page and (build / "page.png").read_bytes().startswith(b"\x89PNG")


def test_exponent():
    costs = [Cost("cube", n, n**3, 1e-9 * n**6, 1, 1e6 / n**3, 0, "eager") for n in (2, 5, 9)]
    assert abs(exponent(costs, "set_up") - 2) < 1e-9 and abs(exponent(costs, "microseconds") - 1) < 1e-9


def test_refused(build):
    (build / "bench").unlink()
    result = tool("performance", build, "-o", build / "page.md")
    assert result.returncode == 2 and "make all build/bench" in result.stderr and not (build / "page.md").exists()
