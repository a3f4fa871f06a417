"""`python -m sitter.cli` is the `sitter` command."""

from sitter.cli import main

main()
