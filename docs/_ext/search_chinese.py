"""Search in the Chinese edition: a word is each two characters that stand together.

So no dictionary decides which words there are, and page and query, which Python and the
browser split, are split alike.
"""

from itertools import pairwise
from re import findall, match
from typing import ClassVar

from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish

# Characters of Chinese, or letters and digits.
RUN = r"[\u4e00-\u9fff]+|[^\W\u4e00-\u9fff]+"


def pairs(text: str) -> list[str]:
    """Return the words of a text: what is not Chinese as it stands."""
    words = []
    for run in findall(RUN, text):
        chinese = match("[\u4e00-\u9fff]{2}", run)
        words += map("".join, pairwise(run)) if chinese else [run]
    return words


class SearchChinese(SearchEnglish):
    """Splits Chinese into pairs, and has the stems of English for all else."""

    lang: ClassVar[str] = "zh"
    js_splitter_code: ClassVar[str] = r"""
function splitQuery(query) {
  const run = /[\u4e00-\u9fff]+|(?:[^\P{Letter}\u4e00-\u9fff]|[\p{Number}_])+/gu;
  const pairs = (text) => Array.from(text).slice(1).map((end, i) => text[i] + end);
  return (query.match(run) ?? []).flatMap((text) =>
    /^[\u4e00-\u9fff]{2}/.test(text) ? pairs(text) : text);
}
"""

    def split(self, text: str) -> list[str]:
        """Split a text of a page."""
        return pairs(text)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register it for the language zh_CN."""
    app.add_search_language(SearchChinese)
    return {"parallel_read_safe": True}
