"""Other people's recognisers as solvers, so that a benchmark compares them in the same run.

They are never needed to solve: `pip install "captchakit-ocr[rivals]"` brings them.
"""
