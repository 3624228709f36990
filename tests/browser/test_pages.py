"""The pages in a real browser, from the disk: what people do with them, and that they reach for nothing outside."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

AXE = (Path(__file__).parent / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
WIDE, PHONE = (1200, 900), (360, 740)
looks = pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (WIDE, "dark"), (PHONE, "light"), (PHONE, "dark")], ids=str)


@pytest.fixture(autouse=True)
def calm(browser: Chrome) -> Iterator[None]:
    """Every test sees a wide, light window, and after each the page has asked for nothing outside and complained of nothing."""
    look(browser, WIDE, "light")
    browser.get_log("performance")
    browser.get_log("browser")
    yield
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if urlsplit(url).scheme != "file"] == []
    assert browser.get_log("browser") == []


def look(browser: Chrome, size: tuple[int, int], scheme: str) -> None:
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


def opened(browser: Chrome, page: Path) -> Chrome:
    """The page as it is when all of it is there; a browser that is short of time may come back from an address too early."""
    browser.get("about:blank")
    browser.get(page.as_uri())
    there = f"return location.href === {json.dumps(page.as_uri())} && document.readyState === 'complete'"
    WebDriverWait(browser, 30, poll_frequency=0.02).until(lambda _: browser.execute_script(there))
    return browser


def text(browser: Chrome, selector: str) -> str:
    return browser.find_element(By.CSS_SELECTOR, selector).text


def click(browser: Chrome, selector: str) -> None:
    element = browser.find_element(By.CSS_SELECTOR, selector)
    browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", element)
    element.click()


def wait_for_rows(browser: Chrome, told: str) -> None:
    """A search begins when somebody has stopped typing for a moment."""
    WebDriverWait(browser, 10, poll_frequency=0.02).until(lambda _: text(browser, "#found") == told)


def shown(browser: Chrome) -> list[str]:
    return [row.text for row in browser.find_elements(By.CSS_SELECTOR, "#table tbody tr")]


def test_the_report_says_what_happened_and_lists_every_row(browser: Chrome, german: Path) -> None:
    opened(browser, german)

    assert text(browser, "h1") == "43 Zeilen gelesen: 34 erledigt, 9 brauchen Ihre Hilfe; 1 Datei war nicht lesbar."
    assert text(browser, "#found") == "43 von 43 Zeilen"
    assert len(shown(browser)) == 43
    assert browser.execute_script("return document.documentElement.lang") == "de"


def test_a_search_finds_rows_by_every_word_that_is_typed(browser: Chrome, german: Path) -> None:
    opened(browser, german).find_element(By.ID, "search").send_keys("NACHMELDUNGEN abgelehnt")

    wait_for_rows(browser, "2 von 43 Zeilen")
    assert all("nachmeldungen.xlsx" in row and "abgelehnt" in row for row in shown(browser))


def test_a_search_for_a_name_finds_its_rows(browser: Chrome, german: Path) -> None:
    opened(browser, german).find_element(By.ID, "search").send_keys("sandmann edda")

    wait_for_rows(browser, "1 von 43 Zeilen")
    assert "70012\n14.12.2026, 12:00\n90040\nSandmann-Pirol, Edda" in shown(browser)[0]


def test_filters_narrow_the_list_together_and_are_cleared_together(browser: Chrome, german: Path) -> None:
    opened(browser, german)

    click(browser, "button[data-choice=invalid]")
    assert text(browser, "#found") == "5 von 43 Zeilen"
    Select(browser.find_element(By.ID, "kind")).select_by_visible_text("kein zulässiger Wert")
    assert text(browser, "#found") == "2 von 43 Zeilen"
    Select(browser.find_element(By.ID, "file")).select_by_visible_text("termine_muenchen.csv")
    assert text(browser, "#found") == "Keine Zeile passt zu Suche und Filter."

    click(browser, "#clear")
    assert text(browser, "#found") == "43 von 43 Zeilen"
    assert browser.find_element(By.CSS_SELECTOR, "button[data-choice=invalid]").get_attribute("aria-pressed") == "false"


def test_the_count_of_a_verdict_leads_to_its_rows(browser: Chrome, german: Path) -> None:
    click(opened(browser, german), "a[data-verdict=conflict]")

    assert text(browser, "#found") == "2 von 43 Zeilen"
    assert all("widersprüchlich" in row for row in shown(browser))


def test_a_group_is_open_closes_by_keyboard_and_leads_to_its_rows(browser: Chrome, german: Path) -> None:
    opened(browser, german)
    group = browser.find_element(By.XPATH, "//details[contains(@class, 'group')][contains(summary, 'nicht mit dem Termin')]")

    assert "Prüfen Sie beide Nummern" in group.text
    group.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    assert "Prüfen Sie beide Nummern" not in group.text
    group.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    group.find_element(By.TAG_NAME, "a").send_keys(Keys.ENTER)

    assert text(browser, "#found") == "1 von 43 Zeilen"
    assert "Diese Adresse ist in onOffice nicht mit dem Termin verknüpft. Mit Termin 70012 (" in shown(browser)[0]


def test_the_first_stop_of_the_tabulator_skips_to_the_rows(browser: Chrome, german: Path) -> None:
    opened(browser, german).find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)

    assert browser.switch_to.active_element.text == "Direkt zur Liste aller Zeilen"


def test_all_links_lead_to_files_that_are_there(browser: Chrome, results: Path, german: Path) -> None:
    for page in (german, results / "index.html"):
        links = [link.get_attribute("href") for link in opened(browser, page).find_elements(By.CSS_SELECTOR, "a[href]")]
        places = {Path(url2pathname(urlsplit(link or "").path)) for link in links}

        assert len(places) >= 2
        assert [place for place in places if not place.exists()] == []


def test_the_overview_leads_to_a_report_and_the_report_back(browser: Chrome, results: Path, english: Path) -> None:
    opened(browser, results / "index.html")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".runs tbody tr")) == 2

    click(browser, ".runs tbody tr:last-child a")
    assert Path(url2pathname(unquote(urlsplit(browser.current_url).path))) == english
    assert browser.execute_script("return document.documentElement.lang") == "en"

    click(browser, "header nav a")
    assert browser.title == "Alle Abgleiche mit onOffice · Demo"


def test_twenty_thousand_rows_are_turned_page_by_page(browser: Chrome, long_page: Path) -> None:
    opened(browser, long_page)
    assert text(browser, "#found") == "20.000 von 20.000 Zeilen"
    assert text(browser, "#page") == "Seite 1 von 200"

    click(browser, "#forward")
    assert text(browser, "#page") == "Seite 2 von 200"
    assert shown(browser)[0].startswith("Zeile 102\n")

    browser.find_element(By.ID, "search").send_keys("89999")
    wait_for_rows(browser, "1 von 20.000 Zeilen")


def test_what_stands_in_a_cell_is_shown_and_not_obeyed(browser: Chrome, long_page: Path) -> None:
    opened(browser, long_page)

    assert "</script><img src=x onerror=alert(1)>" in shown(browser)[0]
    assert browser.find_elements(By.CSS_SELECTOR, "img, main script") == []


def test_without_javascript_the_groups_are_there_and_the_list_says_where_its_rows_are(browser: Chrome, german: Path) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        opened(browser, german)
        assert "Tabelle1, 2" in text(browser, "details.group")
        assert "stehen alle Zeilen in der Ergebnisdatei" in text(browser, "noscript")
        assert not browser.find_element(By.ID, "live").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_phone_shows_what_verdicts_mean_and_in_which_rows_something_changed(browser: Chrome, german: Path) -> None:
    look(browser, (390, 900), "light")
    opened(browser, german)
    browser.execute_script("document.querySelectorAll('details').forEach((each) => { each.open = true; })")

    assert "War anders, wurde in onOffice geändert." in text(browser, ".verdicts")
    assert "10 im Blatt „Tabelle1“" in text(browser, ".changes")


def test_a_phone_breaks_no_date_inside_the_year(browser: Chrome, german: Path) -> None:
    look(browser, (390, 900), "light")
    opened(browser, german)
    lines = browser.execute_script(
        """
        document.querySelectorAll('details').forEach((each) => { each.open = true; });
        return [...document.querySelectorAll('.entries td:nth-child(2) .known')].map((each) => {
            each.textContent = '28.10.2026, 10:00';
            const day = document.createRange();
            day.setStart(each.firstChild, 0);
            day.setEnd(each.firstChild, '28.10.2026,'.length);
            return day.getClientRects().length;
        })
        """
    )
    assert set(lines) == {1}


def test_paper_shows_what_is_folded_on_the_screen(browser: Chrome, german: Path) -> None:
    opened(browser, german)
    browser.execute_script(
        "addEventListener('beforeprint', () => { window.folded = document.querySelectorAll('details:not([open])').length; })"
    )
    before = browser.execute_script("return document.querySelectorAll('details:not([open])').length")

    assert base64.b64decode(browser.print_page()).startswith(b"%PDF")
    assert browser.execute_script("return window.folded") == 0
    assert browser.execute_script("return document.querySelectorAll('details:not([open])').length") == before > 0


@looks
@pytest.mark.parametrize("name", ["german", "english", "overview"])
def test_an_accessibility_checker_finds_nothing_and_nothing_sticks_out(
    browser: Chrome, request: pytest.FixtureRequest, name: str, size: tuple[int, int], scheme: str
) -> None:
    page = request.getfixturevalue("results") / "index.html" if name == "overview" else request.getfixturevalue(name)
    look(browser, size, scheme)
    opened(browser, page).execute_script("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    browser.execute_script(AXE)

    # in the dark only colours are others; what was found right is only counted, for to hand it over takes longer than to look
    rules = {"runOnly": ["cat.color"]} if scheme == "dark" else {}
    passed, violations = browser.execute_async_script(
        "axe.run(arguments[0]).then((found) => arguments[1]([found.passes.length, found.violations]))", rules
    )

    assert passed > (0 if rules else 20)
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in violations] == []
    assert browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
