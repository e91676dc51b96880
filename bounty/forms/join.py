"""Accepting the rules."""

from django import forms


class JoinForm(forms.Form):
    """The rules that were read, and under which name one takes part."""

    rules_version = forms.IntegerField(widget=forms.HiddenInput)
    team_name = forms.CharField(
        label="Name on the leaderboard (optional)",
        required=False,
        max_length=80,
        help_text="Left empty, it is your user name.",
    )
    accept = forms.BooleanField(label="I have read these rules and accept them")
