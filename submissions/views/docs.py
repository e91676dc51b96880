"""The user's documentation: how a competition works, and what every code means."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bounty.outbound import PORTS, TIME_S
from bounty.signing import current_key_id, public_keys
from scoring.sandbox import policy
from scoring.sandbox.limits import GIB, KIB, MAX_MODEL_BYTES, MAX_SOURCE_BYTES, MIB, MODEL_LIMITS
from scoring.statements import as_jwk
from submissions.actions.deliver import FAILING_FOR, KEPT_FOR, PAUSES_S
from submissions.actions.keep_webhook import MOST
from submissions.models import Webhook
from submissions.sentences import MEANINGS
from submissions.views import rights


@require_safe
def how_it_works(request: HttpRequest) -> HttpResponse:
    sizes = {"max_source_kib": MAX_SOURCE_BYTES // KIB, "max_model_mib": MAX_MODEL_BYTES // MIB}
    return render(request, "docs/how_it_works.html", {"area": "docs", **sizes})


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """What a patch's model is given and may answer: ONNX files, and Python beside them."""
    limits = {
        "limits": MODEL_LIMITS,
        "max_model_mib": MAX_MODEL_BYTES // MIB,
        "memory_gib": MODEL_LIMITS.memory_bytes // GIB,
    }
    return render(request, "docs/models.html", {"area": "docs", **limits})


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """The REST API: tokens, the one request that submits, errors, every address."""
    streams = {"stream_life_min": round(settings.STREAM_LIFE_S / 60), "streams_per_user": settings.STREAMS_PER_USER}
    return render(request, "docs/api.html", {"area": "docs", **streams})


@require_safe
def webhooks(request: HttpRequest) -> HttpResponse:
    """What is told to addresses that ask for it, and how to know that it comes from here."""
    sent = {"events": Webhook.Event.choices, "ports": PORTS, "time_s": round(TIME_S), "most": MOST}
    tried = {"attempts": len(PAUSES_S) + 1, "over_h": round(sum(PAUSES_S) / 3600), "days": FAILING_FOR.days}
    tried |= {"kept_days": KEPT_FOR.days}
    return render(request, "docs/webhooks.html", {"area": "docs", **sent, **tried})


@require_safe
def client(request: HttpRequest) -> HttpResponse:
    """The client for Python and the shell: its commands, its exit codes, and a bot in forty lines."""
    return render(request, "docs/client.html", {"area": "docs"})


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """Every stable code; verdicts' sentences are those that verdicts carry."""
    return render(request, "docs/errors.html", {"area": "docs", "meanings": sorted(MEANINGS.items())})


@require_safe
def sandbox(request: HttpRequest) -> HttpResponse:
    """What the sandbox promises, how that is tested, what remains; the counts are those of the policy itself."""
    allowed, ruled = len(policy.ALLOW), len(policy.RULES)
    counts = {"allowed": allowed, "ruled": ruled, "reachable": allowed + ruled, "killed": len(policy.KILL)}
    return render(request, "docs/sandbox.html", {"area": "docs", **counts})


@require_safe
def permissions(request: HttpRequest) -> HttpResponse:
    """What every page and endpoint answers each kind of visitor."""
    context = {"area": "docs", "visitors": rights.visitors(), "sections": rights.sections()}
    return render(request, "docs/permissions.html", context)


@require_safe
def certificates(request: HttpRequest) -> HttpResponse:
    """What a certificate proves and what it does not, how to check one, and the keys to do it with."""
    keys = [as_jwk(key) for key in public_keys().values()]
    return render(request, "docs/certificates.html", {"area": "docs", "keys": keys, "current": current_key_id()})


@require_safe
def undo(request: HttpRequest) -> HttpResponse:
    """What happens to a contribution that is taken out of the model, to an organiser and to an entrant."""
    return render(request, "docs/undo.html", {"area": "docs"})


@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """What the numbers mean and may be relied on for, to an organiser and to an entrant."""
    return render(request, "docs/statistics.html", {"area": "docs"})


@require_safe
def hunters(request: HttpRequest) -> HttpResponse:
    """What each hunter does, and how they compare as last measured."""
    measured = (settings.BASE_DIR / "templates/docs/hunters.json").read_text("utf-8")
    return render(request, "docs/hunters.html", {"area": "docs", "table": json.loads(measured)})
