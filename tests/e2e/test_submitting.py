"""The main job in a browser: join, submit, see the verdict; with scripts and without."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import JUDGED_MS, Visit, Visitor

pytestmark = pytest.mark.browser


def join_and_fill(visitor: Visitor, slug: str, predicate: str) -> None:
    page = visitor.open(f"/competitions/{slug}/rules/")
    if page.get_by_role("button", name="Accept and take part").count():
        page.get_by_label("I have read these rules and accept them").check()
        page.get_by_role("button", name="Accept and take part").click()
    page = visitor.open(f"/competitions/{slug}/submit/")
    page.get_by_label("Predicate", exact=True).fill(predicate)


def test_a_group_is_judged_before_ones_eyes(visit: Visit, slug: str) -> None:
    visitor = visit("alice")
    join_and_fill(visitor, slug, "sex == 'Female' and age_band == '18-24'")
    page = visitor.page
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="The verdict: scored, provisionally")).to_be_visible(timeout=JUDGED_MS)
    assert page.locator("[hx-get]").count() == 0
    assert visitor.complaints == []


def test_a_group_is_judged_without_any_script(visit: Visit, slug: str) -> None:
    visitor = visit("bob", java_script_enabled=False)
    join_and_fill(visitor, slug, "first_language == 'Spanish' and region == 'South'")
    page = visitor.page
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/submissions/*/")
    for _ in range(JUDGED_MS // 500):
        if not page.get_by_role("link", name="load the page again").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    assert "The verdict: scored, provisionally" in page.locator("main").inner_text()


def test_a_fault_keeps_the_input_and_its_summary_leads_to_the_field(visit: Visit, slug: str) -> None:
    visitor = visit("alice")
    join_and_fill(visitor, slug, "agee > 30")
    page = visitor.page
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("mark")).to_have_text("agee")
    page.locator("#errors").get_by_role("link", name="Predicate").click()
    expect(page.get_by_label("Predicate", exact=True)).to_be_focused()
    expect(page.get_by_label("Predicate", exact=True)).to_have_value("agee > 30")


def test_only_the_fields_of_the_way_that_was_chosen_are_shown(visit: Visit, slug: str) -> None:
    visitor = visit("alice")
    join_and_fill(visitor, slug, "age > 30")
    page = visitor.page
    source = page.get_by_label("Python source of the group")
    expect(source).to_be_hidden()
    page.locator("label.choice", has_text="A function; run in a sandbox.").click()
    expect(source).to_be_visible()
    expect(page.get_by_label("Predicate", exact=True)).to_be_hidden()


def test_the_colours_follow_the_system_until_one_chooses(visit: Visit) -> None:
    visitor = visit(color_scheme="dark")
    page = visitor.open("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    for choice, follows in (("Light", False), ("System", True)):
        page.get_by_role("button", name=choice).click()
        expect(page.get_by_role("button", name=choice)).to_have_attribute("aria-pressed", "true")
        page.wait_for_load_state()
        assert (page.evaluate(ground) == dark) is follows


def test_the_summary_of_faults_is_in_view_and_has_the_focus_on_a_phone(visit: Visit, slug: str) -> None:
    visitor = visit("alice", width=375)
    join_and_fill(visitor, slug, "agee > 30")
    visitor.page.get_by_role("button", name="Submit").click()
    expect(visitor.page.locator("#errors")).to_be_focused()
    expect(visitor.page.locator("#errors")).to_be_in_viewport()
