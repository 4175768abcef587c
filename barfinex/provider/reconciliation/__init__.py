"""Reconciliation: what the journal makes us believe is compared with what the venue says, and settled."""
