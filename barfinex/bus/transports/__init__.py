"""Ways to move envelopes to modules, all behind one contract."""
