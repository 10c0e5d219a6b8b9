"""The attributes of points in the text that a map shows on hover."""

from embedlab.data.points import Points

UP_TO, MOST = 100_000, 12  # points whose hover text lists attributes, and how many attributes


def hover_facts(points: Points) -> list[str] | None:
    """The attributes of each point as "name: value", joined by tabs; None without attributes, and for large maps."""
    if not points.columns or len(points) > UP_TO:
        return None
    columns = [(name, points.texts(name)) for name in points.columns[:MOST]]
    return [
        "\t".join(f"{name}: {_one_line(values[i])}" for name, values in columns if values[i])
        for i in range(len(points))
    ]


def _one_line(text: str, width: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"
