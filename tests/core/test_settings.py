from dataclasses import dataclass

import pytest

from embedlab.core.errors import BadSetting
from embedlab.core.settings import AUTO, check_settings, from_dict, parse, setting, settings_of


@dataclass(frozen=True)
class Config:
    dim: int = setting(100, label="Size", help="More is finer.", low=1, high=500)
    rate: float = setting(0.5, label="Rate", help="More is faster.", low=0.0)
    kind: str = setting("a", label="Kind", help="Which.", choices=("a", "b"), labels={"a": "First"}, group="More")
    limit: int | None = setting(None, label="Limit", help="Fewer.", low=1, when=("kind", ("b",)))
    fast: bool = setting(True, label="Fast", help="Quicker.")
    plain: int = 3

    def __post_init__(self):
        check_settings(self)


def test_settings_of_a_config():
    found = {s.name: s for s in settings_of(Config)}
    assert list(found) == ["dim", "rate", "kind", "limit", "fast"]
    assert [(s.type, s.optional, s.default) for s in found.values()] == [
        (int, False, 100),
        (float, False, 0.5),
        (str, False, "a"),
        (int, True, None),
        (bool, False, True),
    ]
    assert (found["kind"].choices, found["kind"].labels, found["kind"].group) == (("a", "b"), {"a": "First"}, "More")
    assert (found["dim"].low, found["dim"].high, found["limit"].when) == (1, 500, ("kind", ("b",)))


@pytest.mark.parametrize(
    "values", [{"dim": 1}, {"dim": 500}, {"rate": 1}, {"limit": 4}, {"limit": None}, {"plain": "x"}]
)
def test_check_settings_accepts(values):
    assert from_dict(Config, values) == Config(**values)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"dim": 0}, "Size must lie between 1 and 500; got 0."),
        ({"dim": 501}, "Size must lie between 1 and 500; got 501."),
        ({"dim": "9"}, "Size must be a whole number; got '9'."),
        ({"dim": 1.5}, "Size must be a whole number; got 1.5."),
        ({"dim": True}, "Size must be a whole number; got True."),
        ({"dim": None}, "Size must be a whole number; got None."),
        ({"rate": float("nan")}, "Rate must be a number; got nan."),
        ({"fast": 1}, "Fast must be true or false; got 1."),
        ({"dim": float("inf")}, "Size must be a whole number; got inf."),
        ({"dim": float("nan")}, "Size must be a whole number; got nan."),
        ({"kind": "c"}, "Kind must be one of a, b; got 'c'."),
        ({"kind": 1}, "Kind must be text; got 1."),
        ({"rate": float("inf")}, "Rate must be a number; got inf."),
        ({"limit": 0}, "Limit must be at least 1; got 0."),
        ({"rate": -1.0}, "Rate must be at least 0; got -1.0."),
    ],
)
def test_check_settings_refuses(values, sentence):
    with pytest.raises(BadSetting) as caught:
        Config(**values)
    assert str(caught.value) == sentence


def test_from_dict_of_an_unknown_name():
    with pytest.raises(BadSetting, match="Config has no setting 'size'; it has dim, fast, kind, limit, plain, rate"):
        from_dict(Config, {"size": 3})


def test_parse_texts():
    texts = {"dim": "50", "rate": "1e-3", "kind": "b", "limit": "none", "fast": "no", "other": "x"}
    assert parse(Config, texts) == {"dim": 50, "rate": 1e-3, "kind": "b", "limit": None, "fast": False, "other": "x"}
    with pytest.raises(BadSetting, match="Size must be a whole number; got 'many'"):
        parse(Config, {"dim": "many"})


@dataclass(frozen=True)
class Automatic:
    epochs: int = setting(AUTO, fixed=5, label="Epochs", help="More is finer.", low=1, high=500)
    window: int = setting(5, label="Window", help="Wider.", low=1)

    def __post_init__(self):
        check_settings(self)


def test_a_setting_may_be_auto_only_where_it_says_so():
    assert [(s.name, s.automatic) for s in settings_of(Automatic)] == [("epochs", True), ("window", False)]
    assert Automatic().epochs == AUTO and Automatic(epochs=3).epochs == 3
    assert parse(Automatic, {"epochs": "AUTO", "window": "3"}) == {"epochs": AUTO, "window": 3}
    for values in ({"window": AUTO}, {"epochs": "often"}, {"epochs": 0}, {"epochs": None}):
        with pytest.raises(BadSetting):
            from_dict(Automatic, values)
    with pytest.raises(BadSetting, match="Epochs must be a whole number or auto; got 'x'"):
        parse(Automatic, {"epochs": "x"})
