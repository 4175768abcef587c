"""A simulated venue that misbehaves by a seeded script: every fault of order entry and account by name."""
