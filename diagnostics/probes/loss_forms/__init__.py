"""The closed forms of the field, one family per file: each is asked for its own and says None."""
