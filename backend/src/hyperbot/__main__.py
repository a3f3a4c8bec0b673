"""`python -m hyperbot` is the `hyperbot` command."""

from hyperbot.cli.main import main

main()
