"""Signing in to the admin: by the site's own form."""

from django.test import Client

from bounty.models import User
from tests.pages import signed_in


def test_administrators_sign_in_as_everyone_does_and_nobody_else_at_the_admin(db: None, charlie: User) -> None:
    answer = Client().get("/admin/login/?next=/admin/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/admin/")
    assert Client().post("/admin/login/", {"username": "charlie", "password": "x"}).status_code == 302
    assert signed_in(charlie).get("/admin/login/").status_code == 403
    staff = User.objects.create_superuser("staff")
    assert signed_in(staff).get("/admin/login/")["Location"] == "/admin/"
