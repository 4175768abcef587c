"""What outcomes teach: labels, base rates and the calibrator."""
