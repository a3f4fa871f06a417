"""Parts for Sitter: noisy waves of two frequencies, a network for them, a check on the loss."""
