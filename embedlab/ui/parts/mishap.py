"""Errors that nobody foresaw: the reader gets a sentence and an id, the log the same id and the traceback."""

import logging
import uuid

import streamlit as st

log = logging.getLogger("embedlab.ui")


def told(error: Exception) -> bool:
    """Show a sentence in place of Streamlit's own message, and log the error under the id in it. Always True."""
    id = uuid.uuid4().hex[:8]
    log.error("Error %s on the page %s", id, st.session_state.get("page", "start"), exc_info=error)
    st.error(
        "Something went wrong that EmbedLab did not expect. What was saved is still there. Reload the page; if it "
        f"happens again, try another run or other settings.  \nError {id}: the log of the app, in the terminal it was "
        "started in, has the details under this id.",
        icon=":material/error:",
    )
    return True
