"""A real browser before the whole site: web server, worker, the demonstration competition and its accounts."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from bounty.logins import PASSWORD
from tests.live import Site, running

JUDGED_MS = 60_000  # platforms train on two busy cores
QUIET = ["background-networking", "component-update", "sync", "gpu"]


@dataclass
class Visitor:
    """One browser window; ``complaints`` is what its console said was wrong, policy violations included."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def sign_in(self, name: str) -> None:
        self.open("/login/")
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()

    def note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


Visit = Callable[..., Visitor]


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("site")) as started:
        yield started


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "Chromium is missing: apt-get install chromium"
    arguments = ["--no-sandbox", "--headless", "--no-first-run", *(f"--disable-{name}" for name in QUIET)]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield opened
        opened.close()


@pytest.fixture
def visit(site: Site, browser: Browser) -> Iterator[Visit]:
    """Open a window, signed in where a name is given; it is closed after the test."""
    contexts: list[BrowserContext] = []

    def opens(name: str = "", *, width: int = 1280, **options: Any) -> Visitor:
        contexts.append(browser.new_context(viewport={"width": width, "height": 800}, **options))
        return window(contexts[-1], site, name)

    yield opens
    for context in contexts:
        context.close()


def window(context: BrowserContext, site: Site, name: str) -> Visitor:
    visitor = Visitor(context.new_page(), site.address)
    visitor.page.on("console", visitor.note)
    visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    if name:
        visitor.sign_in(name)
    return visitor


@pytest.fixture(scope="package")
def slug() -> str:
    """The demonstration competition."""
    return "lending"


@pytest.fixture(scope="package")
def judged(site: Site, browser: Browser, slug: str) -> str:
    """The address of a submission of Charlie's that was judged; Charlie takes part from then on."""
    context = browser.new_context()
    page = window(context, site, "charlie").page
    page.goto(f"{site.address}/competitions/{slug}/rules/")
    page.get_by_label("I have read these rules and accept them").check()
    page.get_by_role("button", name="Accept and take part").click()
    page.goto(f"{site.address}/competitions/{slug}/submit/")
    page.get_by_label("Predicate", exact=True).fill("age_band == '18-24'")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="The verdict")).to_be_visible(timeout=JUDGED_MS)
    address = page.url.removeprefix(site.address)
    context.close()
    return address
