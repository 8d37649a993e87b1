"""What `dalil app` runs; `app.py` at the top of the project is the same."""

from rag.ui.page import show

show()
