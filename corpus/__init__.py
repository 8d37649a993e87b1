"""Files to addressed text: reading, sentences, chunks and the store. Knows nothing of models or questions."""
