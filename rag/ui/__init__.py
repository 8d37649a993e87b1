"""The chat: Streamlit pages over `rag.Assistant`. Widgets only; what is decided or computed is a call into `rag`."""
