"""Signing in to the admin: by the site's own form."""

from django.test import Client

from bounty.models import User
from tests.pages import signed_in, words


def test_administrators_sign_in_as_everyone_does_and_nobody_else_at_the_admin(db: None, charlie: User) -> None:
    answer = Client().get("/admin/login/?next=/admin/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/admin/")
    assert Client().post("/admin/login/", {"username": "charlie", "password": "x"}).status_code == 302
    assert signed_in(charlie).get("/admin/login/").status_code == 403
    staff = User.objects.create_superuser("staff")
    assert signed_in(staff).get("/admin/login/")["Location"] == "/admin/"


def test_the_admin_says_sign_out_as_every_page_does_and_leads_back_to_the_site(db: None) -> None:
    visitor = signed_in(User.objects.create_superuser("staff"))
    page = words(visitor.get("/admin/"))
    assert "Sign out" in page
    assert "Log out" not in page
    for address in ("/logout/", "/admin/logout/"):
        assert visitor.get("/admin/").status_code == 200
        assert visitor.post(address)["Location"] == "/"
        assert visitor.get("/admin/").status_code == 302
        visitor.force_login(User.objects.get(username="staff"))
