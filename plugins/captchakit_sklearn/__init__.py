"""The classical baseline: oriented-edge features and a scikit-learn estimator, exported with skl2onnx."""

from captchakit_sklearn.classifier import Sklearn

__all__ = ["Sklearn"]
