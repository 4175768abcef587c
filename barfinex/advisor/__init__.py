"""The Advisor: eight typed stages from a signal to an intent, and what it learns from the outcomes."""
