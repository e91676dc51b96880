"""Certificates and keys through the API: what is handed out is what was signed, and what was changed is found out."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from bounty.models import Competition
from scoring import statements
from submissions.actions.certify import certify
from submissions.actions.issue_certificate import issue_certificate
from submissions.actions.settle import settle
from submissions.models import Candidate, Certificate, Round, Settlement
from tests.api.conftest import Post, problem

VERIFY = "/api/v1/certificates/verify"


@pytest.fixture
def certificate(sent: Post, competition: Competition) -> Certificate:
    """Of a claim of Alice's that was never judged, as if it had passed."""
    held = Round.objects.create(competition=competition, number=1, state=Round.State.FINISHED)
    tested = {"position": 1, "provisional_score": 0.1, "version": competition.versions.get(), "passed": True}
    ledger = {"t": 1, "level": 0.025, "q": 0.98, "spent_before": 0.0, "spent_after": 0.0202027073175195}
    candidate = Candidate.objects.create(round=held, submission_id=sent()["id"], **tested, **ledger)
    return issue_certificate(competition, candidate)


@pytest.fixture
def closed(judged: Post, as_olga: APIClient, at: str) -> Certificate:
    """Of a claim that was judged, tested and settled for real."""
    judged()
    as_olga.post(f"{at}/rounds")
    certify(Round.objects.get().pk)
    as_olga.post(f"{at}/close")
    settle(Settlement.objects.get().pk)
    return Certificate.objects.get()


def keys() -> statements.Keys:
    return statements.read_keys(APIClient().get("/api/v1/keys").content)


def verified(document: bytes, **headers: str) -> Any:
    answer = APIClient().generic("POST", VERIFY, document, **({"content_type": "application/json"} | headers))
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_certificate_is_listed_and_handed_out_byte_for_byte(certificate: Certificate, at: str) -> None:
    (row,) = APIClient().get(f"{at}/certificates").json()["results"]
    assert (row["digest"], row["version"], row["closing_url"]) == (certificate.digest, 0, None)
    answer = APIClient().get(row["url"])
    assert (answer.content.decode(), answer["Content-Type"]) == (certificate.document, "application/json")
    (statement,) = statements.verify(answer.content, keys())
    assert (statement.kind, statement.digest) == ("certificate", certificate.digest)


def test_a_certificate_names_what_its_holder_can_check(certificate: Certificate, at: str) -> None:
    (statement,) = statements.verify(certificate.document.encode(), keys())
    group = statement.content["group"]
    statements.check_group(statement, group["text"].encode())
    recipe = certificate.candidate.submission.patch_recipe
    statements.check_patch(statement, statements.canonical(recipe))
    version = APIClient().get(f"{at}/versions/0").json()
    named = {name: version[name] for name in ("number", "recipe", "nodes", "answers_sha256")}
    assert statement.content["model"] == {"version": 0, "sha256": statements.digest(named)}
    commitment = APIClient().get(f"{at}/commitment").json()
    assert statement.content["splits"]["commitment"] == commitment["value"]
    assert set(statement.content["splits"]["public"]) == {"train", "validation"}


def test_the_first_statement_tells_nothing_of_the_sealed_split_but_the_bit(certificate: Certificate, at: str) -> None:
    told = json.loads(certificate.document)["statement"]
    assert set(told) == {
        *("kind", "format", "key", "issued_at", "competition", "rules_version", "submission", "team"),
        *("group", "patch", "model", "splits", "test", "ledger"),
    }
    assert set(told["test"]) == {"round", "opening", "delta", "t", "level", "q"}
    assert set(told["ledger"]) == {"spent_before", "spent_after"}
    problem(APIClient().get(f"/api/v1/certificates/{certificate.pk}/closing"), 409, "SEALED_UNTIL_CLOSE")


def test_no_digest_of_hidden_rows_is_told_without_its_salt(certificate: Certificate, at: str) -> None:
    hidden = Competition.objects.get().splits.filter(name__in=("holdout", "guard", "sealed"))
    told = (
        certificate.document + APIClient().get(f"{at}/splits").content.decode() + APIClient().get(at).content.decode()
    )
    assert [split.sha256 for split in hidden if split.sha256 in told] == []
    assert Competition.objects.get().bundle_sha256 not in told


def test_the_close_adds_a_second_statement_and_leaves_the_first(closed: Certificate, at: str) -> None:
    (row,) = APIClient().get(f"{at}/certificates").json()["results"]
    first, second = APIClient().get(row["url"]).content, APIClient().get(row["closing_url"]).content
    pair = b'{"certificate":%b,"closing":%b}' % (first, second)
    certificate, closing = statements.verify(pair, keys())
    assert closing.content["certificate"] == certificate.digest == closed.digest
    figures = APIClient().get(at).json()["close_report"]["certificates"][0]
    assert closing.content["sealed"] == figures["sealed"]
    assert closing.content["shapley_reward"] == figures["shapley_reward"]
    assert verified(pair)["valid"] is True


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""])
def test_the_site_verifies_what_it_signed_however_it_is_sent(certificate: Certificate, content_type: str) -> None:
    found = verified(certificate.document.encode(), content_type=content_type)
    assert (found["valid"], found["code"]) == (True, "")
    assert found["statements"][0]["digest"] == certificate.digest


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("}}", "", "STATEMENT_NOT_JSON"),
        ('"t":1', '"t":2', "STATEMENT_SIGNATURE"),
        ('"t":1', '"t":1,"t":1', "STATEMENT_DUPLICATE_KEY"),
        ('"t":1', '"t":NaN', "STATEMENT_NUMBER"),
        ('"t":1', '"t":1.0', "STATEMENT_SPELLING"),
        ("bounty-statement/1", "bounty-statement/9", "STATEMENT_FORMAT"),
    ],
)
def test_what_was_changed_is_named_by_its_code(certificate: Certificate, old: str, new: str, code: str) -> None:
    found = verified(certificate.document.replace(old, new).encode())
    assert (found["valid"], found["code"], found["statements"]) == (False, code, [])
    assert found["detail"]


def test_what_is_empty_or_huge_is_answered_too(db: None) -> None:
    assert verified(b"")["code"] == "STATEMENT_NOT_JSON"
    assert verified(b" " * (statements.MAX_BYTES + 1))["code"] == "STATEMENT_TOO_LARGE"


def test_asking_without_an_account_is_bounded(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("submissions.api.certificates.VerifyThrottle.rate", "1/min")
    assert verified(b"{}")["code"] == "STATEMENT_SHAPE"
    problem(APIClient().post(VERIFY, {}, format="json"), 429, "TOO_MANY_REQUESTS")


def test_an_old_key_stays_published_when_another_takes_its_place(certificate: Certificate) -> None:
    before = APIClient().get("/api/v1/keys").json()
    with override_settings(SIGNING_KEY="ab" * 32):
        after = APIClient().get("/api/v1/keys").json()
        assert after["current"] != before["current"]
        assert [key["kid"] for key in after["keys"]] == [after["current"], before["current"]]
        assert verified(certificate.document.encode())["valid"] is True


def test_a_key_that_signed_nothing_is_published_before_it_does(db: None) -> None:
    found = APIClient().get("/api/v1/keys").json()
    assert [key["kid"] for key in found["keys"]] == [found["current"]]


def test_a_certificate_from_before_there_were_keys_says_so(certificate: Certificate) -> None:
    address = f"/api/v1/certificates/{certificate.pk}"
    assert APIClient().get(address).status_code == 200
    Certificate.objects.update(document="")
    problem(APIClient().get(address), 409, "CERTIFICATE_UNSIGNED")


def test_certificates_of_a_private_competition_are_its_own(
    certificate: Certificate, as_charlie: APIClient, as_alice: APIClient, as_olga: APIClient, at: str
) -> None:
    address = f"/api/v1/certificates/{certificate.pk}"
    assert as_charlie.get(address).status_code == 200
    Competition.objects.update(visibility="private")
    problem(as_charlie.get(address), 404, "NOT_FOUND")
    problem(as_charlie.get(f"{at}/certificates"), 404, "NOT_FOUND")
    assert as_olga.get(address).status_code == 200


def test_listing_takes_as_many_queries_whatever_their_number(
    certificate: Certificate, at: str, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):  # the competition, its certificates
        APIClient().get(f"{at}/certificates")


def test_the_salt_is_revealed_after_the_close_by_the_organiser_alone(
    competition: Competition, as_olga: APIClient, as_alice: APIClient, at: str
) -> None:
    Competition.objects.update(state="closed")
    before = APIClient().get(f"{at}/commitment").json()
    assert (before["salt"], before["revealed_at"]) == ("", None)
    problem(as_alice.post(f"{at}/commitment/reveal"), 403, "NOT_THE_ORGANISER")
    revealed = as_olga.post(f"{at}/commitment/reveal").json()
    assert revealed == APIClient().get(f"{at}/commitment").json()
    assert (len(revealed["salt"]), revealed["value"]) == (64, before["value"])
    problem(as_olga.post(f"{at}/commitment/reveal"), 409, "SALT_REVEALED")


def test_the_salt_is_not_revealed_before(competition: Competition, as_olga: APIClient, at: str) -> None:
    problem(as_olga.post(f"{at}/commitment/reveal"), 409, "NOT_CLOSED")


def test_every_check_that_may_fail_is_explained(db: None) -> None:
    page = APIClient().get("/docs/errors").content.decode()
    assert [fault for fault in statements.StatementFault if f'id="{fault}"' not in page] == []


def test_the_documentation_shows_the_keys(certificate: Certificate) -> None:
    page = APIClient().get("/docs/certificates").content.decode()
    for key in APIClient().get("/api/v1/keys").json()["keys"]:
        assert key["kid"] in page
        assert key["x"] in page


def test_the_private_key_is_in_no_table_and_in_no_answer(certificate: Certificate, settings: Any) -> None:
    told = APIClient().get("/api/v1/keys").content.decode() + certificate.document
    assert settings.SIGNING_KEY not in told
    kept = Path(settings.DATA_DIR) / "signing_key"
    assert kept.read_text() == settings.SIGNING_KEY
    assert kept.stat().st_mode & 0o777 == 0o600
