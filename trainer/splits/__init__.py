"""How the samples are divided into training and validation, one way per file."""
