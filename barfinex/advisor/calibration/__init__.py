"""Calibration: from a model's logit to a probability that comes true as often as it says."""
