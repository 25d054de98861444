"""The command line: a command takes arguments, calls the library, and prints what it returns.

Exit status: 0 all went well; 1 some images could not be read, the others were; 2 wrong usage, or a model, dataset or
part that cannot be used; 3 all images could be read, but for some no answer is given, for the reason that is told; 130
interrupted. Answers go to standard output, everything else to standard error.
"""

from captchakit.cli.app import main

__all__ = ["main"]
