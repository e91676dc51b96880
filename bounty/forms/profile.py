"""What others may read of a person, and taking it all away."""

from django import forms

from bounty.models import User


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    class Meta:
        model = User
        fields = ["first_name", "last_name", "affiliation", "homepage", "about"]
        widgets = {"about": forms.Textarea(attrs={"rows": 4})}
        help_texts = {"about": "At most 500 characters.", "homepage": "An address that begins with https://"}
        error_messages = {"homepage": {"invalid": "Give a whole address, such as https://example.org/"}}


class DeleteForm(forms.Form):
    """The account's own name, typed: nobody deletes an account by a slip."""

    username = forms.CharField(label="Your username, to be sure", max_length=150)

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.user = user
        self.fields["username"].widget.attrs = {"autocomplete": "off", "autocapitalize": "none"}

    def clean_username(self) -> str:
        given: str = self.cleaned_data["username"]
        if given != self.user.username:
            raise forms.ValidationError("This is not your username.")
        return given
