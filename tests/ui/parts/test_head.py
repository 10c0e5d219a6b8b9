"""The page of the app carries its style; other answers are passed on unchanged."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from embedlab.ui.parts.head import StyleInHead
from embedlab.ui.parts.theme import STYLE


def run(work) -> None:
    """Run a coroutine in a thread of its own: a browser test before this one may have left its loop in this thread."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


def answered(headers: list, *parts: bytes, status: int = 200) -> tuple[dict, bytes]:
    """What a browser gets where the app answers with these headers and parts of a body."""
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for i, part in enumerate(parts, 1):
            await send({"type": "http.response.body", "body": part, "more_body": i < len(parts)})

    async def keep(message):
        sent.append(message)

    run(StyleInHead(app)({"type": "http", "headers": []}, None, keep))
    return dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


def test_style_stands_at_the_end_of_the_head_of_a_page_in_parts():
    headers, body = answered(
        [(b"content-type", b"text/html; charset=utf-8"), (b"etag", b"1")], b"<head><title>t</ti", b"tle></head><body>"
    )
    assert body == b"<head><title>t</title>" + STYLE.encode() + b"</head><body>"
    assert headers[b"content-length"] == str(len(body)).encode() and b"etag" not in headers


@pytest.mark.parametrize(
    "headers, status",
    [
        ([(b"content-type", b"text/javascript")], 200),
        ([(b"content-type", b"text/html")], 304),
        ([(b"content-type", b"text/html"), (b"content-encoding", b"gzip")], 200),
    ],
    ids=["a script", "not modified", "compressed"],
)
def test_any_other_answer_is_left_alone(headers, status):
    assert answered(headers, b"</head>", b"more", status=status) == (dict(headers), b"</head>more")


def test_pages_are_asked_for_uncompressed_and_files_are_not():
    asked = []

    async def app(scope, receive, send):
        asked.append(dict(scope["headers"]))

    for accepts in (b"text/html,*/*", b"*/*"):
        headers = [(b"accept", accepts), (b"accept-encoding", b"gzip")]
        run(StyleInHead(app)({"type": "http", "headers": headers}, None, None))
    assert [b"accept-encoding" in headers for headers in asked] == [False, True]
