"""The operations terminal: sees everything, can halt, never trades."""
