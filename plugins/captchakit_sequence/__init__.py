"""A segmentation-free reader: a fully convolutional network with connectionist temporal classification."""

from captchakit_sequence.classifier import Sequence

__all__ = ["Sequence"]
