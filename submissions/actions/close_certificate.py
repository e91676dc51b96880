"""Add the sealed numbers to a certificate, in a second statement that names the first by its digest."""

from typing import Any

from bounty import clock, signing
from scoring.statements import CLOSING
from submissions.models import Certificate


def close_certificate(certificate: Certificate, figures: dict[str, Any]) -> None:
    """Sign what the sealed split shows of the pair. The caller has closed the competition, and holds its lock.

    ``figures`` are the pair's in the close report; ``sealed`` and the rewards are what is stated.
    """
    content = {
        "kind": CLOSING,
        "issued_at": clock.now().isoformat(),
        "competition": certificate.version.competition.slug,
        "certificate": certificate.digest,
        **{name: figures[name] for name in ("sealed", "marginal_reward", "shapley_reward", "shapley_error")},
    }
    certificate.sealed = figures["sealed"]
    certificate.closing_document, _ = signing.sign(content)
    certificate.save(update_fields=["sealed", "closing_document"])
