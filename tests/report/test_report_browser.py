"""The page in a browser: no error, no request to a network, nothing cut off, light and dark, tables that sort."""

from __future__ import annotations

import pytest
from browser import CHROMIUM, browsing

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (Debian: apt-get install chromium)")

CUT = """[...document.querySelectorAll("svg")].filter((svg) => svg.checkVisibility()).flatMap((svg) => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")].filter((text) => {
    const own = text.getBoundingClientRect();
    return own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 1 || own.bottom > box.bottom + 1;
  }).map((text) => text.textContent);
})"""
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
ROWS = "[...document.querySelectorAll('.overview table')].at(-1).tBodies[0].rows"
SHOWN = """[document.querySelectorAll("section.run:target").length, document.querySelector(".overview").checkVisibility()]"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with browsing(tmp_path_factory.mktemp("browser")) as found:
        yield found


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_page_is_whole_and_quiet(page, run_page, sweep_page, width, dark):
    for file in (run_page, sweep_page):
        page.requests.clear()
        page.open(file, width, dark=dark)
        assert page.run(CUT) == []
        assert page.run(WIDER) is False
        light = page.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert light is not dark
        assert page.run('document.querySelectorAll("svg path").length') > 50
        assert page.requests == [file.as_uri()]
    assert page.errors == []


def test_a_table_sorts_by_a_click_on_its_heading(page, sweep_page):
    page.open(sweep_page)
    for title, different in (("cost", 4), ("case", 2)):
        seen = []
        for _ in range(2):
            button = (
                f"[...document.querySelectorAll('.overview th button')].findLast((b) => b.textContent === '{title}')"
            )
            page.run(f"{button}.click()")
            place = page.run(f"{button}.closest('th').cellIndex")
            cells = f"[...{ROWS}].map((row) => row.cells[{place}])"
            seen.append(page.run(f"{cells}.map((cell) => cell.dataset.key ? +cell.dataset.key : cell.textContent)"))
        assert seen[0] == sorted(seen[0])
        assert seen[1] == seen[0][::-1]
        assert len(set(seen[0])) == different


def test_every_run_is_a_click_away_and_back(page, sweep_page):
    page.open(sweep_page)
    assert page.run(SHOWN) == [0, True]
    for place in range(4):
        page.run(f"[...{ROWS}][{place}].querySelector('a').click()")
        assert page.run(SHOWN) == [1, False]
        assert page.run(CUT) == []
        page.run("document.querySelector('section.run:target nav a').click()")
        assert page.run(SHOWN) == [0, True]


def test_a_script_that_is_not_the_pages_does_not_run(page, run_page, tmp_path):
    foreign = "<script>document.title = 'foreign'</script><img src='http://127.0.0.1:9/x.png'></main>"
    file = tmp_path / "page.html"
    file.write_text(run_page.read_text(encoding="utf-8").replace("</main>", foreign), encoding="utf-8")
    page.open(file)
    assert page.run("document.title") != "foreign"
    assert page.errors, "what goes wrong in a page is noticed"
    page.errors.clear()
