"""Figures, printed; never a timed assertion: machines are shared and noisy."""
