"""The chat in a browser: ``dalil app``, or ``streamlit run app.py``."""

from rag.ui.page import show

show()
