"""The pages of what rounds bring about: the rounds, the model's versions, the board, the certificate, the close."""

import pytest
from django.test import Client

from bounty.actions.import_bundle import import_bundle
from bounty.actions.publish_competition import publish_competition
from bounty.models import Competition, User
from bounty.public_data import load
from submissions.actions.certify import certify
from submissions.actions.rescore import rescore
from submissions.actions.settle import settle
from submissions.models import Merge, Round, Settlement, Submission
from tests.pages import read, signed_in, words
from tests.shared import DATA, needs_shared
from tests.submissions.conftest import Send

PLANTED = "sex == 'Female' and age_band == '18-24'"


@pytest.fixture
def merged(judged: Send, competition: Competition, olga: User) -> Submission:
    """A submission that a round, opened from the page, certified and merged."""
    submission = judged(PLANTED, title="Young women")
    signed_in(olga).post(at(competition, "open-round/"))
    certify(Round.objects.get().pk)
    for merge in Merge.objects.all():
        rescore(merge.pk)
    submission.refresh_from_db()
    assert submission.status == "merged"
    return submission


def at(competition: Competition, page: str = "") -> str:
    return f"/competitions/{competition.slug}/{page}"


def test_opening_a_round_asks_first_and_is_the_organisers(
    judged: Send, competition: Competition, olga: User, charlie: User
) -> None:
    judged(PLANTED)
    assert signed_in(charlie).post(at(competition, "open-round/")).status_code == 403
    assert "1 candidate would be tested" in words(signed_in(olga).get(at(competition, "open-round/")))
    assert Round.objects.count() == 0
    assert signed_in(olga).post(at(competition, "open-round/")).status_code == 302
    assert Round.objects.count() == 1


def test_a_title_that_is_a_question_stands_above_what_is_asked(competition: Competition, olga: User) -> None:
    Competition.objects.update(title="Who is refused?")
    for page in ("open-round/", "close/", "try-again/", "webhooks/"):
        asked = words(signed_in(olga).get(at(competition, page)))
        assert "Who is refused?" in asked
        assert "?”" not in asked
        assert "??" not in asked


def test_a_round_without_candidates_is_refused_on_a_page(competition: Competition, olga: User) -> None:
    answer = signed_in(olga).post(at(competition, "open-round/"))
    assert (answer.status_code, "NO_CANDIDATES" in words(answer)) == (409, True)


def test_the_rounds_page_shows_the_ledger_and_names_what_is_merged(
    merged: Submission, client: Client, competition: Competition
) -> None:
    page = client.get(at(competition, "rounds/"))
    assert "Young women" in words(page)
    assert "did not pass" not in words(page)
    assert page.context["ledger"].tests == 1
    assert (read(page).count("h1"), read(page).forbidden()) == (1, [])


def test_the_model_is_told_in_words_version_by_version(
    merged: Submission, client: Client, competition: Competition
) -> None:
    newest, first = words(client.get(at(competition, "model/"))), words(client.get(at(competition, "model/0/")))
    assert "Version 1, the newest" in newest
    assert "If sex is Female and age_band is 18-24 then a model trained by the platform" in newest
    assert "If sex is Female" not in first
    assert client.get(at(competition, "model/2/")).status_code == 404


def test_the_model_has_its_error_by_group_and_by_harm(
    merged: Submission, client: Client, competition: Competition
) -> None:
    competition.refresh_from_db()
    group = competition.versions.latest().holdout_report["groups"][0]
    for query, figure in (("", "loss"), ("?by=harm", "harm")):
        page = client.get(at(competition, "model/") + query)
        assert f"{100 * group[figure]['estimate']:.1f}%" in words(page)
        assert (read(page).forbidden(), read(page).count("caption")) == ([], read(page).count("table"))


def test_the_board_ranks_and_marks_ones_own_row(merged: Submission, competition: Competition, alice: User) -> None:
    page = signed_in(alice).get(at(competition, "board/"))
    assert "Alice's (you)" in words(page)
    assert any(row.get("class") == "own" for row in read(page).all("tr"))


def test_a_merged_submission_shows_its_certificate_and_the_numbers_it_was_tested_with(
    merged: Submission, alice: User
) -> None:
    text = words(signed_in(alice).get(f"/submissions/{merged.pk}/"))
    certificate = merged.candidate.certificate
    assert certificate.digest in text
    assert "shown when the competition closes" in text
    tested = merged.verdicts.get(version=merged.candidate.version)
    assert f"rights {tested.numbers['fixed']} answers" in text


def test_a_certificate_has_a_page_for_everyone_with_how_to_check_it(
    merged: Submission, client: Client, competition: Competition
) -> None:
    certificate = merged.candidate.certificate
    address = f"/certificates/{certificate.pk}/"
    assert address in client.get(at(competition, "rounds/")).content.decode()
    page = client.get(address)
    text = words(page)
    assert "sex is Female" in text
    assert certificate.digest in text
    assert "bounty verify" in text
    assert f'href="/api/v1/certificates/{certificate.pk}"' in page.content.decode()
    assert (read(page).count("h1"), read(page).forbidden()) == (1, [])


def test_nothing_sealed_is_on_any_page_before_the_close_and_all_of_it_after(
    merged: Submission, client: Client, competition: Competition, olga: User
) -> None:
    assert "How it ended" not in words(client.get(at(competition)))
    assert "cannot be opened again" in words(signed_in(olga).get(at(competition, "close/")))
    assert signed_in(olga).post(at(competition, "close/")).status_code == 302
    settle(Settlement.objects.get().pk)
    text = words(client.get(at(competition)))
    merge = Merge.objects.get()
    assert "How it ended" in text
    assert merge.marginal_reward is not None
    assert f"{100 * merge.marginal_reward:.2f} points" in text
    assert "never worse" in text


def test_closing_is_the_organisers(competition: Competition, charlie: User) -> None:
    assert signed_in(charlie).post(at(competition, "close/")).status_code == 403
    competition.refresh_from_db()
    assert competition.state == Competition.State.OPEN


@needs_shared
def test_a_content_warning_stands_before_any_value_and_no_text_of_a_row_is_shown(client: Client, olga: User) -> None:
    competition = import_bundle(DATA / "hatecheck-text", organiser=olga)
    publish_competition(competition, by=olga)
    texts = load(competition).table["text"].categories  # type: ignore[union-attr]
    pages = {page: words(client.get(at(competition, page))) for page in ("", "data/", "preview/", "model/", "rules/")}
    assert not [page for page, shown in pages.items() if any(text in shown for text in texts)]
    assert all(competition.content_warning in pages[page] for page in ("", "data/"))
    data = client.get(at(competition, "data/")).content.decode()
    assert data.index("Content warning") < data.index("<h2>Dictionary</h2>")
