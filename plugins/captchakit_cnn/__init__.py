"""A small convolutional network, trained with PyTorch, which solving never imports."""

from captchakit_cnn.classifier import Cnn

__all__ = ["Cnn"]
