"""Fits the coefficients that ship: of confidence (`rag.calibration.confidence`) and of support (`rag.calibration.support`)."""
