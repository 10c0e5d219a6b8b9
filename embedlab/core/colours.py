"""The colours of the app by role, for a light and a dark page: text at WCAG AA or better on each of its grounds."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Colours:
    """One theme. Every value is a hex colour.

    accent: what is chosen or can be acted on; on_accent: text on it; accent_text: the accent as text on `page`, `soft`
    and `chip`. second: warnings, yardsticks and the context word, as a mark; second_text: the same as text.
    text, captions: what is read; line: borders; page, soft, chip: grounds, of the page, of what is set apart, and of
    what is chosen.
    """

    accent: str
    on_accent: str
    accent_text: str
    second: str
    second_text: str
    text: str
    captions: str
    line: str
    page: str
    soft: str
    chip: str


LIGHT = Colours(
    accent="#0f6e84",
    on_accent="#ffffff",
    accent_text="#0d6478",
    second="#d1730b",
    second_text="#8f4a00",
    text="#1d2530",
    captions="#555e6a",
    line="#dfe4e8",
    page="#ffffff",
    soft="#f4f7f8",
    chip="#e6f1f3",
)
DARK = Colours(
    accent="#41b0c8",
    on_accent="#08161a",
    accent_text="#5cc0d6",
    second="#e8923a",
    second_text="#f0a860",
    text="#e6ebf0",
    captions="#a3aeb9",
    line="#2d3a45",
    page="#11181f",
    soft="#1a232c",
    chip="#1b3a44",
)


def variables() -> str:
    """The colours as CSS variables `--em-accent` and so on; each is that of the theme where it is used."""
    dark = asdict(DARK)
    return " ".join(
        f"--em-{name.replace('_', '-')}: light-dark({value}, {dark[name]});" for name, value in asdict(LIGHT).items()
    )


def contrast(one: str, other: str) -> float:
    """The contrast of two hex colours by WCAG, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
