"""Everything that answers like an exchange."""
