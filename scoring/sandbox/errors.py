"""The box's own failures: always the platform's, never an entrant's."""


class BoxError(Exception):
    """The box cannot be made, or can no longer be trusted; the text is one plain sentence."""
