"""The site: sphinx-build -W --keep-going -b html docs docs/_build/html.

All that it shows is in the pages themselves: no page loads anything over the network.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from sphinx.locale import _

import skshallow

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))

# Addresses, empty where there is none: of the repository, and of this site.
project_file = tomllib.loads((DOCS.parent / "pyproject.toml").read_text("utf-8"))
urls = project_file["project"].get("urls", {})
repository = os.environ.get("SKSHALLOW_REPOSITORY", urls.get("Repository", ""))
html_baseurl = os.environ.get("SKSHALLOW_DOCS_URL", urls.get("Documentation", ""))
# Where an estimator shown in the gallery, one folder below the root, has its page.
os.environ["SKSHALLOW_DOCS_URL"] = ".."

project = "skshallow"
author = "The skshallow developers"
version = release = skshallow.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "gallery",
    "layers",
    "mathml",
    "picture",
    "player",
    "predict",
    "search_chinese",
    "source_links",
    "sources",
    "translated",
    # Where there is no repository to show the source, the site does.
    "sphinx.ext.linkcode" if repository else "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
templates_path = ["_templates"]
html_static_path = ["_static"]

# Every reference to an object of this package, or a page, must lead somewhere; those
# to other packages are plain text.
nitpicky = True
nitpick_ignore_regex = [(r"py:.*", r"(?!skshallow).*"), (r"std:term", r".*")]

autosummary_generate = True
# Docstrings say of each parameter what it is, in words.
autodoc_typehints = "none"
# The methods in a table leave to what the page says of them, not to pages of their own.
numpydoc_class_members_toctree = False
toc_object_entries_show_parents = "hide"

# Quotation marks are code's more often than not.
smartquotes = False
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

# The Chinese edition is made by -D language=zh_CN, of a catalogue a page. Comments in
# code and descriptions of pictures are translated, too.
locale_dirs = ["locale"]
gettext_compact = False
gettext_location = False
gettext_additional_targets = ["literal-block", "image"]

INSTALL = """
from importlib.util import find_spec

if not all(map(find_spec, ["skshallow", "matplotlib", "pandas"])):
    %pip install --quiet "skshallow[examples]"
"""

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "copyfile_regex": r"index\.rst",
    "within_subsection_order": "FileNameSortKey",
    "minigallery_sort_order": "lessons.place",
    "doc_module": ("skshallow",),
    "backreferences_dir": "auto_examples/backreferences",
    "reset_modules": ("matplotlib", "lessons.set_style"),
    "remove_config_comments": True,
    "show_signature": False,
    # Twice as wide as high, as most pictures are.
    "thumbnail_size": (560, 280),
    "write_computation_times": False,
    # No page says how long it ran: that differs each time, and has no translation.
    "min_reported_time": float("inf"),
    "first_notebook_cell": INSTALL,
}

html_theme = "pydata_sphinx_theme"
html_title = f"skshallow {release}"
html_css_files = ["skshallow.css"]
html_show_sourcelink = False
# The theme complains where a page does not say in which colours it begins.
html_context = {"default_mode": "auto"}
html_theme_options = {
    "logo": {"text": "skshallow"},
    "header_links_before_dropdown": 5,
    "header_dropdown_text": _("More"),
    "search_bar_text": _("Search the docs ..."),
    "navbar_end": ["language-switch", "theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["footer"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "changelog": [], "course": [], "glossary": []}

if repository:
    # Lines are those of the commit that this site is made from.
    commit = subprocess.check_output(
        ["git", "rev-parse", "HEAD"], cwd=DOCS, text=True
    ).strip()
    source_tree = f"{repository}/blob/{commit}"
    icon = {"name": "Repository", "url": repository, "icon": "fa-solid fa-code"}
    html_theme_options["icon_links"] = [icon]
    html_theme_options["navbar_end"].append("navbar-icon-links")
    html_theme_options["use_edit_page_button"] = True
    # The other pages are made, of docstrings, examples or measurements.
    written, made = ["page-toc", "edit-this-page"], ["page-toc"]
    html_theme_options["secondary_sidebar_items"] = {
        **dict.fromkeys(["*", "guide/**", "development/**"], written),
        **dict.fromkeys(["api/*", "auto_examples/*", "benchmarks/*"], made),
    }
    edit = f"{repository}/edit/main/docs/{{{{ file_name }}}}"
    html_context["edit_page_url_template"] = edit
