"""What a person says of themselves, and taking it all away."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from bounty.actions.delete_account import delete_account
from bounty.actions.edit_profile import edit_profile
from bounty.errors import Refused
from bounty.forms.profile import DeleteForm, ProfileForm
from bounty.models import User
from bounty.views.people import person


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest) -> HttpResponse:
    """The profile to edit; by POST it is written."""
    # A copy: a form that is refused has written its input into its instance, and the page names the account.
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=person(request).pk))
    if request.method == "POST" and form.is_valid():
        edit_profile(person(request), **form.cleaned_data)
        messages.success(request, "Your profile is changed.")
        return redirect("profile", username=person(request).username)
    context = {"area": "account", "form": form}
    return render(request, "bounty/edit_profile.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth ships no types
def delete(request: HttpRequest) -> HttpResponse:
    """What deleting the account means; by POST, with its name typed, it is deleted."""
    user = person(request)
    form = DeleteForm(user, request.POST or None)
    status = 422 if form.errors else 200
    if request.method == "POST" and form.is_valid():
        try:
            delete_account(user)
        except Refused as error:
            form.add_error(None, f"{error.sentence} ({error.code})")
            status = error.status
        else:
            logout(request)
            messages.success(request, "Your account is deleted.")
            return redirect("competitions")
    return render(request, "bounty/delete_account.html", {"area": "account", "form": form}, status=status)
