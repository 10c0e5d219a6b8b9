"""What a page opened in a test shows, as text."""


def texts(page) -> str:
    """The titles, texts, captions and messages of the page."""
    return " ".join(
        element.value
        for kind in ("title", "markdown", "caption", "warning", "error")
        for element in getattr(page, kind)
    )


def html_of(page) -> str:
    """The blocks of HTML on the page."""
    return " ".join(element.proto.body for element in page.get("html"))
