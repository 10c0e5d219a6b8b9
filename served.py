"""What `embedlab` serves: app.py, and a sentence of ours where an error was not foreseen, in callbacks too."""

import threading
from importlib import import_module
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from embedlab.ui.parts.head import StyleInHead
from embedlab.ui.parts.mishap import told

app = st.App(Path(__file__).with_name("app.py"), on_script_error=told, middleware=[Middleware(StyleInHead)])
# What the Start page needs is read while the first visitor's browser still loads.
threading.Thread(target=import_module, args=("embedlab.ui.start.ready",), daemon=True).start()
