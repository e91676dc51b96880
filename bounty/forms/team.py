"""What the pages of a team, of a private competition and of its schedule ask for."""

import datetime as dt

from django import forms

from bounty.actions.name_team import MAX_NAME


class InviteForm(forms.Form):
    """Into a team: by mail, or by a link where no address is given."""

    email = forms.EmailField(
        max_length=254,
        label="E-mail address (optional)",
        required=False,
        help_text="A link that lets one person in is sent there. Left empty, you get a link to pass on yourself.",
    )


class AdmitForm(InviteForm):
    """Into a private competition."""

    max_uses = forms.IntegerField(
        label="How many the link lets in (optional)",
        required=False,
        min_value=1,
        max_value=100_000,
        help_text="For a link without an address. Left empty, any number.",
    )


class NameForm(forms.Form):
    team_name = forms.CharField(label="Name on the leaderboard", max_length=MAX_NAME)


class ProgramForm(forms.Form):
    name = forms.CharField(
        label="Its name", max_length=40, help_text="Shown beside what it sends. Nobody signs in with it."
    )


class OfferForm(forms.Form):
    to = forms.CharField(
        label="The other team's name",
        max_length=MAX_NAME,
        help_text="As on the leaderboard. Its captain is asked; if they accept, you become part of that team.",
    )


class RoundTimeForm(forms.Form):
    """A moment in UTC."""

    at = forms.DateTimeField(
        label="Day and time, in UTC",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
    )

    def moment(self) -> dt.datetime:
        given: dt.datetime = self.cleaned_data["at"]
        return given
