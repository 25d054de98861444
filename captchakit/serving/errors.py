"""What only a service refuses. As in `captchakit.errors`, a message is one line fit to be shown."""

from captchakit.errors import CaptchakitError


class BadRequestError(CaptchakitError):
    """The request is not what the route takes."""


class KeyMissingError(CaptchakitError):
    """The route needs an API key, and none came that is known."""


class RefusedError(CaptchakitError):
    """The request is understood, and what it asks is not allowed now."""


class NotThereError(CaptchakitError):
    """There is nothing of that name or number."""


class TooLargeError(CaptchakitError):
    """More bytes, files or pixels than the service takes."""


class TooSlowError(CaptchakitError):
    """The client did not send its request in time."""


class ClientGoneError(CaptchakitError):
    """The client left before its request was whole."""


class BusyError(CaptchakitError):
    """As many requests are waiting as may wait."""


class ClosedError(CaptchakitError):
    """The route is closed to everybody."""
