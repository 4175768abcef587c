"""What exchanges stream, in one form: decoded from the raw frame, checked, and put in order."""
