"""From files to text with known positions: reading, sentences, chunks and the store. No models and no questions."""
