"""The rules of style in the page's own head, so that the rail is narrow from the first frame on."""

from embedlab.ui.parts.theme import STYLE


class StyleInHead:
    """ASGI middleware that puts the rules of style into the HTML page of the app; other answers pass as they are."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if b"text/html" in dict(scope["headers"]).get(b"accept", b""):  # a page, which must come uncompressed
            scope = scope | {"headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        start, body = None, b""

        async def styled(message):
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    whole = body.replace(b"</head>", STYLE.encode() + b"</head>", 1)
                    kept = [pair for pair in start["headers"] if pair[0].lower() not in (b"content-length", b"etag")]
                    await send(start | {"headers": [*kept, (b"content-length", str(len(whole)).encode())]})
                    await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, styled)


def _is_page(message: dict) -> bool:
    headers = {name.lower(): value for name, value in message["headers"]}
    plain = b"content-encoding" not in headers and message["status"] == 200
    return plain and headers.get(b"content-type", b"").startswith(b"text/html")
