"""Text cells in, changes and findings out (pure)."""
