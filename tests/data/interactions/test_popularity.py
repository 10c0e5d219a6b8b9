"""How choices are shared out among items, and what the page shows of the most chosen."""

import pytest

from embedlab.data.interactions.build import Wanted, add_choices
from embedlab.data.interactions.popularity import choices_per_user, most_chosen, period_of, tail_of


@pytest.fixture
def data(tmp_path):
    """Ten items, of which x0 has eleven choices and the others one each; x0 is called Zero and is of 1999."""
    rows = [f"u{i},x0,{86_400 * (700 + i)}" for i in range(11)] + [f"u0,x{i},{86_400 * 800}" for i in range(1, 10)]
    (tmp_path / "t.csv").write_text("\n".join(["user,item,time", *rows]), encoding="utf-8")
    titles = "id,title,year\n" + "".join(f"x{i},{'Zero' if i == 0 else f'N {i}'},{1999 + i}\n" for i in range(10))
    (tmp_path / "titles.csv").write_text(titles, encoding="utf-8")
    return add_choices([tmp_path / "t.csv"], tmp_path / "out", Wanted(titles=tmp_path / "titles.csv"))


def test_tail_gives_the_share_of_the_most_chosen(data):
    tail = tail_of(data)
    assert tail.items == pytest.approx([i / 10 for i in range(11)], rel=1e-10)
    assert tail.choices == pytest.approx([0, *(0.55 + i / 20 for i in range(10))], rel=1e-10)
    assert [(mark, n) for mark, n, _ in tail.marks] == [(0.01, 1), (0.05, 1), (0.1, 1), (0.2, 2), (0.5, 5)]
    assert tail.sentence() == "The most chosen 10% of the items (1) have 55% of all choices."


def test_most_chosen_come_first_with_what_is_known_of_them(data):
    assert most_chosen(data, 2) == {
        "Item": ["Zero", "N 1"],
        "Choices": [11, 1],
        "Share of users": [1.0, pytest.approx(1 / 11)],
        "Id": ["x0", "x1"],
        "year": [1999, 2000],
    }


def test_median_and_period(data):
    assert choices_per_user(data) == 1
    assert period_of(data) == (86_400 * 700.0, 86_400 * 800.0)
