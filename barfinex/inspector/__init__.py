"""The risk governor: every intent and every order passes here; positions are protected from here."""
