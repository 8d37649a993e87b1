"""The script that `dalil app` runs; `app.py` at the top of the project does the same."""

from rag.ui.page import show

show()
