"""Computation graphs as text, as flowcharts and as pictures."""

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import numpy as np
import pytest

from skshallow.computation_graph import Variable
from tests.graphs import GRAPHS, product_with_sum, triple_of_sum

SVG = "{http://www.w3.org/2000/svg}"


def elements(variable, tag):
    """The elements of the picture of this kind."""
    return list(ET.fromstring(variable.to_svg()).iter(SVG + tag))


def boxes(variable):
    """The boxes of the picture: left, top, right, bottom."""
    sides = (
        [float(rect.get(key)) for key in ("x", "y", "width", "height")]
        for rect in elements(variable, "rect")
    )
    return [(x, y, x + width, y + height) for x, y, width, height in sides]


def wires(variable):
    """The arrows: from (x0, y0) level to x1, then by a curve to (x, y)."""
    for path in elements(variable, "path"):
        numbers = path.get("d").translate(str.maketrans("MHCml", "     ")).split()
        x0, y0, x1, *_, x, y = map(float, numbers[:9])
        yield x0, y0, x1, x, y


def test_text_has_a_line_a_node():
    """Formula, value and derivative, inputs first; no derivatives before backward."""
    J = triple_of_sum()
    assert J.to_text().splitlines() == [
        "a = 5",
        "b = 3",
        "c = 2",
        "u = b · c = 6",
        "v = a + u = 11",
        "J = 3 · v = 33",
    ]
    J.backward()
    assert J.to_text().splitlines() == [
        "a = 5           da = 3",
        "b = 3           db = 6",
        "c = 2           dc = 9",
        "u = b · c = 6   du = 3",
        "v = a + u = 11  dv = 3",
        "J = 3 · v = 33  dJ = 1",
    ]


def test_mermaid_has_a_box_a_node_and_an_arrow_a_parent():
    """A parent that is used twice has one arrow."""
    x = Variable(3, "x")
    J = (x * x + 1).named("J")
    assert '    n0["x<br>= 3"]' in J.to_mermaid().splitlines()
    J.backward()
    assert J.to_mermaid().splitlines() == [
        "flowchart LR",
        '    n0["x<br>= 3<br>dx = 6"]',
        '    n1["v1 = x · x<br>= 9<br>dv1 = 1"]',
        "    n0 --> n1",
        '    n2["J = v1 + 1<br>= 10<br>dJ = 1"]',
        "    n1 --> n2",
    ]


def test_svg_shows_formula_value_and_derivative():
    """In a colour each."""
    J = product_with_sum()
    J.backward()
    lines = [(text.text, text.get("fill")) for text in elements(J, "text")]
    colors = [{color for _, color in lines[k::3]} for k in range(3)]
    assert [len(kind) for kind in colors] == [1, 1, 1]
    assert len(set.union(*colors)) == 3
    assert [text for text, _ in lines] == [
        *("a", "= 3", "da = 10"),
        *("b", "= 4", "db = 5"),
        *("c", "= 5", "dc = 10"),
        *("u = 2 · a", "= 6", "du = 5"),
        *("v = u + b", "= 10", "dv = 5"),
        *("J = v · c", "= 50", "dJ = 1"),
    ]


@pytest.mark.parametrize("graph", GRAPHS)
def test_svg_keeps_boxes_apart_and_on_the_canvas(graph):
    """A letter of the font is less than 8 pixels wide, so its text is inside, too."""
    result = graph()
    result.backward()
    picture = ET.fromstring(result.to_svg())
    width, height = float(picture.get("width")), float(picture.get("height"))
    drawn = boxes(result)
    assert len(drawn) == len(result.to_text().splitlines())
    for left, top, right, bottom in drawn:
        assert 0 < left < right < width
        assert 0 < top < bottom < height
    for one, other in combinations(drawn, 2):
        apart = one[2] < other[0] or other[2] < one[0]
        assert apart or one[3] < other[1] or other[3] < one[1]
    for k, text in enumerate(elements(result, "text")):
        left, top, right, bottom = drawn[k // 3]
        half = 4 * len(text.text or "")
        assert left <= float(text.get("x")) - half
        assert float(text.get("x")) + half <= right
        assert top < float(text.get("y")) < bottom


@pytest.mark.parametrize("graph", GRAPHS)
def test_svg_leads_each_arrow_from_box_to_box_through_none(graph):
    """Level in the row of its parent, then by a curve between the columns."""
    result = graph()
    drawn = boxes(result)
    ends = {(right, (top + bottom) / 2) for _, top, right, bottom in drawn}
    starts = {(left, (top + bottom) / 2) for left, top, _, bottom in drawn}
    arrows = list(wires(result))
    assert len(arrows) == result.to_mermaid().count("-->")
    for x0, y0, x1, x, y in arrows:
        assert x0 <= x1 < x
        assert (x0, y0) in ends
        assert (x, y) in starts
        for left, top, right, bottom in drawn:
            assert not (top <= y0 <= bottom and x0 < right and left < x1)
            assert right <= x1 or x <= left


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.123456, "0.1235"),
        (-0.0, "0"),
        (1e-9, "1e-09"),
        ([1, 0.5, -2], "[1 0.5 -2]"),
        ([[1], [2]], "[[1] [2]]"),
        (np.ones(4), "[4 numbers]"),
        (np.ones((40, 5)), "[40×5 numbers]"),
    ],
    ids=str,
)
def test_numbers_are_shown_if_there_are_few(value, shown):
    """With four digits; of others the shape."""
    assert Variable(value, "x").to_text() == f"x = {shown}"
    assert repr(Variable(value, "x")) == f"Variable({shown}, name='x')"
    assert (Variable(1) + value).to_text().endswith(f"v1 + {shown} = {shown}") is (
        "numbers" in shown
    )


@pytest.mark.parametrize("name", ["a<b", "a & b", 'the "x"', "{x}", "#1;", "`x`", "θ₁"])
def test_names_are_escaped(name):
    """In XML and in Mermaid, where # and a number mean a character."""
    J = (2 * Variable(3, name)).named("J")
    J.backward()
    texts = [text.text for text in elements(J, "text")]
    assert texts[:4] == [name, "= 3", f"d{name} = 2", f"J = 2 · {name}"]
    assert J.to_text().startswith(f"{name} = 3")
    _, box, *_ = J.to_mermaid().splitlines()
    label = box.removeprefix('    n0["').removesuffix('"]')
    shown, value, derivative = label.split("<br>")
    assert not set('<>"`&') & set(shown + derivative)
    assert re.sub(r"#(\d+);", lambda match: chr(int(match[1])), shown) == name
    assert value == "= 3"


def test_variables_without_a_name_get_one_that_is_free():
    """In order, and only in what is shown."""
    x = Variable(3, "v1")
    square = x * x
    result = square + Variable(1)
    assert result.to_text().splitlines() == [
        "v1 = 3",
        "v2 = 1",
        "v3 = v1 · v1 = 9",
        "v4 = v3 + v2 = 10",
    ]
    square.name = "s"
    assert "s = v1 · v1 = 9" in result.to_text()
    assert result.name is None


@pytest.mark.parametrize(
    ("operation", "formula"),
    [
        (lambda z: abs(z), "|z|"),
        (lambda z: z.softplus(), "softplus(z)"),
        (lambda z: z.log_sigmoid(), "log σ(z)"),
        (lambda z: z.softmax(0), "softmax(z)"),
        (lambda z: z.log_softmax(), "log softmax(z)"),
        (lambda z: z.reshape(-1), "reshape(z)"),
        (lambda z: z[0], "z[0]"),
        (lambda z: z[np.int64(-1), 2], "z[-1, 2]"),
        (lambda z: z[:, 1:], "z[:, 1:]"),
        (lambda z: z[::-1, None], "z[::-1, None]"),
        (lambda z: z[..., :2], "z[…, :2]"),
        (lambda z: z[[0, 1], np.array([1, 2])], "z[…, …]"),
        (lambda z: z[z.value > 0], "z[…]"),
    ],
)
def test_operation_is_shown_as_its_formula(operation, formula):
    """Slices as they are written, arrays as something."""
    z = Variable([[1.0, -2.0, 3.0], [4.0, 5.0, 6.0]], "z")
    assert (
        operation(z).named("a").to_text().splitlines()[1].startswith(f"a = {formula} =")
    )


def test_svg_is_as_narrow_as_its_captions():
    """A column of short ones is narrower than one of long ones."""
    widths = [right - left for left, _, right, _ in boxes(triple_of_sum())]
    a, b, c, u, v, J = widths
    assert a == b == c == 8 * len("= 5") + 16
    assert u == v == J == 8 * len("u = b · c") + 16


@pytest.mark.parametrize("graph", GRAPHS)
def test_svg_is_an_image_with_a_text(graph):
    """Its arrows say which of the groups before theirs they come from."""
    result = graph()
    result.backward()
    picture = ET.fromstring(result.to_svg())
    assert picture.get("role") == "img"
    assert picture.get("viewBox").split()[2:] == [
        picture.get("width"),
        picture.get("height"),
    ]
    title, description, *groups = picture
    assert title.text == f"Computation graph of {result.name or 'v1'}"
    assert description.text == result.to_text()
    for k, group in enumerate(groups):
        assert all(int(path.get("data-from")) < k for path in group.iter(SVG + "path"))


def test_notebook_shows_the_picture():
    """With a style and a script for it, and nothing that is fetched or named twice."""
    J = triple_of_sum()
    html = J._repr_html_()
    assert J.to_svg() in html
    assert html.count("<script>") == html.count("</script>") == 1
    assert re.findall(r"\w+://[^\"'\s]*", html) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"""\b(src|href|id)=|@import|url\(|fetch\(|import """, html)


def test_notebook_is_safe_from_names():
    """They are text, and cannot end the picture or begin a script."""
    name = "</svg><script>alert(1)</script>"
    assert "alert(1)" in (html := Variable(1, name)._repr_html_())
    assert html.count("<script>") == html.count("</svg>") == 1
