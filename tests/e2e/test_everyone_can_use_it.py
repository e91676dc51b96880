"""Every page, for everyone: keyboard, small screens, accessibility rules, the security policy."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Visit, Visitor, window
from tests.live import Site

pytestmark = pytest.mark.browser
TABS = (
    *("", "data/", "rules/", "board/", "model/", "model/?by=harm", "rounds/", "preview/", "submissions/"),
    *("submit/", "team/", "team/leave/", "webhooks/"),
)
OTHERS = (
    *("/", "/submissions/", "/tokens/", "/docs/", "/docs/errors", "/docs/models", "/docs/sandbox", "/nowhere/"),
    *("/docs/statistics", "/docs/detectable", "/docs/engine", "/docs/permissions", "/docs/certificates"),
    *("/docs/undo", "/docs/webhooks", "/docs/api", "/docs/api/reference", "/docs/client", "/docs/hunters", "/account/"),
    *("/account/profile/", "/account/email/", "/account/sessions/", "/people/charlie/"),
)
OF_NOBODY = ("/login/", "/sign-up/", "/password-reset/")
OF_ORGANISERS = ("schedule/", "webhooks/", "admissions/", "open-round/", "merge-preview/", "model/0/roll-back/")
RULES: dict[str, Any] = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CONTRAST: dict[str, Any] = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


def addresses(slug: str) -> list[str]:
    tried = f"/competitions/{slug}/preview/?predicate=sex+%3D%3D+'Female'"
    return [*OTHERS, *(f"/competitions/{slug}/{tab}" for tab in TABS), tried]


def violations(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    # of all that is in order it need not tell each place
    found: Any = Axe().run(page, options=rules | {"resultTypes": ["violations"]}).response
    return [f"{v['id']}: {node['html'][:200]}" for v in found["violations"] for node in v["nodes"]]


@dataclass
class Seen:
    """What was found on every page, by its address."""

    rules: dict[str, list[str]]
    contrast_in_the_dark: dict[str, list[str]]
    width: dict[str, int]
    complaints: list[str]


@pytest.fixture(scope="module")
def seen(site: Site, browser: Browser, slug: str, judged: str) -> Iterator[Seen]:
    """Every page, looked at once: as it is, in the dark, and on the smallest screen."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    visitor = window(context, site, "charlie")
    seen = Seen({}, {}, {}, visitor.complaints)
    for path in [*addresses(slug), judged]:
        _look(visitor.open(path), path, seen)
        if path == "/nowhere/":
            visitor.complaints.clear()  # the browser reports every answer that is no page
    yield seen
    context.close()


def _look(page: Page, path: str, seen: Seen) -> None:
    """``seen`` keeps what is wrong; the window is left as it was found."""
    page.set_viewport_size({"width": 320, "height": 800})
    seen.width[path] = _width(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.evaluate(SHORTEN)
    seen.rules[path] = violations(page)
    page.emulate_media(color_scheme="dark")
    seen.contrast_in_the_dark[path] = violations(page, CONTRAST)
    page.emulate_media(color_scheme="light")


# The rows of a table are made alike: a thousand of them, each looked at, take minutes and tell what the first do.
SHORTEN = "document.querySelectorAll('tbody').forEach(body => [...body.rows].slice(5).forEach(row => row.remove()))"


def test_no_page_breaks_a_rule_of_accessibility(seen: Seen, visit: Visit) -> None:
    assert {path: broken for path, broken in seen.rules.items() if broken} == {}
    page = visit("charlie").open("/")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert any(broken.startswith("html-has-lang") for broken in violations(page))


def test_nor_does_one_of_those_that_sign_in_or_organise(visit: Visit, slug: str) -> None:
    stranger, organiser = visit(), visit("olga")
    found = {path: broken for path in OF_NOBODY if (broken := violations(stranger.open(path)))}
    pages = [f"/competitions/{slug}/{page}" for page in OF_ORGANISERS]
    found |= {path: broken for path in pages if (broken := violations(organiser.open(path)))}
    assert found == {}


def test_text_stands_out_in_the_dark_too(seen: Seen, visit: Visit) -> None:
    assert {path: broken for path, broken in seen.contrast_in_the_dark.items() if broken} == {}
    page = visit("charlie", color_scheme="dark").open("/")
    page.evaluate("document.querySelector('main p').style.color = '#333'")
    assert violations(page, CONTRAST)


def test_no_page_scrolls_sideways_on_the_smallest_screen(seen: Seen, visit: Visit) -> None:
    assert {path: width for path, width in seen.width.items() if width > 320} == {}
    page = visit("charlie", width=320).open("/")
    page.evaluate("document.querySelector('main').style.width = '400px'")
    assert _width(page) > 320


def _width(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


def test_no_page_breaks_the_security_policy(seen: Seen, visit: Visit) -> None:
    assert seen.complaints == []
    visitor = visit("charlie")
    visitor.open("/").evaluate("document.body.setAttribute('style', 'color: red')")
    visitor.page.wait_for_timeout(100)
    assert "Content Security Policy" in visitor.complaints[0]


def test_the_first_tab_skips_to_the_content(visit: Visit) -> None:
    page = visit().open("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_keyboard_reaches_everything_in_reading_order_and_shows_where_it_is(visit: Visit, slug: str) -> None:
    visitor = visit()
    for path in ("/", f"/competitions/{slug}/preview/"):
        page = visitor.open(path)
        expected = page.evaluate(FOCUSABLE)
        reached = [_tab(page) for _ in range(expected)]
        assert [at["order"] for at in reached] == list(range(expected)), path
        assert all(at["outline"] >= 3 for at in reached), path


FOCUSABLE = """() => {
  const kinds = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const all = [...document.querySelectorAll(kinds)]
    .filter(e => e.checkVisibility() && !e.disabled);
  all.forEach((e, i) => { e.dataset.order = i; });
  return all.length;
}"""
FOCUSED = """() => {
  const e = document.activeElement;
  return { order: Number(e.dataset.order), outline: parseFloat(getComputedStyle(e).outlineWidth) };
}"""


def _tab(page: Page) -> dict[str, float]:
    page.keyboard.press("Tab")
    found: dict[str, float] = page.evaluate(FOCUSED)
    return found


def test_what_one_came_for_begins_in_the_upper_half_of_a_phone(visit: Visit, slug: str, judged: str) -> None:
    for name in ("charlie", "olga"):
        page = visit(name, width=375).open(f"/competitions/{slug}/board/")
        assert _top(page) < 300
        expect(page.get_by_role("link", name="Leaderboard")).to_be_in_viewport(ratio=1)
    page.evaluate("document.querySelector('.masthead').style.height = '300px'")
    assert _top(page) > 400


def _top(page: Page) -> float:
    top: float = page.evaluate("document.querySelector('.page').getBoundingClientRect().top")
    return top


def test_a_phones_menu_opens_and_closes_by_keyboard(visit: Visit) -> None:
    page = visit("charlie", width=375).open("/")
    button, first = page.get_by_role("button", name="Menu"), page.get_by_role("link", name="Competitions", exact=True)
    expect(first).to_be_hidden()
    button.press("Enter")
    page.keyboard.press("Tab")
    expect(first).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_hidden()
    expect(button).to_be_focused()


def test_targets_are_large_enough_to_hit(visit: Visit, slug: str) -> None:
    """At least 24 by 24 pixels, unless the target stands in a sentence."""
    visitor: Visitor = visit(width=375)
    page = visitor.open(f"/competitions/{slug}/")
    small = page.evaluate(
        """() => [...document.querySelectorAll('header a, .menu-button, .tabs a, .button, footer button, summary')]
          .map(e => [e.textContent.trim(), e.getBoundingClientRect()])
          .filter(([, box]) => box.width && (box.width < 24 || box.height < 24)).map(([text]) => text)"""
    )
    assert small == []
