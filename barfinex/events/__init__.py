"""Facts, in the past tense, immutable; one file per publisher."""
