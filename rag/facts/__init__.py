"""Facts of a text: the names, places, dates and numbers it states, comparable across languages and scripts."""
