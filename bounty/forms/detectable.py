"""What somebody asks of the calculator of detectable effects."""

from django import forms


class DetectableForm(forms.Form):
    """The competition that is planned, or looked at: its sealed split, a group, the model's error, the ledger."""

    sealed_rows = forms.IntegerField(
        label="Sealed rows", min_value=1, max_value=10**9, initial=10_000, help_text="In the split that certifies."
    )
    group_percent = forms.FloatField(
        label="Group, in percent of everyone", min_value=0.01, max_value=100, initial=10, help_text="Its share of rows."
    )
    error_percent = forms.FloatField(
        label="Model's error in the group, in percent", min_value=0.1, max_value=100, initial=30
    )
    test = forms.IntegerField(
        label="Sealed test number",
        min_value=1,
        max_value=10_000,
        initial=1,
        help_text="1 for the first of a competition.",
    )
    spent = forms.FloatField(
        label="Spent by the ledger so far", min_value=0, max_value=500, initial=0, help_text="In nats; 0 at the start."
    )
    delta_percent = forms.FloatField(
        label="Chance of any false certificate, in percent", min_value=0.0001, max_value=50, initial=5
    )
    submissions = forms.IntegerField(
        label="Submissions in all", min_value=1, max_value=10**9, initial=1000, help_text="For theorem mode only."
    )
