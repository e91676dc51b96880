"""Signing in and signing up: allauth's forms in this site's words."""

from typing import Any, Final

from allauth.account import forms as allauth
from django.core.validators import RegexValidator

# ASCII only, so that no name looks like another, and no "@", so that no name is another's address. Names of deleted
# accounts are the platform's to give.
username_validators: Final = [
    RegexValidator(r"\A[A-Za-z0-9_.-]{2,40}\Z", "2 to 40 of the letters A to Z, digits, and . - _"),
    RegexValidator(r"\A[.-]", "The first is a letter, a digit or _.", inverse_match=True),  # or it would be a path
    RegexValidator(r"\Adeleted-", "Names that begin with deleted- are kept for deleted accounts.", inverse_match=True),
]


class LoginForm(allauth.LoginForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["login"]
        name.label = "Username or e-mail address"
        name.widget.attrs = {"autocomplete": "username", "autocapitalize": "none"}
        self.fields["password"].widget.attrs = {"autocomplete": "current-password"}
        self.fields["password"].help_text = ""  # the page has its own link for those who forgot it


class SignUpForm(allauth.SignupForm):  # type: ignore[misc]  # allauth ships no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].help_text = "Shown to others. 2 to 40 letters, digits, and . - _"
        self.fields["email"].label = "E-mail address"
        self.fields["email"].help_text = "A link is sent there to confirm it. It is shown to nobody."
        self.fields["password1"].help_text = "10 characters at least; not one that everybody uses."
        self.fields["password2"].label = "Password, once more"
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
