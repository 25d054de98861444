"""`python -m captchakit`: the command line where the installed command is not on the path."""

from captchakit.cli import main

if __name__ == "__main__":
    main()
