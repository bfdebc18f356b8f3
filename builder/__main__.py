"""`python -m builder` is the command `tailbox`."""

from builder.cli import main

main()
