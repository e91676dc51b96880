"""All checks of a bundle; each goes as far as what could be read lets it, so that all faults are told at once."""

from bounty.bundle import columns, heavy, identity, labels, leaks, terms
from bounty.bundle.reading import Bundle


def check(bundle: Bundle) -> None:
    """Note every fault in the bundle."""
    if not bundle.document.values:  # already told: there is nothing to check
        return
    terms.check(bundle)
    columns.check(bundle)
    identity.check(bundle)
    labels.check(bundle)
    heavy.check(bundle)
    leaks.check(bundle)
