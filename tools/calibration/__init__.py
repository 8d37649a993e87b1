"""Fits the coefficients that ship: `tools.calibration.confidence` and `tools.calibration.support`."""
