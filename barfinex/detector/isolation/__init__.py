"""Strategy files that are more than a description run in a process of their own, within bounds."""
