"""Search and comparison over history, with what it takes not to be fooled by them."""
