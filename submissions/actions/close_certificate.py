"""Add the sealed numbers to a certificate, in a second statement that names the first by its digest."""

from typing import Any, Final

from bounty import clock, signing
from scoring.statements import CLOSING
from submissions.models import Certificate

_STATED: Final = ("sealed", "taken_out", "marginal_reward", "shapley_reward", "shapley_error")


def close_certificate(certificate: Certificate, figures: dict[str, Any]) -> None:
    """Sign what the sealed split shows of the pair. The caller has closed the competition, and holds its lock.

    ``figures`` are the pair's in the close report; ``sealed``, the rewards and ``taken_out`` are what is stated: how
    the patch left the model, or nothing where it is in it.
    """
    content = {
        "kind": CLOSING,
        "issued_at": clock.now().isoformat(),
        "competition": certificate.version.competition.slug,
        "certificate": certificate.digest,
        **{name: figures[name] for name in _STATED},
    }
    certificate.sealed = figures["sealed"]
    certificate.closing_document, _ = signing.sign(content)
    certificate.save(update_fields=["sealed", "closing_document"])
