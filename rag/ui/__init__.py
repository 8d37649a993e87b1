"""The chat: Streamlit pages over `rag.Assistant`. Widgets only; decisions and computations are calls into `rag`."""
