"""`python -m builder` is the command `tailbox`."""

from builder.cli.main import main

main()
