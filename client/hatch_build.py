"""The wheel carries the project's scoring library beside the client, from the checkout that both lie in."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CarryScoring(BuildHookInterface[Any]):
    """Adds ``scoring``: of the checkout for a wheel or an archive, of the archive for a wheel made from that."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return  # it is read in place
        here = Path(self.root)
        carried = here / "scoring"
        source = carried if carried.is_dir() else here.parent / "scoring"
        if self.target_name == "wheel" or source != carried:
            build_data["force_include"][str(source)] = "scoring"
