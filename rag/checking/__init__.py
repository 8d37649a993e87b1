"""Checking: do the sources say what a sentence states? By names, numbers, dates, denials and meaning."""
