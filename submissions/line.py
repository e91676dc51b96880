"""The line of versions that make a model, among all that were ever published."""

from collections.abc import Iterable

from bounty.models import HostedModelVersion


def line_of(versions: Iterable[HostedModelVersion], head: HostedModelVersion) -> list[HostedModelVersion]:
    """The versions that ``head`` stands on and itself, a first one first; ``versions`` all of its competition's."""
    published = {version.pk: version for version in versions}
    line = [head]
    while line[-1].base_id is not None:
        line.append(published[line[-1].base_id])
    return line[::-1]


def patches_of(version: HostedModelVersion) -> list[int]:
    """The submissions whose patches are in the version, in merge order."""
    return [node["patch"] for node in version.nodes if node["kind"] == "leaf"]
