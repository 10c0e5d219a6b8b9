"""Arrays and other files for the browser, under addresses made of their content: each is asked for once."""

import hashlib

import streamlit as st


def served(key: str, name: str, data: bytes, kind: str = "application/octet-stream") -> str:
    """An address of these bytes for this session: the same bytes, the same address."""
    from streamlit.runtime import get_instance

    digest = hashlib.blake2b(data, digest_size=10).hexdigest()
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    link = get_instance().media_file_mgr.add(data, kind, f"{key}.{name}", file_name=digest)
    return f"/{base}{link}" if base else link
