"""Who may: what a competition asks of whoever acts in it, at whichever door."""

import pytest

from bounty.actions.accept_invitation import accept_invitation
from bounty.actions.end_admission import end_admission
from bounty.actions.import_bundle import import_bundle
from bounty.actions.invite import invite_to_competition, invite_to_team
from bounty.actions.join_competition import join_competition
from bounty.actions.leave_team import leave_team
from bounty.actions.publish_competition import publish_competition
from bounty.errors import NotAllowed, Refused
from bounty.models import Admission, Competition, RulesAcceptance, Team, User
from submissions.actions.cancel import cancel
from submissions.actions.submit import submit
from submissions.intake.request import SubmitRequest
from submissions.models import Submission
from tests.bounty.bundles import SmallBundle
from tests.pages import signed_in

ASKED = SubmitRequest(group_kind="predicate", predicate_text="age > 50")


@pytest.fixture
def private(small: SmallBundle, olga: User, alice: User) -> Competition:
    """It lets in alice."""
    small.manifest["visibility"] = "private"
    opened = publish_competition(import_bundle(small.write(), organiser=olga), by=olga)
    accept_invitation(invite_to_competition(opened, by=olga)[1], user=alice)
    return opened


@pytest.fixture
def hers(private: Competition, alice: User) -> Team:
    return join_competition(private, user=alice)


def test_who_is_shut_out_sees_and_does_nothing_even_to_what_they_sent(hers: Team, alice: User, olga: User) -> None:
    sent = submit(hers, sent_by=alice, request=ASKED)
    page, address = f"/submissions/{sent.pk}/", f"/api/v1/submissions/{sent.pk}"
    assert [signed_in(alice).get(at).status_code for at in (page, address)] == [200, 200]
    end_admission(Admission.objects.get(), by=olga)
    assert [signed_in(alice).get(at).status_code for at in (page, address)] == [404, 404]
    assert [signed_in(olga).get(at).status_code for at in (page, address)] == [200, 200]
    for act in (lambda: cancel(sent, by=alice), lambda: invite_to_team(hers, by=alice)):
        with pytest.raises(NotAllowed, match="NOT_INVITED"):
            act()


def test_who_comes_to_organise_competes_no_more(hers: Team, alice: User) -> None:
    submit(hers, sent_by=alice, request=ASKED)
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    alice.refresh_from_db()
    with pytest.raises(NotAllowed, match="ORGANISER_MAY_NOT_COMPETE"):
        submit(hers, sent_by=alice, request=ASKED)
    assert Submission.objects.count() == 1


def test_sending_asks_for_the_rules_at_every_door(hers: Team, alice: User) -> None:
    submit(hers, sent_by=alice, request=ASKED)
    RulesAcceptance.objects.all().delete()
    with pytest.raises(Refused, match="RULES_NOT_ACCEPTED"):
        submit(hers, sent_by=alice, request=ASKED)


def test_the_data_is_theirs_who_accepted_the_rules_on_the_page_as_in_the_api(hers: Team, alice: User) -> None:
    page = f"/competitions/{hers.competition.slug}/data/train.csv"
    address = f"/api/v1/competitions/{hers.competition.slug}/splits/train.csv"
    leave_team(hers, user=alice)
    assert [signed_in(alice).get(at).status_code for at in (page, address)] == [200, 200]
    RulesAcceptance.objects.all().delete()
    assert [signed_in(alice).get(at).status_code for at in (page, address)] == [409, 409]
