"""The page in a real browser: at a phone's width and a desk's, in the light, in the dark and on paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from sflydwh.report.page import page
from tests.report.browsers import executable
from tests.report.pages import EMPTY, FACTS

PAGES = {"full": FACTS, "empty": EMPTY}
WIDTHS = (390, 1280)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=executable())
        yield found
        found.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    found = {name: folder / f"{name}.html" for name in PAGES}
    for name, facts in PAGES.items():
        found[name].write_text(page(facts), "utf-8")
    return found


@pytest.fixture(params=[(name, width, scheme) for name in PAGES for width in WIDTHS for scheme in ("light", "dark")])
def opened(
    request: pytest.FixtureRequest, browser: Browser, files: dict[str, Path]
) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what it asked for or complained of."""
    name, width, scheme = request.param
    # Only so that the page can be examined by a script of ours: nothing of its own depends on it.
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    found = context.new_page()
    seen: list[str] = []
    found.on("request", lambda request: seen.append(request.url))
    found.on("console", lambda message: seen.append(message.text))
    found.on("pageerror", lambda error: seen.append(str(error)))
    found.goto(files[name].as_uri())
    yield found, seen
    context.close()


def test_people_can_use_it(opened: tuple[Page, list[str]]) -> None:
    found, seen = opened
    assert seen == [found.url]
    assert found.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert found.evaluate("document.scripts.length") == 0
    for details in found.query_selector_all("summary"):
        details.click()
    assert found.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    violations = Axe().run(found).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []


def test_no_text_of_a_chart_is_cut_off(opened: tuple[Page, list[str]]) -> None:
    found, _ = opened
    cut = found.evaluate(
        """() => [...document.querySelectorAll('.chart svg')].flatMap(svg => {
            const box = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter(text => {
                const one = text.getBoundingClientRect();
                return one.width && (one.left < box.left - 1 || one.right > box.right + 1);
            }).map(text => text.textContent);
        })"""
    )
    assert cut == []


def test_the_policy_stops_what_might_get_in(browser: Browser, tmp_path: Path) -> None:
    """Were an id ever taken for markup, the page's own policy would still run no script and fetch nothing."""
    html = page(FACTS).replace(
        "<main>",
        '<main><img src="http://127.0.0.1:9/x.png" onerror="document.title=1"><script>document.title=2</script>',
    )
    file = tmp_path / "page.html"
    file.write_text(html, "utf-8")
    found = browser.new_page()
    answered: list[str] = []
    found.on("response", lambda response: answered.append(response.url))
    found.goto(file.as_uri())
    assert found.title() == "Which customers are worth most, as of 31 December 2017"
    assert answered == [file.as_uri()]
    found.close()


def test_it_prints(browser: Browser, files: dict[str, Path]) -> None:
    found = browser.new_page()
    found.goto(files["full"].as_uri())
    found.emulate_media(media="print")
    # The next frame has them open.
    found.wait_for_function(
        "[...document.querySelectorAll('details table')].every(each => each.checkVisibility({contentVisibilityAuto: true}))"
    )
    pdf = found.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 20_000
    found.close()


def test_the_colours_of_charts_change_with_the_scheme(browser: Browser, files: dict[str, Path]) -> None:
    colours = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
        found = context.new_page()
        found.goto(files["full"].as_uri())
        colours.append(
            found.evaluate(
                "[...new Set([...document.querySelectorAll('svg [fill^=\"#\"]')].map(each => getComputedStyle(each).fill))]"
            )
        )
        context.close()
    assert len(colours[0]) > 5
    assert not set(colours[0]) & set(colours[1])
