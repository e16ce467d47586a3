"""`python -m cie` is the `cie` command."""

from cie.cli import main

main()
