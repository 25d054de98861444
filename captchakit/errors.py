"""What can go wrong, in the words of the person who asked.

Every message is one line that names the thing at fault and says why. The doors turn a kind into an exit code or an
HTTP status; nothing here knows of either.
"""


class CaptchakitError(Exception):
    """Anything captchakit refuses, with a one-line message fit to be shown."""


class ImageError(CaptchakitError):
    """The bytes are not an image that can be read: empty, truncated, too large, of an unknown format."""


class ModelError(CaptchakitError):
    """The model file cannot be used: not there, no card, another format, a card that its graph contradicts."""


class DatasetError(CaptchakitError):
    """The dataset breaks its own rules; the message names the row."""


class PluginError(CaptchakitError):
    """A part is unknown, offered twice, does not load, or refuses its options."""


class LearningError(CaptchakitError):
    """Nothing can be learned from these examples, or what was learned cannot be exported."""


class OptionError(CaptchakitError):
    """A wish that cannot be met, such as an alphabet that shares no character with the model's."""
