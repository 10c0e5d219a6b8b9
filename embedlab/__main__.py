"""`python -m embedlab`: the command, where its script is not on the path."""

from embedlab.cli import main

if __name__ == "__main__":
    main()
