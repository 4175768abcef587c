"""All contact with exchanges, and the one API. Decides nothing."""
