"""Fits the coefficients that ship: `rag.calibration.confidence` and `rag.calibration.support`."""
