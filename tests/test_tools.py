"""The Python tools: averages and errors of nixe_file.py, pictures, the driver of the figures."""
import importlib
import io
import os
import re
import shutil
import struct
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import h5py
import numpy as np
import pytest
from conftest import MPIRUN, NIXE, environment, make, run

TOOLS = Path(__file__).parent.parent / "tools"
sys.path.insert(0, str(TOOLS))
from nixe_file import File, NixeFileError, average, blocking_error  # noqa: E402

SAMPLING = "-mc_equilibration 100 -mc_sweeps 2000 -mc_area_every 10 -mc_snapshot_every 500 "
MC = "mc -lattice_edge 4 -shell_layers 1 -ensemble_size 3 -model_kT 0.5 " + SAMPLING
KMC = "kmc -lattice_edge 4 -ensemble_size 3 -kmc_time_count 33 "


@pytest.fixture(scope="module")
def mc_file(folder):
    return make(folder / "mc.h5", MC + "-shell_stiffness 1,3")


@pytest.fixture(scope="module")
def kmc_file(folder):
    return make(folder / "kmc.h5", KMC)


@pytest.fixture(scope="module")
def files(folder, mc_file, kmc_file):
    """{name: files of a picture}."""
    return {
        "kmc": [kmc_file],
        "stiffness": [mc_file],
        "sizes": [mc_file, make(folder / "five.h5", MC + "-lattice_edge 5 -shell_stiffness 1,2,3")],
        "layers": [make(folder / f"layers{n}.h5", MC + f"-shell_layers {n}") for n in range(3)],
        "kT": [make(folder / "kT.h5", MC + "-model_kT 0.3,0.5,1")],
        "cube": [make(folder / "cube.h5", MC + "-lattice_shape cube -model_kT 1.5 "
                      "-shell_stiffness 1,2")],
        "one state": [make(folder / "one.h5", MC + "-ensemble_size 1")],
    }


def change(path, copy, **datasets):
    """A copy of a file with other numbers in it; a double underscore stands for a slash."""
    shutil.copy(path, copy)
    with h5py.File(copy, "r+") as file:
        for name, value in datasets.items():
            file[name.replace("__", "/")][...] = value
    return copy


def squared_errors(series):
    """[(b, squared error from blocks of b values)], all the way to 16 blocks."""
    found, length = [], 1
    while length == 1 or len(series) // length >= 16:
        blocks = [np.mean(series[i:i + length])
                  for i in range(0, len(series) // length * length, length)]
        found.append((length, np.var(blocks, ddof=1) / len(blocks)))
        length *= 2
    return found


def simple_error(series):
    """The rule in the words of series.h."""
    errors = squared_errors(series)
    first = errors[0][1]
    for k, (length, error) in enumerate(errors):
        if k and length**3 > 2 * len(series) * (error / first)**2:
            return np.sqrt(max(e for _, e in errors[:k + 1]))
    return np.sqrt(max(e for _, e in errors))


def simple_average(replicas):
    means = [np.mean(r) for r in replicas]
    within = np.sqrt(np.sum([simple_error(r)**2 for r in replicas])) / len(replicas)
    between = np.std(means, ddof=1) / np.sqrt(len(replicas)) if len(replicas) > 1 else 0
    return np.mean(means), max(within, between)


def test_averages(mc_file):
    """Every average and error of a file against simple numpy."""
    with h5py.File(mc_file, "r") as file, File(mc_file, command="mc") as results:
        f, mean, rms = (file[f"mc/{name}"][()] for name in ("f", "area_mean", "area_rms"))
        f_u = f[..., 0] + f[..., 4]
        assert list(results.shell_stiffness) == [1, 3] and list(results.kT) == [0.5, 0.5]
        got = results.mean_and_error("f")
        assert got[0].shape == got[1].shape == (2, 5)
        for q in range(2):
            for phase in range(5):
                expected = simple_average(f[q, ..., phase])
                assert (got[0][q, phase], got[1][q, phase]) == pytest.approx(expected, rel=1e-9)
            deviation = (f_u[q] - f_u[q].mean())**2
            square = rms[q]**2 + (mean[q] - mean[q].mean())**2
            area, area_error = simple_average(square)
            for measured, expected in (
                    (results.unstructured(), simple_average(f_u[q])),
                    (results.unstructured_variance(), simple_average(deviation)),
                    (results.mean_and_error("area_mean"), simple_average(mean[q])),
                    (results.area_deviation(), (area**0.5, area_error / 2 / area**0.5))):
                assert (measured[0][q], measured[1][q]) == pytest.approx(expected, rel=1e-9)
            assert results.unstructured_variance()[0][q] == pytest.approx(f_u[q].var(), rel=1e-9)
            assert results.area_deviation()[0][q]**2 == pytest.approx(
                (rms[q]**2).mean() + mean[q].var(), rel=1e-9)
            for p, stored in enumerate(results.replicas("snapshot/sigma", q)):
                assert np.array_equal(stored, file["mc/snapshot/sigma"][q, p])


def test_errors_of_the_program(tmp_path):
    """The summary of a run with one replica says the same."""
    path = tmp_path / "one.h5"
    said = run(f"{MC} -ensemble_size 1 -output_file {path}").stdout
    number = r"([-+.\de]+)\(([-+.\de]+)\)"
    with File(path) as results:
        f = results.mean_and_error("f")
        expected = {"U1": (f[0][0, 0], f[1][0, 0]), "S2": (f[0][0, 3], f[1][0, 3]),
                    "f_U": [x[0] for x in results.unstructured()],
                    r"var\(f_U\)": [x[0] for x in results.unstructured_variance()],
                    "rms": [x[0] for x in results.mean_and_error("area_rms")]}
    for name, (mean, error) in expected.items():
        found = re.search(rf"{name} {number}", said)
        assert float(found[1]) == pytest.approx(mean, rel=1e-3, abs=6e-5), name
        assert float(found[2]) == pytest.approx(error, rel=0.05, abs=6e-5), name


def test_error_of_known_series():
    """White noise; noise with a memory of 20 values; no noise; replicas apart from one another."""
    rng = np.random.default_rng(1)
    noise = rng.normal(size=50000)
    assert blocking_error(noise) == pytest.approx(50000**-0.5, rel=0.1)
    slow = [0.0]
    for x in noise:
        slow.append(0.9 * slow[-1] + x)
    assert blocking_error(np.array(slow)) == pytest.approx(10 * 50000**-0.5, rel=0.15)
    assert blocking_error(np.ones(100)) == 0
    mean, error = average([np.zeros(100), np.ones(50), np.full(7, 2.0)])
    assert (mean, error) == pytest.approx((1, 3**-0.5))


def test_growing_file(mc_file, tmp_path):
    """Records up to sweeps_done count, and only those; a state without any has no averages."""
    done = [[1100, 103, 2100], [50, 100, 102]]
    path = change(mc_file, tmp_path / "grows.h5", mc__sweeps_done=done)
    with h5py.File(path, "r") as file, File(path) as results:
        assert [len(r) for r in results.replicas("f", 0)] == [1000, 3, 2000]
        assert [len(r) for r in results.replicas("area_rms", 0)] == [100, 0, 200]
        assert [len(r) for r in results.replicas("snapshot/sigma", 0)] == [2, 0, 4]
        f = file["mc/f"][0]
        mean, error = results.mean_and_error("f")
        assert mean[0] == pytest.approx((f[0, :1000].mean(axis=0) + f[2].mean(axis=0)) / 2)
        assert np.isnan(mean[1]).all() and np.isnan(error[1]).all()


def test_files_of_other_commands(tmp_path, mc_file, kmc_file):
    """Arrays by their path, and refusals."""
    small = "-lattice_edge 3 -shell_layers 1 "
    with File(make(tmp_path / "v.h5", "potential " + small), command="potential") as v:
        assert v["/potential/V"].shape == (1, 37, 37)
        assert v.layer.max() == 1 and v.averaged.sum() == 7
    with File(make(tmp_path / "s.h5", "spectrum " + small), command="spectrum") as s:
        assert np.all(np.diff(s["/spectrum/V/eigenvalue"]) > -1e-9)
        with pytest.raises(NixeFileError, match="no dataset /mc/f"):
            s.replicas("f", 0)
    with File(kmc_file) as exchange:
        mean, error = exchange.mean_and_error("f")
        assert mean == pytest.approx(exchange["/kmc/f"].mean(axis=0))
        assert error == pytest.approx(exchange["/kmc/f"].std(axis=0, ddof=1) / 3**0.5)


def tool(name, *arguments):
    """Call the main of one of the tools as its program would."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", [f"{name}.py", *map(str, arguments)])
        try:
            status = importlib.import_module(name).main()
        except SystemExit as end:
            status = end.code
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


@pytest.mark.parametrize("name", ["kmc", "stiffness", "sizes", "layers", "kT", "cube",
                                  "one state"])
def test_picture(files, tmp_path, name):
    """A picture of every kind of figure, wide enough for print."""
    picture = tmp_path / "picture.png"
    result = tool("plot_exchange" if name == "kmc" else "plot_equilibrium", *files[name],
                  "-o", picture)
    assert result.returncode == 0 and not result.stderr and not result.stdout
    content = picture.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n" and 20_000 < len(content) < 5_000_000
    width, height = struct.unpack(">II", content[16:24])
    assert width == 2100 and 900 < height < 2100


def test_picture_of_a_growing_file(mc_file, tmp_path):
    """One state has no data, and no configuration is stored yet; the name is the file's."""
    path = change(mc_file, tmp_path / "grows.h5", mc__sweeps_done=[[200, 100, 0], [0, 0, 0]])
    assert tool("plot_equilibrium", path).returncode == 0
    assert (tmp_path / "grows.png").stat().st_size > 10_000
    assert tool("plot_equilibrium", path, "-o", tmp_path / "grows.pdf").returncode == 0
    assert (tmp_path / "grows.pdf").read_bytes()[:5] == b"%PDF-"


@pytest.mark.parametrize("name", ["plot_exchange", "plot_equilibrium"])
@pytest.mark.parametrize("case, sentence", [
    ("missing", "There is no file .*missing.h5."),
    ("text", "text.h5 is not an HDF5 file, or is damaged."),
    ("foreign", "foreign.h5 is an HDF5 file, but not one of nixe's."),
    ("other", "other.h5 has no results of 'nixe k?mc': it comes from '.*k?mc.*'."),
    ("empty", "empty.h5 holds (no complete trajectory yet|too few records for averages)."),
    ("tiny", "tiny.h5 is of a crystal too small to have phases."),
    ("no folder", "No such file or directory: .*nowhere/a.png"),
    ("ending", "a.jpeg is not named as a picture: .png, .pdf or .svg."),
])
def test_bad_input(kmc_file, mc_file, tmp_path, name, case, sentence):
    """One sentence that names the file, status 2, no picture."""
    good, other = (kmc_file, mc_file) if name == "plot_exchange" else (mc_file, kmc_file)
    path, picture = tmp_path / f"{case}.h5", tmp_path / "a.png"
    if case == "text":
        path.write_text("no data\n")
    elif case == "foreign":
        h5py.File(path, "w").close()
    elif case == "tiny":
        make(path, (KMC if good == kmc_file else MC) + "-lattice_shape cube -lattice_edge 2")
    elif case == "empty" and good == kmc_file:
        change(good, path, kmc__done=0)
    elif case == "empty":
        change(good, path, mc__sweeps_done=103)
    elif case != "missing":
        shutil.copy(other if case == "other" else good, path)
    if case == "no folder":
        picture = tmp_path / "nowhere" / "a.png"
    if case == "ending":
        picture = tmp_path / "a.jpeg"
    result = tool(name, path, "-o", picture)
    lines = result.stderr.splitlines()
    assert result.returncode == 2 and not picture.exists()
    assert re.search(sentence, lines[-1]), result.stderr
    assert lines[-1].startswith(name) and (len(lines) == 1 or case == "ending")


@pytest.mark.parametrize("option", ["model_J 0.1", "mc_composition 0.4",
                                    "lattice_shape cube"])
def test_files_that_do_not_belong_together(mc_file, tmp_path, option):
    """The option in which they differ is named."""
    other = make(tmp_path / "other.h5", f"{MC} -{option}")
    result = tool("plot_equilibrium", mc_file, other)
    assert result.returncode == 2 and len(result.stderr.splitlines()) == 1
    assert re.search(rf"mc.h5 and .*other.h5 .*{option.split()[0]} is", result.stderr)


def driver(out, *arguments):
    """Run the driver of the figures."""
    env = environment({"BUILD": os.path.dirname(NIXE), "MPIRUN": " ".join(MPIRUN), "RANKS": "1",
                       "PYTHON": sys.executable, "OUT": str(out)})
    return subprocess.run(["sh", TOOLS / "run_equilibrium.sh", *arguments], env=env,
                          capture_output=True, text=True, timeout=120)


def test_driver(tmp_path):
    """Computes what is missing or incomplete, keeps the rest, draws; bad options stop it."""
    small = (*SAMPLING.split(), "-lattice_edge", "4", "-quiet")
    out = tmp_path / "figures"
    assert driver(out, "fig4", *small).returncode == 0
    made = {path.name: path.stat().st_mtime_ns for path in out.glob("*.h5")}
    assert sorted(made) == [f"fig4_{layers}.h5" for layers in range(9)]
    with File(out / "fig4_2.h5") as results:
        assert results.options["shell_layers"] == 2 and results.options["lattice_edge"] == 4
    with h5py.File(out / "fig4_2.h5", "r+") as file:
        file.attrs.modify("complete", 0)
    (out / "fig4.png").unlink()

    again = driver(out, "fig4", *small)
    assert again.returncode == 0 and again.stdout.count("complete: there is nothing to do") == 8
    assert (out / "fig4.png").stat().st_size > 20_000
    with File(out / "fig4_2.h5") as results:
        assert results.complete
    for path in out.glob("*.h5"):
        assert (path.stat().st_mtime_ns == made[path.name]) == (path.name != "fig4_2.h5")

    wrong = driver(out, "fig7", "-mc_sweps", "10")
    assert wrong.returncode == 2 and "-mc_sweps" in wrong.stderr
    wrong = driver(out, "fig6")
    assert wrong.returncode == 2 and "fig4, fig5 or fig7" in wrong.stderr
