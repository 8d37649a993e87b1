"""The fitting of the coefficients that ship, by `tools.calibration.confidence`, `support` and `reading`."""
