"""Writing: a model writes an answer from numbered evidence, sentence by sentence, each checked against its sources."""
