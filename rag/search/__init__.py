"""Search: a question to ranked hits, each read together with what stands around it."""
