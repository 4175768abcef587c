"""The one API: what people and programs may read of a run, and the two things that they may ask of it."""
