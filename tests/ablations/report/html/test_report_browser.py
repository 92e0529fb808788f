"""The pages in a real browser: headless Chromium. Skipped where there is none."""

import shutil
from pathlib import Path

import pytest

from ablations.records.store import Store
from ablations.report.html.pages import write_index, write_report
from ablations.report.ledger import collect_ledger
from tests.support.trials import CLAIMED, FC, GAP, fill, record

webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium: pip install -e '.[dev]'")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="needs Chromium and its driver: apt-get install chromium chromium-driver"
)
# The browser reads nothing of the user's profile and sends no requests by itself.
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """Pages of a study with a trial that diverged, and of the ledger."""
    root = tmp_path_factory.mktemp("results")
    store = fill(Store(root / "tiny"), CLAIMED, {"gap": GAP, "fc": FC})
    store.write(record(CLAIMED, "fc", 7, None, status="diverged", reason="loss nan in epoch 1"), None)
    write_report(CLAIMED, root)
    write_index(collect_ledger([CLAIMED], root), [CLAIMED], root)
    return root


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for switch in (*QUIET, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def show(browser, path: Path, *, width=1280, scheme="light"):
    """Opens a page in a window of `width` pixels, with the preferred colour scheme `scheme`."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(path.as_uri())


@pytest.fixture
def report(browser, out):
    show(browser, out / "tiny" / "report.html")
    return browser


def variants(browser) -> list[str]:
    return browser.execute_script(
        "return [...document.querySelectorAll('tr.variant')].map(r => r.cells[0].dataset.key)"
    )


def header(browser, name: str):
    (found,) = (cell for cell in browser.find_elements("css selector", "th[data-sort]") if cell.text.startswith(name))
    return found


def luminance(browser, element: str, what: str) -> float:
    """Relative luminance of a colour, as WCAG defines it."""
    style = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    colour = browser.execute_script(style, element, what)
    channels = [int(value) / 255 for value in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("name", ["tiny/report.html", "index.html"])
def test_it_opens_without_an_error_and_asks_for_nothing(browser, out, name):
    browser.get_log("browser"), browser.get_log("performance")
    show(browser, out / name)
    assert browser.get_log("browser") == []
    sent = [
        entry["message"] for entry in browser.get_log("performance") if "Network.requestWillBeSent" in entry["message"]
    ]
    assert [message for message in sent if (out / name).as_uri() not in message and "data:," not in message] == []
    assert len(sent) >= 1, "the request for the page itself was seen"


def test_a_click_on_a_header_sorts_and_says_so(report):
    assert variants(report) == ["gap", "fc"]
    for name, first, second in (("top-1", ["gap", "fc"], ["fc", "gap"]), ("variant", ["fc", "gap"], ["gap", "fc"])):
        header(report, name).find_element("tag name", "button").click()
        assert (variants(report), header(report, name).get_attribute("aria-sort")) == (first, "ascending")
        header(report, name).find_element("tag name", "button").click()
        assert (variants(report), header(report, name).get_attribute("aria-sort")) == (second, "descending")
    assert len(report.find_elements("css selector", "th[aria-sort]")) == 1


def test_a_row_without_a_number_stays_last(report):
    for _ in range(2):
        header(report, "difference").find_element("tag name", "button").click()
        assert variants(report) == ["fc", "gap"], "the baseline has no difference"


def test_the_keyboard_sorts_too(report):
    header(report, "parameters").find_element("tag name", "button").send_keys("\n")
    assert header(report, "parameters").get_attribute("aria-sort") == "ascending"


def test_a_row_opens_its_trials(report):
    row, trials = report.find_elements("css selector", "tr.variant")[1], "tr.opened details"
    opened = report.find_elements("css selector", trials)[1]
    assert "loss nan" not in report.find_element("tag name", "main").text
    row.click()
    assert opened.get_attribute("open") and "loss nan in epoch 1" in opened.text
    assert len(opened.find_elements("css selector", ".trials > tbody > tr")) == 8
    row.click()
    assert not opened.get_attribute("open")
    opened.find_element("tag name", "summary").click()
    assert opened.get_attribute("open")


@pytest.mark.parametrize("name", ["tiny/report.html", "index.html"])
@pytest.mark.parametrize("width", [360, 390, 800, 1280])
def test_nothing_is_wider_than_the_screen(browser, out, name, width):
    show(browser, out / name, width=width)
    assert browser.execute_script("return document.documentElement.scrollWidth") == width


def test_a_phone_gets_the_narrow_drawings(browser, out):
    for width, form in ((390, "narrow"), (1280, "wide")):
        show(browser, out / "tiny" / "report.html", width=width)
        shown = [one for one in browser.find_elements("css selector", ".plot") if one.is_displayed()]
        assert len(shown) == 3, "no curves of one epoch"
        assert all(form in one.get_attribute("class") for one in shown)
        smallest = (
            "return Math.min(...[...document.querySelectorAll('.plot.' + arguments[0] + ' text')]"
            ".map(t => [parseFloat(getComputedStyle(t).fontSize), t.getScreenCTM()])"
            ".map(([size, turned]) => size * Math.hypot(turned.a, turned.b)))"
        )
        assert browser.execute_script(smallest, form) >= 9, "size of the smallest letters, in pixels"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_stand_out_from_what_is_behind_them(browser, out, scheme):
    show(browser, out / "tiny" / "report.html", scheme=scheme)
    page = luminance(browser, "body", "backgroundColor")
    assert (page < 0.05) == (scheme == "dark")
    for element in ("h1", ".ends", ".muted", "td", "nav a", "figcaption", ".badge"):
        low, high = sorted((page, luminance(browser, element, "color")))
        assert (high + 0.05) / (low + 0.05) >= 4.5, f"{element}: the contrast that WCAG asks of text"
    card = luminance(browser, "figure", "backgroundColor")
    low, high = sorted((card, luminance(browser, ".plot text", "fill")))
    assert (high + 0.05) / (low + 0.05) >= 7
    low, high = sorted((card, luminance(browser, '.plot path[style*="--blue"]', "stroke")))
    assert (high + 0.05) / (low + 0.05) >= 3, "the contrast that WCAG asks of drawings"


def test_paper_is_white_and_shows_every_trial(browser, out):
    show(browser, out / "tiny" / "report.html", scheme="dark")
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert "loss nan in epoch 1" in browser.find_element("tag name", "main").text
    assert luminance(browser, "body", "backgroundColor") == 1
    assert not browser.find_element("tag name", "nav").is_displayed()
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.find_elements("css selector", "tr.opened details[open]") == []


def test_it_can_be_read_without_its_script(browser, out):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, out / "tiny" / "report.html")
        assert browser.find_elements("css selector", "thead button") == [], "the script did not run"
        browser.find_elements("css selector", "tr.opened summary")[1].click()
        assert "loss nan in epoch 1" in browser.find_element("tag name", "main").text
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_index_leads_to_the_report(browser, out):
    show(browser, out / "index.html")
    browser.find_element("link text", "tiny").click()
    assert browser.current_url == (out / "tiny" / "report.html").as_uri()
