"""Formulas as MathML, which browsers draw by themselves: no script, no network."""

from re import sub
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

THIN = '<mspace width="0.17em"/>'
# Primes are raised already, and as superscripts all but lost; names want some space. A
# minus is a sign and no difference after =, and := is one symbol.
MENDED = [
    (r"<msup>(<mi>[^<]*</mi>)<mi>(&#x02032;)</mi></msup>", r"\1<mtext>\2</mtext>"),
    (r"<mi>(exp|ln|log|max|min|tanh)</mi>", rf"{THIN}<mi>\1</mi>{THIN}"),
    (r"<mi>:</mi><mo>&#x0003D;</mo>", "<mo>:=</mo>"),
    (r"(=|&#x0003D;)</mo><mo>&#x02212;", r'\1</mo><mo form="prefix">&#x02212;'),
]


def mathml(node: nodes.Element, display: str) -> str:
    """Return a formula, mended where the conversion is not what TeX would draw."""
    formula = convert(node.astext(), display=display)
    for pattern, mended in MENDED:
        formula = sub(pattern, mended, formula)
    return formula


def inline(translator: Any, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    translator.body.append(mathml(node, "inline"))
    raise nodes.SkipNode


def block(translator: Any, node: nodes.math_block) -> None:
    """Write a formula in a block of its own."""
    translator.body.append(f'<div class="formula">{mathml(node, "block")}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
