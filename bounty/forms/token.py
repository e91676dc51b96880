"""Making an API token."""

from django import forms

from bounty.models import ApiToken

Scope = ApiToken.Scope
SCOPES = (
    (Scope.READ.value, "Read: competitions, data, own submissions"),
    (Scope.SUBMIT.value, "Submit: join, send, cancel, withdraw"),
    (Scope.ORGANISE.value, "Organise: publish, open rounds, close"),
)


class TokenForm(forms.Form):
    """What a token is called, what it may do, and until when."""

    name = forms.CharField(label="Name", max_length=80, help_text="To know it by later, such as: laptop, nightly bot.")
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=SCOPES,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.READ.value, Scope.SUBMIT.value],
    )
    expires_in_days = forms.IntegerField(label="Days until it expires", min_value=1, max_value=3650, initial=90)
