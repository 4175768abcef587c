"""The terminal face of Studio."""
