"""The directive ``predict``: a question of a lesson, with its answer folded below it.

Notebooks get both as Markdown, and there names of objects without their roles.
"""

from re import MULTILINE, Match, sub
from textwrap import dedent
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.util.docutils import SphinxDirective
from sphinx_gallery import notebook

# With the space behind it, which Chinese does not have.
LABEL = "Predict, then run: "
QUESTION = r"^\.\. predict:: (.*(?:\n   .+)*)\n((?:\n+   .*)+)"
# What a role stands for, in code: the last part of a name after a tilde, or the script.
SHORTENED = r":\w+:`~(?:\w+\.)*(\w+)`"
SCRIPT = r":ref:`sphx_glr_auto_examples_(\w+\.py)`"


class Question(nodes.General, nodes.TextElement):
    """What can be clicked on. Being a text of its own, it can be translated."""


def visit_question(translator: Any, node: Question) -> None:
    """Write the label before a question."""
    translator.body.append(f"<summary><strong>{_(LABEL)}</strong>")


def depart_question(translator: Any, node: Question) -> None:
    """End a question."""
    translator.body.append("</summary>\n")


class PredictDirective(SphinxDirective):
    """Folds an answer: its argument is the question, its content the answer."""

    required_arguments: ClassVar[int] = 1
    final_argument_whitespace: ClassVar[bool] = True
    has_content: ClassVar[bool] = True

    def run(self) -> list[nodes.Node]:
        """Return the question as what can be clicked on, and the answer."""
        inline, messages = self.parse_inline(self.arguments[0])
        question = Question(self.arguments[0], "", *inline)
        self.set_source_info(question)
        return [
            nodes.raw("", '<details class="predict">', format="html"),
            question,
            *self.parse_content_to_nodes(),
            nodes.raw("", "</details>", format="html"),
            *messages,
        ]


def in_markdown(match: Match[str]) -> str:
    """Return a question and its answer as a notebook shows them folded."""
    question, answer = " ".join(match[1].split()), dedent(match[2]).strip()
    summary = f"<summary><b>{LABEL}</b>{question}</summary>"
    return f"<details>{summary}\n\n{answer}\n\n</details>\n"


def converting(rst2md: Any) -> Any:
    """Return sphinx-gallery's conversion to Markdown with what it leaves as it is."""

    def convert(text: str, *arguments: Any) -> str:
        text = sub(QUESTION, in_markdown, text, flags=MULTILINE)
        text = sub(SHORTENED, r"`\1`", sub(SCRIPT, r"`\1`", text))
        return rst2md(text, *arguments)

    return convert


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it. For notebooks sphinx-gallery has no hook, so that is replaced."""
    app.add_directive("predict", PredictDirective)
    app.add_node(Question, html=(visit_question, depart_question))
    notebook.rst2md = converting(notebook.rst2md)
    return {"parallel_read_safe": True}
