"""Typed queues between the modules, behind a pluggable transport."""
