"""What the one-file program runs."""

from multiprocessing import freeze_support

from captchakit.cli import main

freeze_support()  # a worker process of a benchmark is this program again
main()
