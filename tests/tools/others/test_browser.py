"""The report in Debian's Chromium: it loads, plays, fits the window, shows what the file holds."""
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from harness import ROOT, make
from tooling import cut

from nixe.draw import COLOUR, SPECIES, SPECIES_3D
from nixe.file import File

webdriver = pytest.importorskip("selenium.webdriver")
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

FLAGS = ("--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
         "--disable-background-networking --disable-component-update --disable-sync")
SAMPLING = ("-mc_equilibration 50 -mc_sweeps 400 -mc_area_every 50 -mc_snapshot_every 100 "
            "-ensemble_size 2")
COMMANDS = {
    "hexagon": "kmc -lattice_edge 6 -ensemble_size 3",
    "cube": "kmc -lattice_shape cube -lattice_edge 5 -model_kT 1.5 -model_dmu -200 "
            "-ensemble_size 2",
    "rod": "kmc -lattice_type hcp -lattice_shape rod -lattice_radius 2.1 -lattice_length 7 -model_kT 0.6 -ensemble_size 2",
    "square": "kmc -lattice_type square -lattice_shape disc -lattice_radius 4 -ensemble_size 2",
    "shell": f"mc -lattice_edge 5 -shell_layers 2 -shell_stiffness 1,4 {SAMPLING}",
    "spectrum": "spectrum -lattice_edge 3",
}


@pytest.fixture(scope="module")
def browser(folder):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (*FLAGS.split(), f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def files(folder):
    """{name: file}, each with its page beside it."""
    found = {name: make(folder / f"{name}.h5", command) for name, command in COMMANDS.items()}
    for path in found.values():
        subprocess.run([sys.executable, ROOT / "tools" / "report.py", path], check=True)
    return found


@pytest.fixture
def load(browser, files):
    """Load a page; there must be no errors on the console, then or at the end."""
    def at(name):
        browser.get(files[name].with_suffix(".html").as_uri())
        assert browser.get_log("browser") == []
        return files[name]

    yield at
    assert browser.get_log("browser") == []


def element(browser, name):
    return browser.find_element(By.ID, name)


def move(browser, name, value):
    """Set a slider as a reader's hand would."""
    browser.execute_script("arguments[0].value = arguments[1]; "
                           "arguments[0].dispatchEvent(new Event('input'))",
                           element(browser, name), value)


def colours(browser):
    """{site: the colour it has on the screen, as #rrggbb}."""
    found = browser.execute_script("""
        return [...document.querySelectorAll("#crystal path")].map(
            (path) => [path.dataset.site, getComputedStyle(path).fill])""")
    return {int(site): "#" + "".join(f"{int(x):02x}" for x in fill[4:-1].split(","))
            for site, fill in found}


def legend(browser):
    """{name: fraction} beside the crystal."""
    return {item.get_attribute("data-name"): float(item.find_element(By.CLASS_NAME, "value").text)
            for item in browser.find_elements(By.CSS_SELECTOR, "#legend li")}


def expected(results, sigma, view):
    """{site: colour} of a configuration."""
    pale = view == "phases"
    found = {}
    for site, spin in enumerate(sigma):
        species = SPECIES if pale or results.layer[site] else SPECIES_3D
        found[site] = species[int(spin)]
    if pale:
        for phase, mask in results.sites_by_phase(sigma).items():
            found |= {site: COLOUR[phase] for site in mask.nonzero()[0]}
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_loads(load, browser, name):
    """Without errors, and with what it should show."""
    load(name)
    assert browser.find_element(By.TAG_NAME, "h1").text.count("nanocrystal") == 1
    pictures = browser.execute_script("return [...document.images].map((i) => i.naturalWidth)")
    assert pictures and all(width > 1000 for width in pictures)


def test_slider_shows_the_snapshots(load, browser):
    """Colours, time stamp and fractions are those of the file, in both views, of every row."""
    with File(load("hexagon")) as results:
        seen = set()
        for row in range(3):
            Select(element(browser, "row")).select_by_index(row)
            sigma = results.snapshots(row)
            count = int(element(browser, "snapshot").get_attribute("max")) + 1
            for snapshot in range(count):
                move(browser, "snapshot", snapshot)
                stamp = element(browser, "stamp").text
                at = number(stamp)
                match = abs(results.snapshot_time / at - 1).argmin()
                assert results.snapshot_time[match] == pytest.approx(at, rel=0.006)
                for view in ("phases", "ions"):
                    browser.find_element(By.CSS_SELECTOR, f"input[value={view}]").click()
                    assert colours(browser) == expected(results, sigma[match], view)
                fractions = legend(browser)
                assert fractions["A"] == pytest.approx((sigma[match] > 0).mean(), abs=6e-4)
                f = results["/kmc/f"][row][abs(results.time / at - 1).argmin()]
                for phase, value in zip(results.phases, f):
                    assert fractions[phase] == pytest.approx(value, abs=6e-4)
                seen.add((row, stamp, str(colours(browser))))
        assert count >= 5 and len({picture for *_, picture in seen}) > 5
        assert len({(row, stamp) for row, stamp, _ in seen}) == 3 * count


def number(stamp):
    """The time of a stamp such as `t = 3.16×10⁻⁴ k⁻¹`."""
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
    text = stamp.split()[2].translate(digits)
    if "10-" in text and "×" not in text:
        return float(text.replace("10-", "1e-"))
    return float(text.replace("×10", "e"))


def test_states_and_replicas(load, browser):
    """Another state keeps the replica; the configuration is that of the file."""
    with File(load("shell")) as results:
        Select(element(browser, "row")).select_by_visible_text("replica 1")
        for state, stiffness in enumerate((1, 4)):
            Select(element(browser, "group")).select_by_visible_text(f"K_shell / K = {stiffness}")
            chosen = Select(element(browser, "row")).first_selected_option.text
            assert chosen == "replica 1"
            sigma = results.replicas("snapshot/sigma", state)[1]
            for snapshot in (0, len(sigma) - 1):
                move(browser, "snapshot", snapshot)
                sweep = results["/snapshot_sweep"][snapshot]
                assert element(browser, "stamp").text == f"sweep {sweep}"
                assert colours(browser) == expected(results, sigma[snapshot], "phases")


@pytest.mark.parametrize("name", ["cube", "rod"])
def test_layers(load, browser, name):
    """Each position of the layer slider shows one layer; the middle one at first."""
    with File(load(name)) as results:
        level = results.position[:, 2].round(6)
        heights = sorted(set(level))
        move(browser, "snapshot", 0)
        at = number(element(browser, "stamp").text)
        snapshot = abs(results.snapshot_time / at - 1).argmin()
        whole = expected(results, results.snapshots(0)[snapshot], "ions")
        middle = (level == heights[len(heights) // 2]).nonzero()[0]
        assert colours(browser) == {site: whole[site] for site in middle}
        for layer, height in enumerate(heights):
            move(browser, "layer", layer)
            shown = colours(browser)
            assert set(shown) == set((level == height).nonzero()[0])
            assert shown == {site: whole[site] for site in shown}
            assert element(browser, "depth").text == f"{layer + 1} of {len(heights)}"


def test_square(load, browser):
    """By composition at first, with squares about the sites."""
    with File(load("square")) as results:
        assert len(browser.find_elements("css selector", "#crystal path")) == len(results.position)
        move(browser, "snapshot", 0)
        at = number(element(browser, "stamp").text)
        snapshot = abs(results.snapshot_time / at - 1).argmin()
        assert colours(browser) == expected(results, results.snapshots(0)[snapshot], "ions")
        outline = browser.find_element("css selector", "#crystal path").get_attribute("d")
        x, y = zip(*[map(float, corner.split(",")) for corner in outline.strip("MZ").split("L")])
        assert len(x) == 4 and max(x) - min(x) == pytest.approx(1) and max(y) - min(y) == pytest.approx(1)


def test_plays(load, browser):
    """From the last snapshot back to the first, and on to the last; a click in between stops it."""
    load("hexagon")
    button, slider = element(browser, "play"), element(browser, "snapshot")

    def place():
        return int(slider.get_attribute("value"))

    last = int(slider.get_attribute("max"))
    move(browser, "snapshot", last)
    button.click()
    assert button.text == "Pause" and place() <= 1
    WebDriverWait(browser, 10, 0.05).until(lambda _: place() >= 2)
    button.click()
    stopped = place()
    time.sleep(0.6)
    assert button.text == "Play" and place() == stopped < last
    marker = element(browser, "marker").get_attribute("x1")
    button.click()
    WebDriverWait(browser, 20, 0.1).until(lambda _: place() == last and button.text == "Play")
    assert element(browser, "marker").get_attribute("x1") != marker
    assert legend(browser)["U2"] == 1


def test_keyboard(load, browser):
    """The slider moves by arrow keys, the button plays by the space bar; both are labelled."""
    load("hexagon")
    slider, button = element(browser, "snapshot"), element(browser, "play")
    slider.send_keys(Keys.HOME)
    stamp = element(browser, "stamp").text
    slider.send_keys(Keys.ARROW_RIGHT)
    assert slider.get_attribute("value") == "1" and element(browser, "stamp").text != stamp
    assert slider.get_attribute("aria-valuetext") == element(browser, "stamp").text
    assert slider.accessible_name == "Snapshot" and slider.aria_role == "slider"
    button.send_keys(Keys.SPACE)
    assert button.text == "Pause"
    button.send_keys(Keys.SPACE)
    for field in browser.find_elements(By.CSS_SELECTOR, "select, input, button"):
        assert field.accessible_name or not field.is_displayed()


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 2560])
def test_fits_the_window(load, browser, name, width):
    """Nothing makes the page wider than its window, whether a phone's or a wall's."""
    size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        load(name)
        inner, page = browser.execute_script(
            "const page = document.documentElement; return [page.clientWidth, page.scrollWidth]")
        assert page <= inner <= width
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_dark_and_print(load, browser):
    """The page follows the reader's scheme; crystals stay on white; paper has no controls."""
    def look(media="", scheme="light"):
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": media, "features": [{"name": "prefers-color-scheme", "value": scheme}]})
        return browser.execute_script("""
            const style = (selector) => getComputedStyle(document.querySelector(selector));
            return [style("body").backgroundColor, style("body").color,
                    style(".stage").backgroundColor, style(".controls").display]""")

    load("hexagon")
    white = "rgb(255, 255, 255)"
    light, dark, paper = look(), look(scheme="dark"), look("print", "dark")
    assert light[0] == light[2] == dark[2] == paper[0] == white
    assert max(map(int, dark[0][4:-1].split(","))) < 60 < min(map(int, dark[1][4:-1].split(",")))
    assert paper[1] == "rgb(0, 0, 0)" and paper[3] == "none" and light[3] == "flex"
    look()


def test_live_look(browser, files, tmp_path):
    """A page of a file that is not there yet follows the file to its end, by itself, with what the reader has chosen; then it
    stays, and the tool has ended."""
    path, page = tmp_path / "live.h5", tmp_path / "live.html"

    def grow(**reached):
        whole = files["hexagon"]
        (cut(whole, tmp_path / "new", **reached) if reached else Path(shutil.copy(whole, tmp_path / "new"))).rename(path)

    def says(words):
        WebDriverWait(browser, 240, 0.2, ignored_exceptions=[WebDriverException]).until(
            lambda _: words in browser.find_element(By.TAG_NAME, "body").text)

    watcher = subprocess.Popen([sys.executable, ROOT / "tools" / "report.py", "--watch", path], text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        WebDriverWait(browser, 240, 0.2).until(lambda _: page.exists())
        browser.get(page.as_uri())
        says("The file is not there yet.")
        grow(row0=30, row1=0, row2=0)
        says("Not complete: trajectory 0 up to t = ")
        assert browser.execute_script("return document.images.length") == 1
        grow(row2=40)
        says("2 of 3 trajectories are there")
        Select(element(browser, "row")).select_by_visible_text("trajectory 1")
        browser.find_element(By.CSS_SELECTOR, "input[value=ions]").click()
        move(browser, "snapshot", 2)
        stamp = element(browser, "stamp").text
        grow()
        assert watcher.wait(240) == 0 and f"wrote {page}" in watcher.stdout.read()
        WebDriverWait(browser, 240, 0.2, ignored_exceptions=[WebDriverException]).until(
            lambda _: "location.reload" not in browser.page_source)
        says("complete")
        assert browser.execute_script("return document.images.length") == 2
        assert element(browser, "stamp").text == stamp                     # as the reader has left it
        assert Select(element(browser, "row")).first_selected_option.text == "trajectory 1"
        assert browser.find_element(By.CSS_SELECTOR, "input[value=ions]").is_selected()
        assert browser.get_log("browser") == []
    finally:
        watcher.kill()
        watcher.wait()
