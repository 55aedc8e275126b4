"""The report: the reader's numbers, warnings when they must come, a page that stands alone."""
import json
import re
from base64 import b64decode
from html import unescape

import h5py
import numpy as np
import pytest
from harness import make, run
from tooling import change, tool

from nixe import player
from nixe.checks import warnings
from nixe.file import File, autocorrelation_time
from nixe.numbers import longest_time

SAMPLING = "-mc_equilibration 200 -mc_sweeps 4000 -mc_area_every 20 -mc_snapshot_every 500 "
COMMANDS = {
    "kmc": "kmc -lattice_edge 4 -ensemble_size 60 -kmc_time_count 81",
    "few": "kmc -lattice_shape cube -lattice_edge 4 -model_kT 1.5 -model_dmu -200 -ensemble_size 2",
    "late": "kmc -lattice_edge 4 -ensemble_size 40 -kmc_time_last 0.3",
    "cycle": "kmc -lattice_edge 4 -ensemble_size 20 -kmc_start B -model_dmu -8 -model_kT 1 -kmc_time_first 0 -kmc_time_last 8 "
             "-kmc_time_spacing linear -kmc_time_count 41 -kmc_schedule 2:dmu=8,4:dmu=-8:kT=0.5",
    "tiny": "kmc -lattice_shape cube -lattice_edge 2 -ensemble_size 1",
    "mc": "mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,3 -model_kT 1 -ensemble_size 3 "
          + SAMPLING,
    "exchange": "mc -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,1.5 -model_kT 1 "
                "-mc_replica_exchange_every 10 -ensemble_size 3 " + SAMPLING,
    "potential": "potential -lattice_edge 4 -shell_layers 1 -shell_stiffness 1,5",
    "bulk potential": "potential -lattice_type hcp -lattice_shape box -lattice_cells 4,3,3 -lattice_periodic 1,2,3",
    "spectrum": "spectrum -lattice_edge 4",
    "bulk": "spectrum -lattice_type triangular -lattice_shape box -lattice_cells 6,6 -lattice_periodic 1,2",
}


@pytest.fixture(scope="module")
def files(folder):
    """{name: file of a run}."""
    return {name: make(folder / f"{name}.h5", command) for name, command in COMMANDS.items()}


@pytest.fixture(scope="module")
def pages(files):
    """{name: the page about it}."""
    found = {}
    for name, path in files.items():
        result = tool("report", path)
        assert (result.returncode, result.stderr) == (0, "") and result.stdout.startswith("wrote ")
        found[name] = path.with_suffix(".html").read_text(encoding="utf-8")
    return found


def tables(page):
    """Rows of texts of each table, that of its head first."""
    return [[[unescape(re.sub(r"<[^>]*>", "", cell)) for cell in
              re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
             for row in re.findall(r"<tr>(.*?)</tr>", table)]
            for table in re.findall(r"<table>(.*?)</table>", page, re.DOTALL)]


def parse(text):
    """The numbers of `value ± error`, or the value alone."""
    superscripts = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−\u00a0", "-0123456789- ")
    numbers = [part.translate(superscripts).replace("×10", "e") for part in text.split("±")]
    found = [float(part) for part in numbers]
    return found if len(found) > 1 else found[0]


def agree(text, value, error):
    """The text gives both to the digits that its error allows."""
    shown = parse(text)
    assert shown == [pytest.approx(value, abs=0.06 * error), pytest.approx(error, rel=0.06)], text


def test_numbers_of_exchange(files, pages):
    """Completion, events, times of phases, maxima of the means: mean, error, spread, count."""
    [[_, *rows]] = tables(pages["kmc"])
    rows = dict((name, rest) for name, *rest in rows)
    with h5py.File(files["kmc"], "r") as file:
        time, f = file["time"][()], file["kmc/f"][()]
        expected = {"completion time (k⁻¹)": file["kmc/completion_time"][()],
                    "events of a trajectory": file["kmc/events"][:, -1]}
    u2 = f[:, :, 4]
    rise = [np.exp(np.interp(0.5, u2[r, i - 1:i + 1], np.log(time[i - 1:i + 1])))
            for r, i in enumerate((u2 >= 0.5).argmax(axis=1))]
    expected["time at which fU2 rises to ½ (k⁻¹)"] = np.array(rise)
    for index, name in ((1, "S1"), (3, "S2")):
        at = f[:, :, index].mean(axis=0).argmax()
        [label] = [label for label in rows if label.startswith(f"f{name} when its mean is largest")]
        shown = float(re.search(r"t = ([\d.]+) k⁻¹", label)[1])
        assert shown == pytest.approx(time[at], rel=0.01)
        expected[label] = f[:, at, index]
    for name, values in expected.items():
        agree(rows[name][0], values.mean(), values.std(ddof=1) / len(values)**0.5)
        assert parse(rows[name][1]) == pytest.approx(values.std(ddof=1), rel=0.06)
        assert rows[name][2] == "60"


def test_numbers_of_equilibrium(files, pages):
    """Every state: what the reader says of it."""
    [[head, *rows]] = tables(pages["mc"])
    assert len(rows) == 2 and len(head) == 12
    with File(files["mc"]) as results:
        means = [[x[:, i] for x in results.mean_and_error("f")] for i in range(5)]
        means += [results.unstructured(), results.unstructured_variance(), results.area_deviation()]
        accepted = results["/mc/acceptance"]
        for q, row in enumerate(rows):
            assert row[:2] == [f"{results.shell_stiffness[q]:g}", "1"]
            for text, (mean, error) in zip(row[2:10], means):
                agree(text, mean[q], error[q])
            agree(row[10], accepted[q].mean(), accepted[q].std(ddof=1) / 3**0.5)
            tau = max(autocorrelation_time(f) for f in results.unstructured_records(q))
            assert parse(row[11]) == pytest.approx(tau, rel=0.06)


def test_numbers_of_replica_exchange(files, pages):
    """Pairs and round trips."""
    _, [_, row] = tables(pages["exchange"])
    with h5py.File(files["exchange"], "r") as file:
        group = file["mc/replica_exchange"]
        attempted, accepted = group["attempted"][()].sum(), group["accepted"][()].sum()
        assert f"round trips: {group['round_trips'][()].sum()}." in pages["exchange"]
    assert row[:2] == ["Kshell / K = 1", "Kshell / K = 1.5"] and row[3] == str(attempted)
    assert parse(row[2]) == pytest.approx(accepted / attempted, rel=0.006)


def test_numbers_of_the_interactions(files, pages):
    """The range of V, also where only rows of it are in the file; zero modes and eigenvalues."""
    for name, stiffnesses in (("potential", 2), ("bulk potential", 1)):
        [[_, *rows]] = tables(pages[name])
        with File(files[name]) as run:
            for row, v in zip(rows, [run.potential(index) for index in range(stiffnesses)], strict=True):
                others = v[~np.eye(len(v), dtype=bool)]
                expected = [np.diag(v).min(), np.diag(v).max(), others.min(), others.max(), np.trace(v)]
                assert [parse(text) for text in row[1:]] == pytest.approx(expected, rel=6e-4)
    [[_, *rows]] = tables(pages["spectrum"])
    with h5py.File(files["spectrum"], "r") as file:
        for row, matrix in zip(rows, "VD", strict=True):
            group = file[f"spectrum/{matrix}"]
            modes = group.attrs["zero_modes"]
            assert row[1:3] == [str(modes), str(group.attrs["zero_modes_expected"])]
            assert [parse(text) for text in row[3].split(", ")] == pytest.approx(
                group["eigenvalue"][modes:], rel=6e-4)


def test_caption_of_a_single_state(pages, tmp_path):
    assert tool("report", make(tmp_path / "one.h5", COMMANDS["mc"].replace("1,3", "1"))).returncode == 0
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    for words in ("a histogram of f", "replicas (thin) and their mean (bold), and the composition at depths"):
        assert words in page and words not in pages["mc"]


def test_no_digits_of_rounding(tmp_path):
    """V of four sites, which every arrangement fits, is zero, and told so."""
    rows = "".join(f"\nCd {x / 2**0.5} {y / 2**0.5} {z / 2**0.5}" for x, y, z in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)))
    (tmp_path / "four.xyz").write_text(f"4\nProperties=species:S:1:pos:R:3{rows}\n", encoding="utf-8")
    path = make(tmp_path / "v.h5", f"potential -lattice_type fcc -lattice_shape file -lattice_file {tmp_path}/four.xyz")
    assert tool("report", path).returncode == 0
    assert tables(path.with_suffix(".html").read_text(encoding="utf-8"))[0][1] == ["1", "0", "0", "0", "0", "0"]


def test_order_of_the_bulk(pages):
    """Below the eigenvalues: the range of V_q, where its ends are, and the temperature; the caption is of what is drawn."""
    assert "Softest modes of a periodic crystal (triangular box)" in pages["bulk"]
    assert "phonons along the path" in pages["bulk"] and "lowest eigenvalues; below" not in pages["bulk"]
    _, [head, *rows] = tables(pages["bulk"])
    assert head == ["", "ε", "at q, 1/a"]
    mean, least, greatest, temperature = (parse(row[1]) for row in rows)
    assert 3.5 < mean < 3.7 and (least, greatest) == (3, 4)
    assert temperature == pytest.approx(mean - 3, abs=2e-3) and rows[1][2] == "K (4.189, 0)"


def warned(path):
    with File(path) as results:
        return "\n".join(warnings(results))


@pytest.mark.parametrize("name", ["kmc", "mc", "exchange", "potential", "spectrum", "bulk"])
def test_no_warnings(files, pages, name):
    """Of runs that are complete, long and consistent."""
    assert warned(files[name]) == "" and "No warnings." in pages[name]


def test_page_tells_the_schedule(pages):
    """In words and in a picture, beside that of the phases; runs without one have neither."""
    assert "2 changes up to t\u00a0=\u00a04 k⁻¹: Δμ from −8 to 8, kT from 0.5 to 1" in pages["cycle"]
    assert pages["cycle"].count("<figure>") == pages["kmc"].count("<figure>") + 1
    assert "what drives and the composition" in pages["cycle"] and "Schedule" not in pages["kmc"]


def test_page_carries_the_warnings(pages):
    assert "Only 2 trajectories" in pages["few"] and "No warnings." not in pages["few"]


def unfinished(path, copy, **datasets):
    change(path, copy, **datasets)
    with h5py.File(copy, "r+") as file:
        file.attrs.modify("complete", 0)
    return copy


def test_warnings_of_exchange(files, tmp_path):
    """Unfinished, few trajectories, incomplete ones, halves that differ."""
    done = np.arange(60) % 2
    text = warned(unfinished(files["kmc"], tmp_path / "part.h5", kmc__done=done))
    assert "not finished: 30 of 60 trajectories" in text
    assert warned(files["few"]).startswith("Only 2 trajectories")
    with h5py.File(files["late"], "r") as file:
        late = np.isnan(file["kmc/completion_time"][()]).sum()
    assert f"{late} of 40 trajectories were not complete" in warned(files["late"])
    with h5py.File(files["kmc"], "r") as file:
        slow, f = file["kmc/completion_time"][()], file["kmc/f"][()]
    slow[30:] += 2 * slow.std()
    text = warned(change(files["kmc"], tmp_path / "slow.h5", kmc__completion_time=slow))
    assert re.search(r"first half of the trajectories differs .*: completion time by \d+\.\d joint "
                     r"standard errors\.$", text), text
    f[30:] = f[30:, :, ::-1]
    text = warned(change(files["kmc"], tmp_path / "f.h5", kmc__f=f))
    assert "first half of the trajectories" in text and "f_{S₁} by" in text


def test_warnings_of_equilibrium(files, tmp_path):
    """Unfinished, short, not settled, replicas that disagree, no round trip."""
    with h5py.File(files["mc"], "r") as file:
        f, done = file["mc/f"][()], file["mc/sweeps_done"][()]

    def of(name, values, source="mc"):
        return warned(change(files[source], tmp_path / "copy.h5", **{name: values}))

    done[1, 2] = 1200
    text = warned(unfinished(files["mc"], tmp_path / "part.h5", mc__sweeps_done=done))
    assert "not finished: 1200 of 4200 sweeps" in text
    done[1, 2] = 220
    assert re.search(r"Shorter than 50 autocorrelation times.*: K_{shell} / K = 3 \(\d+ times that of f_{U}\)",
                     of("mc__sweeps_done", done))
    drift = f.copy()
    drift[0, 1, 2000:, 0] += 0.2
    assert "Not yet in equilibrium" in of("mc__f", drift)
    apart = f.copy()
    apart[1, 0, :, 1] += 0.2
    text = of("mc__f", apart)
    assert text.count("\n") == 0 and re.search(
        r"Replicas disagree.*: K_{shell} / K = 3 \(f_{S₁} by \d+\.\d joint standard errors\)", text)
    frozen = f.copy()
    frozen[0] = [[[0.1, 0.2, 0.3, 0.4, 0]]]
    unequal = [[4200, 3199, 2072], [4200, 4200, 4200]]
    text = warned(change(files["mc"], tmp_path / "frozen.h5", mc__f=frozen,
                         mc__sweeps_done=unequal))
    assert text.count("\n") == 0 and text.startswith("The run is not finished: 2072")
    frozen[0, 1] = [0.2, 0.1, 0.3, 0.4, 0]
    assert "Replicas disagree" in of("mc__f", frozen)
    assert "no round trip" in of("mc__replica_exchange__round_trips", 0, "exchange")


@pytest.mark.parametrize("sweeps", [80, 4000])
def test_program_says_the_same(tmp_path, sweeps):
    """Its summary has the same autocorrelation times. (test_warnings.py compares what all warn of.)"""
    path = tmp_path / "mc.h5"
    said = run(f"{COMMANDS['mc']} -lattice_edge 6 -model_kT 0.2 -mc_sweeps {sweeps} "
               f"-mc_snapshot_every {sweeps} -quiet -output_file {path}").stdout
    times = [float(tau) for tau in re.findall(r"autocorrelation time of f_U (\S+) sweeps", said)]
    with File(path) as results:
        assert [longest_time(results, q) for q in range(2)] == pytest.approx(times, rel=6e-3)
    assert ("Shorter than 50" in warned(path)) == ("Shorter than 50" in said) == (sweeps == 80)


def test_warning_of_zero_modes(files, tmp_path):
    path = change(files["spectrum"], tmp_path / "modes.h5")
    with h5py.File(path, "r+") as file:
        file["spectrum/D"].attrs["zero_modes"] = 2
    assert warned(path) == "D has 2 zero modes, where theory expects 3."


@pytest.mark.parametrize("name", COMMANDS)
def test_page_stands_alone(pages, name):
    """Nothing is loaded from elsewhere; the size is modest."""
    page = pages[name]
    for target in re.findall(r"""(?:src|href)\s*=\s*["']?([^"'\s>]*)""", page):
        assert target.startswith("data:"), target
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|<link rel=.?stylesheet", page)
    assert "default-src 'none'" in page and len(page) < 2_000_000
    assert ("<figure>" in page) == (name != "tiny")
    assert ('id="player"' in page) == (name not in ("potential", "bulk potential", "spectrum", "bulk"))


def test_page_says_what_it_is(files, pages):
    """Command, lattice, versions, state, and the input that reproduces it."""
    with File(files["mc"]) as results:
        about = results.attributes
        for text in (f"nixe mc, version {about['version']}, commit {about['commit']}", "complete",
                     "hexagon, 4 core sites an edge; 61 sites; f is averaged over 19 of them",
                     "build/nixe mc -input input.yaml -output_file again.h5", f">{results.input}</pre>"):
            assert text in unescape(pages["mc"]), text


def test_names_are_escaped(files, tmp_path):
    """A file's name and attributes do not become part of the page's markup."""
    path = change(files["few"], tmp_path / "a <b>&'$x.h5")
    with h5py.File(path, "r+") as file:
        file.attrs["commit"] = "</script><script>alert(1)</script>"
    output = tmp_path / "other.html"
    assert tool("report", path, "-o", output).returncode == 0
    page = output.read_text(encoding="utf-8")
    assert "alert(1)</script>" not in page and "<b>" not in page
    assert "a &lt;b&gt;&amp;&#x27;$x.h5" in page


def unpack(row, sites):
    """Snapshots x sites of the player's codes, by the description in nixe/player.py."""
    data = np.frombuffer(b64decode(row["cells"]), np.uint8).reshape(row["count"], -1)
    return np.stack([data & 15, data >> 4], axis=-1).reshape(row["count"], -1)[:, :sites]


@pytest.mark.parametrize("name", ["kmc", "few", "mc"])
def test_player(files, pages, name):
    """The packed configurations are those of the file, with the reader's phases."""
    data = json.loads(re.search(r'id="data">(.*?)</script>', pages[name])[1])
    with File(files[name]) as results:
        sites = len(results.position)
        if name == "mc":
            stored = [x for q in range(2) for x in results.replicas("snapshot/sigma", q)]
            first = 0
        else:
            stored = results.trajectories("snapshot/sigma")[:10]
            first = list(results.snapshot_time).index(data["at"][0])
        assert len(data["rows"]) == len(stored)
        for row, sigma in zip(data["rows"], stored):
            codes = unpack(row, sites)
            sigma, rest = sigma[first:first + row["count"]], sigma[first + row["count"]:]
            assert np.array_equal(codes >> 3, sigma > 0)
            assert not len(rest) or np.all(rest == sigma[-1])
            for configuration, code in zip(sigma, codes & 7):
                for index, mask in enumerate(results.sites_by_phase(configuration).values()):
                    assert np.array_equal(code == index, mask)
                assert np.array_equal(code == player.SHELL, results.layer > 0)


def test_player_is_thinned(files, monkeypatch):
    """Of many snapshots, as many as there is room for, the last among them."""
    monkeypatch.setattr(player, "BYTES", 4 * 10 * 19)
    with File(files["kmc"]) as results:
        data = player.player(results)
        assert len(data["at"]) == 4
        assert np.all(results.snapshots(0)[list(results.snapshot_time).index(data["at"][-1])] == -1)


@pytest.mark.parametrize("case, sentence", [
    ("missing", "There is no file"), ("text", "is not an HDF5 file"),
    ("foreign", "not one of nixe"), ("no command", "no results"),
    ("none done", "holds no complete trajectory yet"), ("no records", "too few records"),
    ("no folder", "No such file or directory.*nowhere"), ("ending", "not named as a page"),
    ("itself", "not named as a page")])
def test_bad_input(files, tmp_path, case, sentence):
    """One sentence, status 2, no page."""
    path, output = tmp_path / "x.h5", tmp_path / "page.html"
    if case == "text":
        path.write_text("no HDF5")
    elif case == "foreign":
        h5py.File(path, "w").close()
    elif case == "no command":
        with h5py.File(path, "w") as file:
            file.attrs["program"], file.attrs["format_version"] = "nixe", 2
    elif case == "none done":
        unfinished(files["kmc"], path, kmc__done=0)
    elif case == "no records":
        unfinished(files["mc"], path, mc__sweeps_done=203)
    elif case != "missing":
        change(files["few"], path)
    if case == "no folder":
        output = tmp_path / "nowhere" / "page.html"
    elif case == "ending":
        output = tmp_path / "page.txt"
    elif case == "itself":
        path = output = path.rename(tmp_path / "x.html")
    before = output.read_bytes() if case == "itself" else None
    result = tool("report", path, "-o", output)
    last = result.stderr.splitlines()[-1]
    assert result.returncode == 2 and re.search(sentence, last) and last.startswith("report")
    assert len(result.stderr.splitlines()) == 1 or case in ("ending", "itself")
    assert output.read_bytes() == before if before else not output.exists()
