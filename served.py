"""What `embedlab` serves: app.py, and a sentence of ours where an error was not foreseen, in callbacks too."""

from pathlib import Path

import streamlit as st

from embedlab.ui.parts.mishap import told

app = st.App(Path(__file__).with_name("app.py"), on_script_error=told)
