"""`python -m streambda` is the `streambda` command."""

from streambda.cli import main

if __name__ == "__main__":
    main()
