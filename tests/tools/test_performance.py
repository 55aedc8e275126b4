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
"""


@pytest.fixture
def build(tmp_path):
    for name, said in (("nixe", NIXE), ("bench", "#!/bin/sh\necho 'machine    memory 20 GB/s   latency 100 ns   peak 30 Gflop/s'\n")):
        (tmp_path / name).write_text(said)
        os.chmod(tmp_path / name, 0o755)
    return tmp_path


def test_page(build):
    """Every crystal has its row, and the bounds follow from the machine."""
    result = tool("performance", build, "-o", build / "page.md", "--quick")
    assert result.returncode == 0, result.stderr
    page = (build / "page.md").read_text()
    for row in ("| hexagon | 91 | eager | 4 | 250,000 | 0.036 | 0.5 |", "| hexagon | 721 | eager | 4 | 250,000 | 0.29 | 0.5 |",
                "| cube | 125 | eager |", "| cube | 1728 | eager |", "| kmc_2d_elastic | 250,000 | 250,000 | 50 % |"):
        assert row in page, page
    assert "20 GB/s" in page and "(page.png)" in page and (build / "page.png").read_bytes().startswith(b"\x89PNG")


def test_exponent():
    costs = [Cost("cube", n, n**3, 1e-9 * n**6, 1, 1e6 / n**3, 0, "eager") for n in (2, 5, 9)]
    assert abs(exponent(costs, "set_up") - 2) < 1e-9 and abs(exponent(costs, "microseconds") - 1) < 1e-9


def test_refused(build):
    (build / "bench").unlink()
    result = tool("performance", build, "-o", build / "page.md")
    assert result.returncode == 2 and "make all build/bench" in result.stderr and not (build / "page.md").exists()
