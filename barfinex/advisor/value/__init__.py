"""What it was worth: outcomes, gates, capital and strategies, each measured against doing without."""
